"""Where the settings of a conf.py go: to book.toml, or as they are to our conf.py."""

import re
from collections.abc import Iterator
from typing import Any

from toolchain.importing import numbered
from toolchain.importing.draft import Draft
from toolchain.importing.ledger import Place
from toolchain.importing.sphinx.conf import PLACES, ConfPy, Setting
from toolchain.importing.sphinx.places import Places
from toolchain.importing.sphinx.values import texts
from toolchain.project.extensions import Extension, is_there, package
from toolchain.project.jupyter_book import keys, values
from toolchain.project.refused import MACRO
from toolchain.project.sections import MYST
from toolchain.project.settings import MYST_EXTENSIONS

THEME = "sphinx_book_theme"
BIBTEX = "sphinxcontrib.bibtex"
OF_EVERY_BOOK = frozenset(
    {
        *("myst_nb", "myst_parser", THEME, "sphinx_copybutton", "sphinx_design", BIBTEX),
        *(
            "sphinx.ext.mathjax",
            "recommonmark",
            "nbsphinx",
            "jupyter_sphinx",
            "IPython.sphinxext.ipython_console_highlighting",
        ),
    }
)
"""Extensions that need not be asked for: they are there, or what they do is done."""
SYNTAX = {
    "root_doc": "the first page is called index",
    "master_doc": "the first page is called index",
    "source_suffix": "these files are pages",
    "include_patterns": "other files are no pages",
    "exclude_patterns": "`[sources] exclude`",
    "bibtex_bibfiles": "bibliographies are in bib/",
    "rst_prolog": "stands on each page in reStructuredText",
    "rst_epilog": "stands on each page in reStructuredText",
}
"""What becomes of settings that decide what is a page, and what is on it."""


