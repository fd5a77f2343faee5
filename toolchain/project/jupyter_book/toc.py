"""`_toc.yml` becomes the contents of the book: its first page, and the lists of pages on each page.

Jupyter Book has two formats, for a book and for an article; sphinx-external-toc, which reads them for it, has a third one
without a name; and before version 0.11 there was a list. All of them are read here, and all that is wrong is told at once,
with its lines: what sphinx-external-toc itself says is the first thing only, and has none.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from msgspec import Struct

from toolchain.base.misfits import WORDS
from toolchain.model.contents import BookContents, ListedPage, PageList
from toolchain.project.jupyter_book import old_toc
from toolchain.project.jupyter_book.located import Problems, Sequence, Table, shown

TOC = "_toc.yml"
URL = re.compile(r".+://.*")
SUFFIXES = re.compile(r"\.(?:md|ipynb|rst|txt)$")
KINDS = ("file", "glob", "url")
OF_LISTS = {
    "caption": str,
    "hidden": bool,
    "maxdepth": int,
    "numbered": int,
    "reversed": bool,
    "titlesonly": bool,
    "style": object,
    "restart_numbering": object,
}
"""What may be said of a list, with the kind of each."""
NUMBERS_OTHERWISE = ("style", "restart_numbering")
"""Those of them that later versions of sphinx-external-toc have: numbers are the toolchain's own, the same in every form."""
ALL = 999
LISTS = frozenset({"parts", "chapters", "sections", "entries", "subtrees"})
"""What lists of pages are called, in one format or another."""


class Format(Struct, frozen=True):
    """What the keys are called, by how deep they stand."""

    lists: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    all_items: str = "entries"
    titles_only: bool = False

    def lists_at(self, depth: int) -> str:
        """Return the key of a page's lists."""
        return self.lists[depth] if depth < len(self.lists) else "subtrees"

    def items_at(self, depth: int) -> str:
        """Return the key of what is in a list."""
        return self.items[depth] if depth < len(self.items) else self.all_items


FORMATS = {
    "jb-book": Format(("parts",), ("chapters",), "sections", titles_only=True),
    "jb-article": Format(all_items="sections", titles_only=True),
    "": Format(),
}


def contents(data: Any) -> BookContents:
    """Return the contents that `_toc.yml` says.

    Raises ConfigError with all that is wrong in it: unknown keys, entries that are of two kinds or of none, pages named twice.
    """
    problems = Problems(TOC)
    if isinstance(data, Sequence):
        data, named = old_toc.of_today(data, problems)
    else:
        named = data.get("format", "") if isinstance(data, Table) else ""
    if not isinstance(data, Table):
        problems.add(
            1, "has no contents: it is to begin with `format: jb-book`, and to have `root:` and `chapters:`"
        )
    elif named not in FORMATS:
        known = ", ".join(name for name in FORMATS if name)
        problems.add(data.at("format"), f"the format {named!r} is unknown; there are {known}")
    problems.refuse()
    reading = _Reading(FORMATS[named], data, problems)
    problems.refuse()
    return reading.contents()


