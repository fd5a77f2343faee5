"""myst.yml: what the project is, and what it lists."""

import re
import unicodedata
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any

from toolchain.base.errors import ConfigError
from toolchain.importing.draft import BIBLIOGRAPHIES, SUFFIXES, Draft
from toolchain.importing.ledger import Place
from toolchain.importing.order import natural
from toolchain.model.contents import BookContents, ListedPage, PageList
from toolchain.project.jupyter_book.located import Problems, Sequence, Table, decoded, read

FILE = "myst.yml"
ALL = 999
TEXTS = {
    "title": "title",
    "subtitle": "subtitle",
    "description": "description",
    "copyright": "copyright",
    "github": "repository",
}
"""Keys of `project:` that are texts, with what [book] calls them."""
READ = {
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
ENTRY = {"file", "title", "children", "url", "pattern", "glob", "hidden", "short_title", "slug"}


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
        self._lines: dict[str, int] = {}
        self._lists: dict[str, tuple[PageList, ...]] = {}
        self.generated: dict[str, str] = {}
        """Pages that only have a title and a list, by their names."""

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
        book: dict[str, Any] = self._draft.toml["book"]
        ledger = self._draft.ledger
        for key, value in self.project.items():
            place = self._place(self.project, key)
            became = READ.get(key, "")
            if key in TEXTS and value:
                text = str(value)
                book[TEXTS[key]] = (
                    f"https://github.com/{text}" if key == "github" and "://" not in text else text
                )
                became = f"`[book] {TEXTS[key]}`"
            elif key in ("authors", "author"):
                book["authors"] = names(value)
                became = "`[book] authors`: the names"
                if any(isinstance(one, dict) and len(one) > 1 for one in value if isinstance(value, list)):
                    ledger.lose(place, "what is said of the authors besides their names", "Say it on a page.")
            elif key == "license":
                self._license(value, book)
                became = "`[book] text_licence` and `code_licence`"
            elif key == "math":
                self.macros = macros(self._table(self.project, key))
            elif key == "exports":
                self._exports(value)
                continue
            elif key == "date" and value:
                book["edition"] = str(value)
                became = "`[book] edition`"
            elif key == "requirements":
                self._requirements(value)
            elif key == "bibliography":
                self._bibliography(value)
            if became:
                ledger.key(place, f"`project: {key}:`", became)
            elif key != "id":
                ledger.lose(place, f"`project: {key}:` has no equal", "Leave it out, or say it on a page.")
        self._apply_site()
        for key in self.whole:
            if key not in ("version", "project", "site"):
                ledger.lose(
                    self._place(self.whole, key),
                    f"`{key}:` has no equal",
                    "Put what it leads to into the project.",
                )
        self._problems.refuse()
        if self.macros:
            self._draft.conf.options["mathjax3_config"] = {"tex": {"macros": self.macros}}

    def _license(self, value: Any, book: dict[str, Any]) -> None:
        said = decoded(value)
        parts = said if isinstance(said, dict) else {"content": said, "code": said}
        if "id" in parts or "name" in parts:
            parts = {"content": parts, "code": parts}
        for key, ours in (("content", "text_licence"), ("code", "code_licence")):
            part = parts.get(key)
            name = part.get("id") or part.get("name") if isinstance(part, dict) else part
            if name:
                book[ours] = str(name)

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

    def contents(self) -> BookContents:
        """Return what the book lists: what `toc:` says, or all pages by their names.

        Raises ConfigError for entries that are nothing, for pages that are not there and for those that are listed twice.
        """
        excluded = self.project.get("exclude") or ()
        patterns = [excluded] if isinstance(excluded, str) else [str(pattern) for pattern in excluded]
        pages = [
            path
            for path in self._draft.found
            if path.endswith(SUFFIXES) and not any(fnmatchcase(path, pattern) for pattern in patterns)
        ]
        toc = self.project.get("toc")
        if toc is None:
            return by_name(pages, FILE)
        if not isinstance(toc, Sequence) or not toc:
            self._problems.add(self.project.at("toc"), "`toc:` is to be a list of `- file: page.md`")
            self._problems.refuse()
        first, *others = toc
        root = self._file(first, toc.lines[0]) if isinstance(first, Table) and "file" in first else ""
        if not root:
            self._problems.add(toc.lines[0], "the first entry of `toc:` is to be `- file:`, the first page")
        if isinstance(first, Table):
            children = first.get("children") or Sequence()
            others = [*children, *others]
            lines = [*getattr(children, "lines", ()), *toc.lines[1:]]
            self._take_lists(root, others, lines, pages)
        self._problems.refuse()
        return BookContents(FILE, root, self._lists, self._lines)

    def _take_lists(self, page: str, entries: list[Any], lines: list[int], pages: list[str]) -> None:
        """Put what a page lists into its lists: a title with entries below it begins one of its own."""
        is_root = len(self._lines) == 1
        lists: list[PageList] = []
        plain: list[ListedPage] = []

        def close(caption: str = "", listed: Iterable[ListedPage] = ()) -> None:
            for words, found in (("", tuple(plain)), (caption, tuple(listed))):
                if found:
                    lists.append(PageList(found, words, numbered=ALL if is_root else 0, hidden=True))
            plain.clear()

        for entry, line in zip(entries, lines, strict=True):
            if isinstance(entry, Table) and "title" in entry and "children" in entry and "file" not in entry:
                children = entry["children"] if isinstance(entry["children"], Sequence) else Sequence()
                listed = [
                    one
                    for child, at in zip(children, children.lines, strict=True)
                    for one in self._entries(child, at, pages)
                ]
                close(str(entry["title"]), listed)
            else:
                plain += self._entries(entry, line, pages)
        close()
        self._lists[page] = tuple(lists)

    def _entries(self, entry: Any, line: int, pages: list[str]) -> list[ListedPage]:
        """Return what an entry stands for, and take what is below it."""
        if not isinstance(entry, Table):
            self._problems.add(line, "an entry is to have `file:`, `title:`, `url:` or `pattern:`")
            return []
        for key in entry.keys() - ENTRY:
            self._problems.add(entry.at(key), f"unknown key `{key}:`; known here: {', '.join(sorted(ENTRY))}")
        children = entry.get("children")
        below = list(children) if isinstance(children, Sequence) else []
        lines = list(children.lines) if isinstance(children, Sequence) else []
        if "pattern" in entry or "glob" in entry:
            pattern = str(entry.get("pattern") or entry.get("glob")).removeprefix("./").replace("**/", "*")
            found = [path for path in sorted(pages, key=natural) if fnmatchcase(path, pattern)]
            if not found:
                self._problems.add(line, f"no page fits {pattern}")
            return [
                ListedPage(name, line=line) for path in found if (name := self._new(path, line, twice=False))
            ]
        if "url" in entry:
            return [ListedPage(str(entry["url"]), str(entry.get("title") or ""), line)]
        if "file" in entry:
            name = self._file(entry, line)
            if name and below:
                self._take_lists(name, below, lines, pages)
            if entry.get("hidden"):
                self._draft.ledger.lose(
                    Place(FILE, line=line), f"{name} is listed as hidden", "It stands in the menu."
                )
            return [ListedPage(name, str(entry.get("title") or ""), line)] if name else []
        if "title" in entry and below:
            name = self._page_of_title(str(entry["title"]))
            self._take_lists(name, below, lines, pages)
            return [ListedPage(name, line=line)]
        self._problems.add(
            line, "an entry is to have `file:`, `title:` with `children:`, `url:` or `pattern:`"
        )
        return []

    def _file(self, entry: Table, line: int) -> str:
        path = str(entry["file"]).removeprefix("./")
        candidates = [path, *(f"{path}{suffix}" for suffix in SUFFIXES)]
        there = next((each for each in candidates if each in self._draft.found), "")
        if not there or not there.endswith(SUFFIXES):
            words = "is no page: pages are .md and .ipynb" if there else "does not exist"
            self._problems.add(entry.at("file") or line, f"{path} {words}")
            return ""
        return self._new(there, line, twice=True)

    def _new(self, path: str, line: int, *, twice: bool) -> str:
        name = path.rpartition(".")[0]
        if name in self._lines:
            if twice:
                self._problems.add(
                    line, f"{path} is listed here and in line {self._lines[name]}; list it once"
                )
            return ""
        self._lines[name] = line
        return name

    def _page_of_title(self, title: str) -> str:
        name = slug = _slug(title)
        number = 2
        while name in self._lines or any(f"{name}{suffix}" in self._draft.found for suffix in SUFFIXES):
            name = f"{slug}-{number}"
            number += 1
        self._lines[name] = 0
        self.generated[name] = title
        return name


def by_name(paths: Iterable[str], file: str) -> BookContents:
    """Return the contents of a book of which nothing says what it lists: its pages by their names, folder by folder.

    Raises ConfigError if there are none.
    """
    from toolchain.importing.order import contents  # noqa: PLC0415

    found = contents(paths, file)
    if found is None:
        raise ConfigError(f"{file}: there is no page beside it", remedy="Pages are files .md and .ipynb.")
    return found


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


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "part"
