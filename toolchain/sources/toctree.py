"""The order and the numbers of the pages, from the toctrees alone: before Sphinx has read anything.

The numbers are those that Sphinx and `sphinxext.numbering` give: chapters go on from one numbered toctree of the first
page to the next, a toctree of class `appendix` has letters, headings before a toctree count as sections, but for those
that recur on every page.
"""

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from string import ascii_uppercase

from msgspec import Struct

from toolchain.model import Heading, Parsed, Toctree

ROOT = "index"
LEVELS = 7
APPENDIX = "appendix"
HEADING = re.compile(r"^(?P<marks>#{1,6})[ \t]+(?P<text>.+?)[ \t]*#*$")
FENCE = re.compile(r"^(?P<fence>`{3,}|~{3,}|:{3,})[ \t]*(?P<directive>\{[\w:-]+\})?[^\n`]*$")
OPTION = re.compile(r"^:(?P<name>[\w-]+):[ \t]*(?P<value>.*)$")
TITLED = re.compile(r"^.*<(?P<target>[^<>]+)>$")


def events(markdown: str) -> tuple[Heading | Toctree, ...]:
    """Return a page's headings and its toctrees, in their order; what stands in samples is neither."""
    found: list[Heading | Toctree] = []
    lines = iter(markdown.splitlines())
    for line in lines:
        if heading := HEADING.match(line):
            found.append(Heading(len(heading["marks"]), heading["text"]))
        if not (fence := FENCE.match(line)):
            continue
        if fence["directive"] != "{toctree}" and fence["fence"].startswith(":"):
            continue  # a box of text: what is in it counts
        body = []
        for inner in lines:
            if inner.strip().startswith(fence["fence"]) and not inner.strip().strip(fence["fence"][0]):
                break
            body.append(inner.strip())
        if fence["directive"] == "{toctree}":
            found.append(_toctree(body))
    return tuple(found)


def _toctree(body: list[str]) -> Toctree:
    options: dict[str, str] = {}
    entries: list[str] = []
    for line in body:
        option = OPTION.match(line)
        if option and not entries:
            options[option["name"]] = option["value"]
        elif line:
            entries.append(line)
    depth = options.get("numbered")
    return Toctree(
        entries=tuple(entries),
        glob="glob" in options,
        backwards="reversed" in options,
        numbered=0 if depth is None else int(depth) if depth.isdigit() else 999,
        classes=tuple(options.get("class", "").split()),
    )


class NumberedPage(Struct, frozen=True):
    """Where a page stands in the book."""

    name: str
    number: tuple[int | str, ...] = ()
    """Of its chapter or section; empty for a page without one."""
    listed: bool = True


def places(pages: Mapping[str, Parsed], recurring: Collection[str] = ()) -> tuple[NumberedPage, ...]:
    """Return every page in reading order, those of no toctree at the end by their names.

    `recurring` are the headings of sections that have no numbers.
    """
    walk = _Walk(pages, recurring)
    walk.root()
    return (
        *walk.found.values(),
        *(NumberedPage(name, listed=False) for name in sorted(pages) if name not in walk.found),
    )


class _Walk:
    """Goes through the pages as a reader does, and counts as Sphinx does."""

    def __init__(self, pages: Mapping[str, Parsed], recurring: Collection[str]) -> None:
        self.found: dict[str, NumberedPage] = {}
        self._pages = pages
        self._recurring = recurring
        self._counts = {False: 0, True: 0}
        """Of chapters and of appendices."""

    def root(self) -> None:
        """Place the first page and all below it."""
        self.found[ROOT] = NumberedPage(ROOT)
        for event in self._pages[ROOT].contents if ROOT in self._pages else ():
            for entry in self._new(event, ROOT):
                number: tuple[int | str, ...] = ()
                if isinstance(event, Toctree) and event.numbered:
                    appendix = APPENDIX in event.classes
                    self._counts[appendix] += 1
                    count = self._counts[appendix]
                    number = (ascii_uppercase[count - 1] if appendix else count,)
                self._page(entry, number, event.numbered - 1 if isinstance(event, Toctree) else 0)

    def _page(self, name: str, number: tuple[int | str, ...], depth: int) -> None:
        """Place a page and those below it; `depth` is how many levels more have numbers."""
        self.found[name] = NumberedPage(name, number)
        counter = [0] * LEVELS
        level = 1
        skipped = LEVELS
        for event in self._pages[name].contents:
            if isinstance(event, Heading) and 1 < event.level <= skipped:
                is_skipped = event.text in self._recurring
                # Pages that are listed in such a section come after it.
                skipped, level = (event.level, event.level - 1) if is_skipped else (LEVELS, event.level)
                if not is_skipped:
                    counter[level - 1] += 1
                    counter[level:] = [0] * (LEVELS - level)
            for entry in self._new(event, name):
                counter[level] += 1
                below = (*number, *counter[1 : level + 1]) if number and depth >= level else ()
                self._page(entry, below, depth - level)

    def _new(self, event: Heading | Toctree, page: str) -> Iterator[str]:
        """Yield the pages of a toctree that have no place yet."""
        if isinstance(event, Toctree):
            yield from (each for each in entries(event, page, self._pages) if each not in self.found)


def entries(toctree: Toctree, page: str, pages: Iterable[str]) -> list[str]:
    """Return the pages that a toctree lists."""
    known = set(pages)
    found: list[str] = []
    for line in toctree.entries:
        titled = TITLED.match(line)
        target = titled["target"] if titled else line
        if toctree.glob and any(mark in target for mark in "*?["):
            pattern = _resolve(target, page)
            found += [
                name
                for name in sorted(known)
                if _matches(name, pattern) and name not in found and name != page
            ]
            continue
        name = _resolve(re.sub(r"\.(md|ipynb|rst)$", "", target), page)
        if name in known and name not in found:
            found.append(name)
    return found[::-1] if toctree.backwards else found


def _resolve(target: str, page: str) -> str:
    if target.startswith("/"):
        return posixpath.normpath(target.lstrip("/"))
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), target))


def _matches(name: str, pattern: str) -> bool:
    """Match as Sphinx does: a star stays within a folder."""
    return name.count("/") == pattern.count("/") and all(
        fnmatchcase(part, its) for part, its in zip(name.split("/"), pattern.split("/"), strict=True)
    )