class _Reading:
    def __init__(self, form: Format, data: Table, problems: Problems) -> None:
        self._form = form
        self._problems = problems
        self._lists: dict[str, tuple[PageList, ...]] = {}
        self._lines: dict[str, int] = {}
        self._unused: dict[str, int] = {}
        defaults = data.get("defaults", Table())
        if not isinstance(defaults, dict):
            problems.add(data.at("defaults"), "`defaults:` is to be keys with values")
            defaults = Table()
        self._defaults = {"titlesonly": form.titles_only, **self._options(defaults, data.at("defaults"))}
        self._root = self._page(data, "root", 0, also=("format", "defaults", "meta"))

    def contents(self) -> BookContents:
        return BookContents(TOC, self._root, self._lists, self._lines, self._unused)

    def _page(
        self, item: Table, key: str, depth: int, also: Iterable[str] = (), *, counted: bool = False
    ) -> str:
        """Read a page and all below it; return its name. If it is `counted`, a list that it is in has numbers."""
        lists_key, items_key = self._form.lists_at(depth), self._form.items_at(depth)
        self._refuse_unknown(item, {key, "title", "options", lists_key, items_key, *also})
        named = item.get(key)
        if not isinstance(named, str) or not named:
            said = f"; put {shown(named)} in quotes" if isinstance(named, int | float | date) else ""
            self._problems.add(item.at(key), f"`{key}:` is to be the path of a page{said}")
            return ""
        name = page_name(named)
        line = item.at(key)
        if name in self._lines:
            self._problems.add(line, f"{named} is listed here and in line {self._lines[name]}; list it once")
            return name
        self._lines[name] = line
        if "title" in item and not isinstance(item["title"], str | None):
            self._problems.add(item.at("title"), "`title:` is to be a text; put it in quotes")
        if lists_key in item and items_key in item:
            said = (
                f"has both `{lists_key}:` and `{items_key}:`; put the {items_key} into one of the {lists_key}"
            )
            self._problems.add(item.at(items_key), said)
        lists = list(self._page_lists(item, lists_key, items_key, depth, counted=counted))
        if lists:
            self._lists[name] = tuple(lists)
        return name

    def _page_lists(
        self, item: Table, lists_key: str, items_key: str, depth: int, *, counted: bool
    ) -> Iterator[PageList]:
        """Yield the lists of a page, which has one or several."""
        if items_key in item:
            options = item.get("options") or Table()
            if not isinstance(options, Table):
                self._problems.add(item.at("options"), "`options:` is to be keys with values")
                options = Table()
            yield self._list(
                item, items_key, self._options(options, item.at("options")), depth, counted=counted
            )
        elif lists_key in item:
            lists = item[lists_key]
            if not isinstance(lists, Sequence) or not lists:
                self._problems.add(item.at(lists_key), f"`{lists_key}:` is to be a list, and not empty")
                return
            for one, line in zip(lists, lists.lines, strict=True):
                if not isinstance(one, Table) or items_key not in one:
                    self._problems.add(line, f"each of the {lists_key} is to have `{items_key}:`")
                    continue
                self._refuse_unknown(one, {items_key, *OF_LISTS})
                options = Table({name: value for name, value in one.items() if name in OF_LISTS})
                options.line, options.lines = one.line, one.lines
                yield self._list(one, items_key, self._options(options, one.line), depth, counted=counted)

    def _list(
        self, table: Table, key: str, options: dict[str, Any], depth: int, *, counted: bool
    ) -> PageList:
        items = table[key]
        options = {**self._defaults, **options}
        # What is below a list with numbers has numbers from there.
        numbered = not counted and options.get("numbered", False)
        entries: list[ListedPage] = []
        if not isinstance(items, Sequence) or not items:
            self._problems.add(table.at(key), f"`{key}:` is to be a list, and not empty")
            items = Sequence()
        for item, line in zip(items, items.lines, strict=True):
            entries += self._entry(item, line, depth, counted=counted or bool(numbered))
        return PageList(
            entries=tuple(entries),
            caption=options.get("caption") or "",
            depth=options.get("maxdepth", -1),
            numbered=ALL if numbered is True else int(numbered or 0),
            hidden=options.get("hidden", True),
            titles_only=options.get("titlesonly", False),
            backwards=options.get("reversed", False),
        )

    def _entry(self, item: Any, line: int, depth: int, *, counted: bool) -> Iterator[ListedPage]:
        kinds = [kind for kind in KINDS if kind in item] if isinstance(item, Table) else []
        if len(kinds) != 1:
            said = f"has `{kinds[0]}:` and `{kinds[1]}:`" if kinds else "has no `file:`, `glob:` or `url:`"
            if isinstance(item, str | int | float):
                said = f"is no page yet; write `- file: {item}`"
            else:
                said += "; it is to have one of them"
            self._problems.add(line, f"this entry {said}")
            return
        (kind,) = kinds
        title = item.get("title") or ""
        if kind == "file":
            if name := self._page(item, "file", depth + 1, counted=counted):
                yield ListedPage(name, str(title), item.at("file"))
            return
        self._refuse_unknown(item, {kind, "title"})
        target = item[kind]
        if not isinstance(target, str) or not target or (kind == "url" and not URL.fullmatch(target)):
            wanted = (
                "an address with `://` in it" if kind == "url" else "a pattern of paths, such as `chapter/*`"
            )
            self._problems.add(item.at(kind), f"`{kind}:` is to be {wanted}")
            return
        yield ListedPage(target, str(title), item.at(kind), is_pattern=kind == "glob")

    def _options(self, options: dict[str, Any], line: int) -> dict[str, Any]:
        """Return the options of a list that fit their kinds."""
        at = options.at if isinstance(options, Table) else lambda _key: line
        if isinstance(options, Table):
            self._refuse_unknown(options, set(OF_LISTS))
        fitting = {}
        for name, value in options.items():
            kind = OF_LISTS.get(name, object)
            if value is None or name not in OF_LISTS:
                continue
            if name in NUMBERS_OTHERWISE:
                self._unused.setdefault(name, at(name))
            if isinstance(value, kind):
                fitting[name] = value
            else:
                self._problems.add(at(name), f"`{name}:` is to be {_wanted(name)}, and is {shown(value)}")
        return fitting

    def _refuse_unknown(self, table: Table, known: set[str]) -> None:
        for key in table:
            if key not in known:
                import difflib  # noqa: PLC0415 - slow to import, and mostly all are known

                lists = sorted(known & LISTS)
                nearest = difflib.get_close_matches(str(key), known, n=1, cutoff=0.7)
                if key in LISTS and lists:
                    hint = f"here they are called `{':` or `'.join(lists)}:`"
                elif nearest:
                    hint = f"did you mean `{nearest[0]}:`?"
                else:
                    hint = f"known here: {', '.join(sorted(known))}"
                self._problems.add(table.at(key), f"unknown key `{key}:`; {hint}")


def _wanted(option: str) -> str:
    if OF_LISTS[option] is int:
        return "true, false or a whole number" if option == "numbered" else "a whole number"
    return WORDS[OF_LISTS[option].__name__]


def page_name(written: str) -> str:
    """Return the name of the page that a path names, with or without its suffix."""
    return SUFFIXES.sub("", written.removeprefix("./").strip("/"))
