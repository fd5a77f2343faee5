"""myst.yml: what the project is, and what it lists."""

import re
from pathlib import PurePosixPath
from typing import Any

from toolchain.importing.draft import BIBLIOGRAPHIES, Draft
from toolchain.importing.ledger import Place
from toolchain.importing.mystmd.toc import FILE
from toolchain.project.jupyter_book.located import Problems, Sequence, Table, decoded, read

TEXTS = {
    "title": "title",
    "subtitle": "subtitle",
    "description": "description",
    "copyright": "copyright",
    "github": "repository",
}
"""Keys of `project:` that are texts, with what [book] calls them."""
READ = {
    "authors": "`[book] authors`: the names",
    "author": "`[book] authors`: the names",
    "license": "`[book] text_licence` and `code_licence`",
    "date": "`[book] edition`",
    "toc": "toctrees of the pages",
    "bibliography": "the bibliographies are in bib/",
    "math": "`mathjax3_config` in conf.py",
    "abbreviations": "the role {abbr}, where each stands first on a page",
    "requirements": "_config/kernel/cpu.in",
    "exclude": "these files are no pages",
    "resources": "every file is taken",
    "numbering": "chapters, sections, figures and equations have the toolchain's own numbers",
}
OURS = {"pdf": "pdf", "tex": "pdf"}
"""Formats of exports, with the form that we have of each."""


