"""How the checks of what is drawn say what they have found: alike things together, with their first page and how many there are."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

from toolchain.check.base import Made
from toolchain.check.pdf.text import pages_on
from toolchain.check.reading.drawn import Mark, Text
from toolchain.check.reading.printed import Printed

Some = TypeVar("Some", bound=Mark)
MILLIMETRE = 72 / 25.4
ENOUGH = 0.99
"""Of what a printer asks for: LaTeX's points are smaller than those of a PDF, and numbers are rounded."""


def all_of(printed: Printed, kind: type[Some]) -> Iterator[Some]:
    """Yield what is drawn of a kind, page by page."""
    return (each for page in printed.drawn for each in page.marks if isinstance(each, kind))


def alike(marks: Iterable[Some], key: Callable[[Some], Hashable]) -> list[list[Some]]:
    """Return marks that are wrong in the same way together, as they come."""
    found: dict[Hashable, list[Some]] = defaultdict(list)
    for each in marks:
        found[key(each)].append(each)
    return list(found.values())


def where(printed: Printed, marks: list[Some]) -> str:
    """Say on which page the first of some marks is, what is written there, and on how many pages there are others."""
    words = printed.words_at(marks[0]) if isinstance(marks[0], Text) else ""
    others = len({each.page for each in marks}) - 1
    return _page(printed, marks[0].page, words, others)


def _page(printed: Printed, page: int, words: str = "", others: int = 0) -> str:
    said = f"page {printed.numbers[page]}"
    said += f", “{words}”" if words else ""
    return said + (f" (and {others} more page{'s' if others > 1 else ''})" if others else "")


def source(made: Made, printed: Printed, page: int, words: str = "") -> tuple[str, int | None]:
    """Return the source of what is on a page, and the line that has its words; the PDF if it comes of no source."""
    there = pages_on(made, printed, page)
    for each in there if words else ():
        if line := made.line_of(each.path, words):
            return each.path, line
    return (there[-1].path if there else made.relative(printed.path)), None


def source_of(made: Made, printed: Printed, mark: Mark) -> tuple[str, int | None]:
    """Return where a mark comes from, as far as that can be told."""
    return source(made, printed, mark.page, printed.words_at(mark) if isinstance(mark, Text) else "")
