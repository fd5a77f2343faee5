"""What a project of mystmd lists: `toc:` of myst.yml, or all pages by their names."""

import re
import unicodedata
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from toolchain.base.errors import ConfigError
from toolchain.importing import order
from toolchain.importing.draft import SUFFIXES, Draft
from toolchain.importing.ledger import Place
from toolchain.importing.order import natural
from toolchain.model.contents import BookContents, ListedPage, PageList
from toolchain.project.jupyter_book.located import Problems, Sequence, Table

FILE = "myst.yml"
ALL = 999
ENTRY = {"file", "title", "children", "url", "pattern", "glob", "hidden", "short_title", "slug"}


class MystContents:
    """The contents as they are read."""

    def __init__(self, draft: Draft, project: Table) -> None:
        """Of the table `project:`."""
        self._draft = draft
        self._project = project
        self._problems = Problems(FILE)
        self._lines: dict[str, int] = {}
        self._lists: dict[str, tuple[PageList, ...]] = {}
        self.generated: dict[str, str] = {}
        """Pages that only have a title and a list, by their names."""

    def read(self) -> BookContents:
        """Return what the book lists: what `toc:` says, or all pages by their names.

        Raises ConfigError for entries that are nothing, for pages that are not there and for those that are listed twice.
        """
        excluded = self._project.get("exclude") or ()
        patterns = [excluded] if isinstance(excluded, str) else [str(pattern) for pattern in excluded]
        pages = [
            path
            for path in self._draft.found
            if path.endswith(SUFFIXES) and not any(fnmatchcase(path, pattern) for pattern in patterns)
        ]
        toc = self._project.get("toc")
        if toc is None:
            found = order.contents(pages, FILE)
            if found is None:
                raise ConfigError(
                    f"{FILE}: there is no page beside it", remedy="Pages are files .md and .ipynb."
                )
            return found
        if not isinstance(toc, Sequence) or not toc:
            self._problems.add(self._project.at("toc"), "`toc:` is to be a list of `- file: page.md`")
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


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "part"