class Options:
    """The settings of one conf.py."""

    def __init__(self, draft: Draft, conf: ConfPy, path: str) -> None:
        """Of the file `path`, which stands in the folder of the pages."""
        self._draft, self._conf, self._path = draft, conf, path
        self.where = Places(draft, conf, path)

    def value(self, name: str, kind: type, otherwise: Any) -> Any:
        """Return what a setting says, if it is of the right kind."""
        setting = self._conf.settings.get(name)
        return setting.value if setting and isinstance(setting.value, kind) else otherwise

    def has(self, *names: str) -> bool:
        """Say whether conf.py sets one of these names."""
        return any(name in self._conf.settings for name in names)

    def line(self, *names: str) -> int:
        """Return the line that sets the first of these names that has one."""
        return next(self._conf.settings[name].line for name in names if name in self._conf.settings)

    def listed(self, name: str) -> list[str]:
        """Return the texts of a setting that is a list of them."""
        value = self.value(name, list | tuple | set, [])  # type: ignore[arg-type] # isinstance takes it
        return [one for one in value if isinstance(one, str)]

    def apply(self, unused: frozenset[str]) -> None:
        """Put each setting where it belongs, and what became of it into the ledger; `unused` are names that nobody reads."""
        own = {
            "extensions": self._extensions,
            "project": self._project,
            "html_theme": self._theme,
            "html_theme_options": self._theme_options,
            "html_logo": self._picture,
            "html_favicon": self._picture,
            "mathjax3_config": self._mathjax,
            "mathjax_config": self._mathjax,
            "myst_enable_extensions": self._myst,
            "myst_substitutions": self._substitutions,
            "numfig": self._numfig,
            "nb_execution_mode": self._mode,
            "jupyter_execute_notebooks": self._mode,
            "latex_elements": self._elements,
            "latex_documents": self._documents,
        }
        for name, setting in self._conf.settings.items():
            if name in SYNTAX:
                became = SYNTAX[name]
            elif name in own:
                became = own[name](name, setting)
            elif name in unused:
                became = "nothing that is carried needs it"
            elif name in PLACES:
                became = self._places(name, setting)
            else:
                became = self._by_table(name, setting)
            if became:
                self._draft.ledger.key(self._place(setting), f"`{name}`", became)
        for name, setting in self._conf.environment.items():
            self._table("execution").setdefault("env", {})[name] = setting.value
            self._draft.ledger.key(self._place(setting), f'`os.environ["{name}"]`', "`[execution.env]`")
        self.where.add_folders()
        self._add_defaults()

    def _place(self, setting: Setting) -> Place:
        return Place(self._path, line=setting.line)

    def _table(self, name: str) -> dict[str, Any]:
        return self._draft.toml.setdefault(name, {})

    def _lose(self, setting: Setting, what: str, remedy: str) -> str:
        self._draft.ledger.lose(self._place(setting), what, remedy)
        return ""

    def _pass_on(self, name: str, value: Any) -> str:
        self._draft.conf.options[name] = value
        return f"`{name}` in conf.py"

    def _by_table(self, name: str, setting: Setting) -> str:
        """Do with a setting what is done with one of a Jupyter Book."""
        value = setting.value
        key = keys.key_of("copyright" if name == "project_copyright" else name, keys.OPTIONS)
        if key is None or key.state == keys.State.SPHINX:
            return self._pass_on(name, value)
        if key.state == keys.State.NOTHING:
            return self._lose(setting, f"`{name}`", key.remark)
        if key.state == keys.State.ALWAYS or value in ("", None):
            return key.remark or "nothing: it says nothing"
        if not _fits(value, key.kind):
            return self._lose(setting, f"`{name}`: {value!r}", f"It is to be {key.kind}.")
        table, _, entry = key.to.partition(".")
        if name.endswith("copyright") and isinstance(value, list | tuple):
            value = ", ".join(map(str, value))
        self._table(table)[entry] = values.as_ours(key.to, value)
        return f"`[{table}] {entry}`"

    def _project(self, _name: str, setting: Setting) -> str:
        self._table("book")["title"] = str(setting.value)
        return "`[book] title`"

    def _extensions(self, _name: str, setting: Setting) -> str:
        for name in self.listed("extensions"):
            folders = [self.where.of_folder(folder) for folder in self._conf.folders]
            if name in OF_EVERY_BOOK:
                continue
            if any(self.where.has_module(name, folder) for folder in folders if folder is not None):
                self._draft.conf.added.setdefault("extensions", []).append(name)
            elif is_there(Extension(name, setting.line), self._draft.folder):
                self._table("sphinx").setdefault("extensions", []).append(name)
            else:
                line = self._conf.line_of(name) or setting.line
                self._lose(
                    Setting(name, line),
                    f"the extension {name} is not installed where the toolchain is",
                    f"Install {package(name)} there, and name {name} in `extensions` of `[sphinx]`.",
                )
        return "`[sphinx] extensions`, and in conf.py those of the folder's own; every book has some of them"

    def _theme(self, _name: str, setting: Setting) -> str:
        theme = str(setting.value)
        if theme == THEME:
            return "every book has it"
        remedy = (
            f"The site has {THEME}. Another theme can be set in _config/conf.py: `html_theme = {theme!r}`."
        )
        return self._lose(setting, f"the theme {theme}", remedy)

    def _theme_options(self, name: str, setting: Setting) -> str:
        if self.value("html_theme", str, "") == THEME:
            return self._pass_on(name, setting.value)
        return self._lose(setting, f"`{name}`", f"Those of {THEME} go into _config/conf.py.")

    def _picture(self, name: str, setting: Setting) -> str:
        if "://" in str(setting.value):
            return self._pass_on(name, setting.value)
        if not setting.value or not (path := self.where.relative(str(setting.value), setting, name)):
            return ""
        self._table("html")[name.removeprefix("html_")] = path
        return f"`[html] {name.removeprefix('html_')}`"

    def _places(self, name: str, setting: Setting) -> str:
        is_one = isinstance(setting.value, str)
        paths = [self.where.relative(path, setting, name) for path in texts(setting.value)]
        there = [f"../{path}" for path in paths if path]
        if not there:
            return ""
        return self._pass_on(name, there[0] if is_one else there)

    def _mathjax(self, _name: str, setting: Setting) -> str:
        """Take the macros out of what MathJax is told."""
        whole = dict(setting.value) if isinstance(setting.value, dict) else {}
        for part, holder in (("tex", "macros"), ("TeX", "Macros")):
            table = whole.get(part)
            if not isinstance(table, dict) or not isinstance(table.get(holder), dict):
                continue
            macros = table[holder]
            taken = {
                key: value for key, value in macros.items() if MACRO.fullmatch(str(key)) and _is_macro(value)
            }
            self._table("math").setdefault("macros", {}).update(taken)
            rest = {key: value for key, value in macros.items() if key not in taken}
            whole[part] = {key: value for key, value in table.items() if key != holder} | (
                {holder: rest} if rest else {}
            )
        left = {key: value for key, value in whole.items() if value != {}}
        if left:
            self._pass_on("mathjax3_config", left)
        return "`[math.macros]`" + (", and `mathjax3_config` in conf.py" if left else "")

    def _myst(self, _name: str, setting: Setting) -> str:
        for name in sorted(set(self.listed("myst_enable_extensions")) - set(MYST_EXTENSIONS)):
            if name in MYST:
                self._table("myst").setdefault("extensions", []).append(name)
            else:
                self._lose(
                    setting,
                    f"{name} of `myst_enable_extensions`",
                    "This version of MyST has no such extension.",
                )
        return "`[myst] extensions`; every book has some of them"

    def _substitutions(self, name: str, setting: Setting) -> str:
        if not isinstance(setting.value, dict) or not all(
            isinstance(one, str | int | float) for pair in setting.value.items() for one in pair
        ):
            return self._pass_on(name, setting.value)
        self._table("myst")["substitutions"] = {str(key): value for key, value in setting.value.items()}
        return "`[myst] substitutions`"

    def _numfig(self, name: str, setting: Setting) -> str:
        if setting.value:
            return "figures, tables and listings have numbers"
        return self._lose(
            setting, f"`{name} = False`", "Figures, tables and listings with captions have numbers."
        )

    def _mode(self, _name: str, setting: Setting) -> str:
        if setting.value in ("off", False):
            self._table("execution")["execute"] = "off"
            return "`[execution] execute`"
        return "every notebook is run when it has changed"

    def _elements(self, name: str, setting: Setting) -> str:
        if not isinstance(setting.value, dict):
            return self._pass_on(name, setting.value)
        paper = values.as_ours("pdf.paper", setting.value.get("papersize", ""))
        if paper:
            self._table("pdf")["paper"] = paper
        rest = {key: value for key, value in setting.value.items() if key != "papersize"}
        if rest:
            self._pass_on(name, rest)
        return (
            ", ".join(["`[pdf] paper`"] * bool(paper) + ["`latex_elements` in conf.py"] * bool(rest))
            or "nothing"
        )

    def _documents(self, name: str, setting: Setting) -> str:
        documents = setting.value if isinstance(setting.value, list | tuple) else []
        for document in (one for one in documents[:1] if isinstance(one, list | tuple)):
            _, target, title, authors = (*map(str, document[:4]), "", "", "", "")[:4]
            self._table("book")["slug"] = target
            self._table("pdf").update(title=title, authors=values.as_ours("pdf.authors", authors))
        if len(documents) > 1:
            self._lose(setting, f"all of `{name}` but the first", "There is one PDF, of the whole book.")
        return "`[book] slug`, `[pdf] title` and `authors`"

    def _add_defaults(self) -> None:
        """Set what Sphinx has where nobody says anything, and a project of ours has otherwise."""
        options = self._draft.conf.options
        options.setdefault("nitpicky", False)
        options.setdefault("html_secnumber_suffix", ". ")
        language = str(self._draft.toml["book"].get("language") or "en")
        said = options.get(numbered.OPTION)
        options[numbered.OPTION] = numbered.words(language) | (said if isinstance(said, dict) else {})
        if BIBTEX in self.listed("extensions"):
            options.setdefault("bibtex_reference_style", "label")


