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


def headings_and_toctrees(markdown: str) -> tuple[Heading | Toctree, ...]:
    """Return a page's headings and its toctrees, in their order; what stands in samples is neither."""
    blocks: list[Heading | Toctree] = []
    lines = iter(markdown.splitlines())
    for line in lines:
        if heading := HEADING.match(line):
            blocks.append(Heading(len(heading["marks"]), heading["text"]))
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
            blocks.append(_toctree(body))
    return tuple(blocks)


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
    """Whether a toctree lists it."""


def numbered_pages(pages: Mapping[str, Parsed], recurring: Collection[str] = ()) -> tuple[NumberedPage, ...]:
    """Return every page with its number, in reading order, those of no toctree at the end by their names.

    `recurring` are the headings of sections that have no numbers.
    """
    walk = _Walk(pages, recurring)
    walk.place_all()
    return (
        *walk.placed.values(),
        *(NumberedPage(name, listed=False) for name in sorted(pages) if name not in walk.placed),
    )


class _Walk:
    """Goes through the pages as a reader does, and counts as Sphinx does."""

    def __init__(self, pages: Mapping[str, Parsed], recurring: Collection[str]) -> None:
        self.placed: dict[str, NumberedPage] = {}
        self._pages = pages
        self._recurring = recurring
        self._counts = {False: 0, True: 0}
        """Of chapters and of appendices."""

    def place_all(self) -> None:
        """Place the first page and all below it."""
        self.placed[ROOT] = NumberedPage(ROOT)
        for block in self._pages[ROOT].contents if ROOT in self._pages else ():
            for entry in self._unplaced(block, ROOT):
                number: tuple[int | str, ...] = ()
                if isinstance(block, Toctree) and block.numbered:
                    appendix = APPENDIX in block.classes
                    self._counts[appendix] += 1
                    count = self._counts[appendix]
                    number = (ascii_uppercase[count - 1] if appendix else count,)
                self._place(entry, number, block.numbered - 1 if isinstance(block, Toctree) else 0)

    def _place(self, name: str, number: tuple[int | str, ...], depth: int) -> None:
        """Place a page and those below it; `depth` is how many levels more have numbers."""
        self.placed[name] = NumberedPage(name, number)
        counter = [0] * LEVELS
        level = 1
        skipped = LEVELS
        for block in self._pages[name].contents:
            if isinstance(block, Heading) and 1 < block.level <= skipped:
                is_skipped = block.text in self._recurring
                # Pages that are listed in such a section come after it.
                skipped, level = (block.level, block.level - 1) if is_skipped else (LEVELS, block.level)
                if not is_skipped:
                    counter[level - 1] += 1
                    counter[level:] = [0] * (LEVELS - level)
            for entry in self._unplaced(block, name):
                counter[level] += 1
                below = (*number, *counter[1 : level + 1]) if number and depth >= level else ()
                self._place(entry, below, depth - level)

    def _unplaced(self, block: Heading | Toctree, page: str) -> Iterator[str]:
        """Yield the pages of a toctree that have no place yet; a heading has none."""
        if isinstance(block, Toctree):
            yield from (name for name in entries(block, page, self._pages) if name not in self.placed)


def entries(toctree: Toctree, page: str, pages: Iterable[str]) -> list[str]:
    """Return the names of those of the `pages` that the toctree of a page lists, in its order."""
    names = set(pages)
    listed: list[str] = []
    for line in toctree.entries:
        titled = TITLED.match(line)
        target = titled["target"] if titled else line
        if toctree.glob and any(mark in target for mark in "*?["):
            pattern = _resolve(target, page)
            listed += [
                name
                for name in sorted(names)
                if _matches(name, pattern) and name not in listed and name != page
            ]
            continue
        name = _resolve(re.sub(r"\.(md|ipynb|rst)$", "", target), page)
        if name in names and name not in listed:
            listed.append(name)
    return listed[::-1] if toctree.backwards else listed


def _resolve(target: str, page: str) -> str:
    if target.startswith("/"):
        return posixpath.normpath(target.lstrip("/"))
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), target))


def _matches(name: str, pattern: str) -> bool:
    """Match as Sphinx does: a star stays within a folder."""
    return name.count("/") == pattern.count("/") and all(
        fnmatchcase(part, part_pattern)
        for part, part_pattern in zip(name.split("/"), pattern.split("/"), strict=True)
    )
