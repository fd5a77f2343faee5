"""The order and the numbers of the pages, from the toctrees alone: before Sphinx has read anything."""

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping

import msgspec
from msgspec import Struct

from toolchain.base.patterns import expression
from toolchain.model import Parsed, Toctree
from toolchain.sources.numbering import Contents, Number, reading_order, section_numbers, toctrees_of

URL = re.compile(r".+://")
SELF = "self"
GLOB = re.compile(r"[*?[]")


class NumberedPage(Struct, frozen=True):
    """Where a page stands in the book."""

    name: str
    number: Number = ()
    """Of its chapter or section; empty for a page without one."""
    listed: bool = True
    """Whether a toctree lists it."""


def numbered_pages(
    pages: Mapping[str, Parsed], recurring: Collection[str], root: str, *, restarts: bool = False
) -> tuple[NumberedPage, ...]:
    """Return every page with its number, in reading order, those of no toctree at the end by their names.

    `recurring` are the headings of sections that have no numbers, `root` is the first page; `restarts` as for numbers.
    """
    contents = resolved(pages)
    order = reading_order(contents, root)
    counted = section_numbers(contents, recurring, root, restarts=restarts)
    numbers = {name: of_page[0] for name, of_page in counted.items() if of_page}
    return (
        *(NumberedPage(name, numbers.get(name, ())) for name in order),
        *(
            NumberedPage(name, numbers.get(name, ()), listed=False)
            for name in sorted(pages.keys() - set(order))
        ),
    )


def resolved(pages: Mapping[str, Parsed]) -> Contents:
    """Return the contents of all pages, with the names of pages in their toctrees."""
    return {
        name: [
            msgspec.structs.replace(
                block, entries=tuple(entry for entry in _listed(block, name, pages) if entry != name)
            )
            if isinstance(block, Toctree)
            else block
            for block in page.contents
        ]
        for name, page in pages.items()
    }


def circles(pages: Mapping[str, Parsed], root: str) -> Iterator[tuple[str, str]]:
    """Yield each page that lists itself or a page that it is below, with that page: no reader would come to an end."""
    lists = {
        name: [entry for toctree in toctrees_of(page.contents) for entry in _listed(toctree, name, pages)]
        for name, page in pages.items()
    }
    followed: set[str] = set()

    def follow(page: str, above: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        followed.add(page)
        for name in dict.fromkeys(lists[page]):
            if name in (*above, page):
                yield page, name
            elif name not in followed:
                yield from follow(name, (*above, page))

    for name in (*filter(lists.__contains__, [root]), *sorted(lists)):
        if name not in followed:
            yield from follow(name, ())


def _listed(toctree: Toctree, page: str, pages: Collection[str]) -> tuple[str, ...]:
    """Return the names of those of the `pages` that the toctree of a page lists, in its order, as Sphinx finds them."""
    names: list[str] = []
    for entry in toctree.entries:
        if URL.match(entry) or _target(entry) == SELF:
            continue
        if toctree.glob and _target(entry) == entry and GLOB.search(entry):
            pattern = re.compile(expression(_absolute(entry, page)))
            names += sorted(name for name in pages if name not in (page, *names) and pattern.fullmatch(name))
            continue
        name = page_named(entry, page)
        if name in pages:
            names.append(name)
    return tuple(names[::-1] if toctree.backwards else names)


def page_named(entry: str, page: str) -> str:
    """Return the name of the page that an entry of a page's toctree names, whether there is one or not."""
    return _absolute(re.sub(r"\.(md|ipynb|rst)$", "", _target(entry)), page)


def _target(entry: str) -> str:
    """Return what an entry leads to: all of it, or what stands in angle brackets after a title."""
    title, bracket, target = entry[:-1].rpartition("<")
    return target if entry.endswith(">") and title and bracket else entry


def _absolute(target: str, page: str) -> str:
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(page), target))[1:]