def moved(name: str) -> str:
    """Say what to do instead, of an option that code cannot set: book.toml has it, or the toolchain itself."""
    key = keys.key_of(name, keys.OPTIONS)
    if name in SYNTAX:
        return "Change it by hand: " + SYNTAX[name] + "."
    if name == "project_copyright":
        return "Set `copyright` in [book] of book.toml."
    if name == "numfig":
        return "Figures have numbers."
    if key is None or key.state == keys.State.SPHINX or name == "latex_elements":
        return ""
    table, _, entry = key.to.partition(".")
    return f"Set `{entry}` in [{table}] of book.toml." if entry else key.remark


def _fits(value: Any, kind: keys.Kind) -> bool:
    """Say whether a value is what book.toml can have of its kind."""
    if kind == keys.Kind.NUMBER:
        return isinstance(value, int | float)
    if kind == keys.Kind.TEXTS:
        return isinstance(value, str | list | tuple)
    return True


def _is_macro(value: Any) -> bool:
    """Say whether book.toml can have what a command stands for."""
    if isinstance(value, list | tuple):
        kinds = [type(one) for one in value]
        return kinds in ([str, int], [str, int, str])
    return isinstance(value, str)


def patterns(names: list[str]) -> Iterator[str]:
    """Yield patterns of what is no page as book.toml can have them."""
    yield from (name for name in dict.fromkeys(re.sub(r"^\./", "", name) for name in names) if name)
