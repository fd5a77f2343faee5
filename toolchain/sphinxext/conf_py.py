"""What conf.py, or `[sphinx.options]` of book.toml, says beside what follows from book.toml: tables are merged, lists joined.

Sphinx itself knows only which value a name had last, so `latex_elements = {...}` would leave out all that print needs.
"""

import ast
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

from toolchain.base.decoding import read_loosely
from toolchain.model.sphinx import BOOK_THEME
from toolchain.project.book_toml import BOOK_TOML, line_of
from toolchain.sphinxext import own_options
from toolchain.sphinxext.quick.replacing import replace

GIVEN = "toolchain_given"
"""Name in conf.py of what it was given."""
REFUSED = "toolchain_refused"
"""Sphinx's name of the options that stayed as they were given, each with the file that says otherwise."""
UNKNOWN = "toolchain_book_options"
"""Sphinx's name of the options that book.toml sets: of a slip of the pen in conf.py nobody can tell that it is none."""
KIND, SUBTYPE = "toolchain", "option"
LATEX, THEME, THEME_OPTIONS, EXTENSIONS = "latex_elements", "html_theme", "html_theme_options", "extensions"
JOINED = frozenset(
    (
        *own_options.LISTS,
        *(EXTENSIONS, "myst_enable_extensions", "myst_url_schemes", "templates_path"),
    )
)
"""Lists of which both parts are needed, and whose order decides nothing, or where the book's own comes last."""
XELATEX = "Print is typeset with XeLaTeX, from one document: `[pdf]` of book.toml has its paper and editions."
RUN = "Sphinx runs nothing here"
INSTEAD = {
    "author": "set `authors` in [book] of book.toml.",
    "copyright": "set `copyright` in [book] of book.toml.",
    "language": "set `language` in [book] of book.toml.",
    "html_baseurl": "set `site` in [book] of book.toml.",
    "root_doc": "the first page is book/index.md.",
    "master_doc": "the first page is book/index.md.",
    "source_suffix": "pages are .md and .ipynb.",
    "exclude_patterns": "set `exclude` in [sources] of book.toml: what is no page is not run either.",
    "bibtex_bibfiles": "all bibliographies in bib are read.",
    "numfig": "the numbers of figures are those of all forms.",
    "latex_engine": XELATEX,
    "latex_documents": "set `slug`, `title` and `authors` in [book] or [pdf] of book.toml.",
    "latex_docclass": XELATEX,
    "latex_theme": XELATEX,
    "latex_use_xindy": XELATEX,
    "latex_toplevel_sectioning": XELATEX,
    "nb_execution_mode": f"{RUN}: set `execute` in [execution] of book.toml.",
    "jupyter_execute_notebooks": f"{RUN}: set `execute` in [execution] of book.toml.",
    "nb_execution_timeout": f"{RUN}: set `cell_timeout` in [execution] of book.toml.",
    "nb_execution_allow_errors": f"{RUN}: set `allow_errors` in [execution] of book.toml.",
    "nb_execution_excludepatterns": f"{RUN}: set `not_run` in [execution] of book.toml.",
    "nb_execution_in_temp": f"{RUN}: each notebook runs in a copy of what is around it.",
    "nb_execution_raise_on_error": f"{RUN}: a cell that fails ends the build.",
    "nb_execution_cache_path": f"{RUN}: results are kept in _build/store.",
    "nb_custom_formats": "pages are .md and .ipynb: convert the others with jupytext.",
}
"""What a book cannot set as options of Sphinx, since more than Sphinx depends on it, and what to do instead."""


def merged(given: Mapping[str, Any], said: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return options as given, with those that the file at `path` says put over, into or after them."""
    result: dict[str, Any] = dict(given)
    refused = list(given.get(REFUSED, ()))
    for name, value in said.items():
        if name in INSTEAD:
            if value != given.get(name):
                refused.append((name, path))
        elif name not in given:
            result[name] = value
        elif name == LATEX and isinstance(value, Mapping):
            result[name] = own_options.elements(given[name], value)
        else:
            result[name] = _put(name, given[name], value)
    if result[THEME] not in (given[THEME], BOOK_THEME):
        # It would put its scripts on the pages of another theme.
        result[EXTENSIONS] = [name for name in result[EXTENSIONS] if name != BOOK_THEME]
        result[THEME_OPTIONS] = said.get(THEME_OPTIONS, {})
    return result | {REFUSED: refused}


def _put(name: str, given: Any, value: Any) -> Any:
    """Return the value of an option that both have."""
    if isinstance(given, Mapping) and isinstance(value, Mapping):
        return {
            **given,
            **{key: _put("", given[key], one) if key in given else one for key, one in value.items()},
        }
    if name in JOINED and isinstance(given, list) and isinstance(value, list | tuple | set):
        more = [one for one in (sorted(value) if isinstance(value, set) else value) if one not in given]
        # The toolchain's own extension comes last: it puts right what others have done.
        return [*given[:-1], *more, given[-1]] if name == EXTENSIONS else [*given, *more]
    return value


def install() -> None:
    """Have Sphinx put together what a conf.py was given and what it says; there is no event for that."""
    replace(Config, "__init__", _putting_together)


def _putting_together(initialise: Callable[..., None]) -> Callable[..., None]:
    def initialise_merged(
        self: Config, config: dict[str, Any] | None = None, overrides: dict[str, Any] | None = None
    ) -> None:
        said = dict(config or {})
        if given := said.pop(GIVEN, None):
            own = {name: value for name, value in said.items() if name not in given or value != given[name]}
            said |= merged(given, own, "conf.py")
        initialise(self, said, overrides)

    return initialise_merged


def handed_out(given: dict[str, Any]) -> dict[str, Any]:
    """Return options for a conf.py, which may change what it gets, with what they were."""
    return given | {GIVEN: deepcopy(given)}


def _tell(app: Sphinx) -> None:
    """Say of each option that is not as a file has it what to do instead, and of each that nobody knows."""
    logger = logging.getLogger(__name__)
    for name, path in app.config[REFUSED]:
        message = f"{name} is not set here: {INSTEAD[name]}"
        logger.warning("%s", message, type=KIND, subtype=SUBTYPE, location=_place(app, path, name))
    for name in app.config[UNKNOWN]:
        if name not in app.config.values:
            message = (
                f"{name} is no option of Sphinx or of an extension: correct the name, or name the extension."
            )
            logger.warning("%s", message, type=KIND, subtype=SUBTYPE, location=_place(app, BOOK_TOML, name))


def _place(app: Sphinx, path: str, name: str) -> str:
    """Return the file and the line that set an option."""
    if path == BOOK_TOML:
        file = Path(app.confdir, "book.toml")
        return f"{file}:{line_of(name, 'sphinx.options', read_loosely(file))}"
    file = Path(app.confdir, path)
    try:
        tree = ast.parse(read_loosely(file))
    except (SyntaxError, ValueError):
        return str(file)
    lines = (node.lineno for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name)
    return f"{file}:{min(lines, default=1)}"


def setup(app: Sphinx) -> None:
    """Tell what was refused as soon as it is known what all extensions have."""
    app.add_config_value(REFUSED, [], "")
    app.add_config_value(UNKNOWN, [], "")
    app.connect("builder-inited", _tell)