class MystConfig:
    """What myst.yml says."""

    def __init__(self, draft: Draft) -> None:
        """Read it. Raises ConfigError, with the lines, for whatever is wrong in it."""
        self._draft = draft
        self._problems = Problems(FILE)
        data = read(draft.folder / FILE, FILE)
        if not isinstance(data, Table):
            self._problems.add(1, "is no list of keys and values")
            self._problems.refuse()
        self.whole: Table = data
        self.project = self._table(data, "project")
        self._site = self._table(data, "site")
        self._problems.refuse()
        self.abbreviations = self._texts(self.project, "abbreviations")
        self.macros: dict[str, Any] = {}

    def _table(self, table: Table, key: str) -> Table:
        value = table.get(key)
        if value is None:
            return Table()
        if not isinstance(value, Table):
            self._problems.add(table.at(key), f"`{key}:` is to be keys with values")
            return Table()
        return value

    def _texts(self, table: Table, key: str) -> dict[str, str]:
        return {
            str(name): str(value) for name, value in self._table(table, key).items() if isinstance(value, str)
        }

    def _place(self, table: Table, key: str) -> Place:
        return Place(FILE, line=table.at(key))

    def apply(self) -> None:
        """Put what it says into the project, and what has no equal into the ledger."""
        takes = {
            "authors": self._authors,
            "author": self._authors,
            "license": self._license,
            "math": self._math,
            "exports": self._exports,
            "date": self._date,
            "requirements": self._requirements,
            "bibliography": self._bibliography,
        }
        ledger = self._draft.ledger
        for key, value in self.project.items():
            if key in TEXTS and value:
                self._text(key, str(value))
            elif key in takes and value:
                takes[key](value)
            if became := READ.get(key, f"`[book] {TEXTS[key]}`" if key in TEXTS else ""):
                ledger.key(self._place(self.project, key), f"`project: {key}:`", became)
            elif key not in takes and key != "id":
                place = self._place(self.project, key)
                ledger.lose(place, f"`project: {key}:` has no equal", "Leave it out, or say it on a page.")
        self._apply_site()
        for key in self.whole:
            if key not in ("version", "project", "site"):
                place = self._place(self.whole, key)
                ledger.lose(place, f"`{key}:` has no equal", "Put what it leads to into the project.")
        self._problems.refuse()
        if self.macros:
            self._draft.conf.options["mathjax3_config"] = {"tex": {"macros": self.macros}}

    @property
    def _book(self) -> dict[str, Any]:
        return self._draft.toml["book"]

    def _text(self, key: str, text: str) -> None:
        is_short = key == "github" and "://" not in text
        self._book[TEXTS[key]] = f"https://github.com/{text}" if is_short else text

    def _authors(self, value: Any) -> None:
        self._book["authors"] = names(value)
        if any(
            isinstance(one, dict) and len(one) > 1 for one in (value if isinstance(value, list) else [value])
        ):
            self._draft.ledger.lose(
                self._place(self.project, "authors"),
                "what is said of the authors besides their names",
                "Say it on a page.",
            )

    def _math(self, _value: Any) -> None:
        self.macros = macros(self._table(self.project, "math"))

    def _date(self, value: Any) -> None:
        self._book["edition"] = str(value)

    def _license(self, value: Any) -> None:
        said = decoded(value)
        parts = said if isinstance(said, dict) else {"content": said, "code": said}
        if "id" in parts or "name" in parts:
            parts = {"content": parts, "code": parts}
        for key, ours in (("content", "text_licence"), ("code", "code_licence")):
            part = parts.get(key)
            name = part.get("id") or part.get("name") if isinstance(part, dict) else part
            if name:
                self._book[ours] = str(name)

    def _exports(self, value: Any) -> None:
        """Say what becomes of each export; a PDF is one edition of the book."""
        items = value if isinstance(value, list) else [value]
        lines = value.lines if isinstance(value, Sequence) else [self.project.at("exports")] * len(items)
        for item, line in zip(items, lines, strict=True):
            said = item if isinstance(item, dict) else {"format": item}
            form = str(said.get("format") or PurePosixPath(str(said.get("output", ""))).suffix[1:])
            place = Place(FILE, line=line)
            if ours := OURS.get(form):
                self._draft.ledger.key(place, f"an export as {form}", f"`toolchain build {ours}`")
                if output := said.get("output"):
                    self._draft.toml["book"].setdefault("slug", PurePosixPath(str(output)).stem)
                for key in said.keys() - {"format", "output", "id"}:
                    self._draft.ledger.lose(
                        place, f"`{key}:` of an export", "The PDF has the whole book, in a design of its own."
                    )
            else:
                self._draft.ledger.lose(
                    place, f"an export as {form or 'nothing'}", "There are html, pdf and notebooks."
                )

    def _requirements(self, value: Any) -> None:
        for name in value if isinstance(value, list) else [value]:
            path = self._draft.found.get(str(name))
            if path is not None:
                self._draft.requirements = tuple(dict.fromkeys((*self._draft.requirements, path)))

    def _bibliography(self, value: Any) -> None:
        for name in value if isinstance(value, list) else [value]:
            path = str(name).removeprefix("./")
            if path not in self._draft.found:
                self._draft.ledger.lose(
                    self._place(self.project, "bibliography"),
                    f"the bibliography {name}",
                    f"Put it into {BIBLIOGRAPHIES}.",
                )

    def _apply_site(self) -> None:
        options = self._table(self._site, "options")
        for key, value in options.items():
            option = {"favicon": "html_favicon", "logo": "html_logo"}.get(key)
            if option and str(value) in self._draft.found:
                self._draft.conf.options[option] = f"../book/{value}"
                self._draft.ledger.key(
                    self._place(options, key), f"`site: options: {key}:`", f"`{option}` in conf.py"
                )
            else:
                self._draft.ledger.lose(
                    self._place(options, key),
                    f"`site: options: {key}:` has no equal",
                    "The site has a theme of its own.",
                )
        for key in self._site:
            if key == "title":
                self._draft.toml["book"].setdefault("title", str(self._site[key]))
                self._draft.ledger.key(self._place(self._site, key), "`site: title:`", "`[book] title`")
            elif key not in ("options", "template"):
                self._draft.ledger.lose(
                    self._place(self._site, key),
                    f"`site: {key}:` has no equal",
                    "The site has a theme of its own.",
                )


def names(value: Any) -> list[str]:
    """Return the names of people, who may be described at length."""
    people = decoded(value)
    listed = people if isinstance(people, list) else [people]
    found = (one.get("name") or one.get("id") if isinstance(one, dict) else one for one in listed)
    return [_name(name) for name in found if name]


def _name(name: Any) -> str:
    if isinstance(name, dict):
        return " ".join(str(name[part]) for part in ("given", "family") if name.get(part))
    return str(name)


def macros(table: dict[str, Any]) -> dict[str, Any]:
    r"""Return commands as MathJax has them, by their names without the backslash."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        body = str(value.get("macro", "") if isinstance(value, dict) else value)
        arguments = max((int(number) for number in re.findall(r"(?<!\\)#(\d)", body)), default=0)
        found[name.removeprefix("\\")] = [body, arguments] if arguments else body
    return found
