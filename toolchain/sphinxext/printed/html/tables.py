"""Tables of HTML."""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from docutils import nodes
from lxml.html import HtmlElement

from toolchain.sphinxext.printed.html.marks import as_line
from toolchain.sphinxext.rows import own_entries

if TYPE_CHECKING:
    from toolchain.sphinxext.printed.html.flow import Flow, Source

UNCOUNTED = "uncounted"
"""Class of tables that get no number in print, with a caption or without: nowhere else have they one."""
MOST_COLUMNS = 1_000
SPAN = re.compile(r"[1-9]\d{0,2}")
PARTS = frozenset({"thead", "tbody", "tfoot", "tr"})
CELLS = frozenset({"td", "th"})
STRUCTURE = PARTS | CELLS | {"caption", "colgroup", "col"}

Inner = Callable[..., "Flow"]
"""Begins what gathers the blocks of an element; `room` says how many lists may stand in each other in it."""


def blocks(table: HtmlElement, inner: Inner, source: "Source") -> list[nodes.Element]:
    """Return a table as docutils has it, after what is in it and in no cell.

    Raises ValueError if its rows and columns do not fill a rectangle, unless the source is read leniently.
    """
    stray = inner()
    _gather_stray(table, stray)
    try:
        return [*stray.ended(), *_table(table, inner, source)]
    except ValueError:
        if not source.lenient:
            raise
    return [*stray.ended(), *_as_lines(table, inner)]


def _gather_stray(element: HtmlElement, stray: "Flow") -> None:
    stray.text(element, element.text)
    for child in element:
        if child.tag in PARTS:
            _gather_stray(child, stray)
        elif child.tag not in STRUCTURE:
            stray.child(child)
        stray.text(element, child.tail)


def _as_lines(table: HtmlElement, inner: Inner) -> list[nodes.Element]:
    """Return what is in the cells of a table, one after the other."""
    return [block for cell in _cells(table) for block in inner().of(cell).ended()]


def _cells(element: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the captions and the cells of a table or a part of one."""
    for child in element:
        if child.tag in PARTS:
            yield from _cells(child)
        elif child.tag in CELLS or child.tag == "caption":
            yield child


def _table(table: HtmlElement, inner: Inner, source: "Source") -> list[nodes.Element]:
    if not source.lenient and any(True for other in table.iter("table") if other is not table):
        raise ValueError("a table in a table")
    heads = table.xpath("./thead/tr")
    bodies = table.xpath("./tbody/tr | ./tr") + table.xpath("./tfoot/tr")
    if not heads:
        while bodies and all(cell.tag == "th" for cell in bodies[0]):
            heads.append(bodies.pop(0))
    captions = table.xpath("./caption")[:1]
    if sum(1 for row in (*heads, *bodies) for cell in row if cell.tag in CELLS) + len(captions) != sum(
        1 for _ in _cells(table)
    ):
        raise ValueError("cells outside of rows")
    if source.lenient and not bodies:
        heads, bodies = [], heads
    rows = _Rows(inner, lenient=source.lenient)
    head, body = rows.read(heads), rows.read(bodies)
    width = rows.width()
    if not body:
        raise ValueError("no rows")
    stubs = _stubs(bodies)
    group = nodes.tgroup("", cols=width)
    group += [nodes.colspec("", colwidth=1, **({"stub": 1} if n < stubs else {})) for n in range(width)]
    group += [nodes.thead("", *head)] * bool(head) + [nodes.tbody("", *body)]
    lines = [inner(room=0).of(caption).ended() for caption in captions]
    titles = [nodes.title("", "", *as_line(line)) for line in lines if line]
    return [nodes.table("", *titles, group, classes=["colwidths-auto", UNCOUNTED, *source.classes])]


def _stubs(rows: list[HtmlElement]) -> int:
    """Return how many columns head the rows, by the last row."""
    return min((len([1 for cell in row if cell.tag == "th"]) for row in rows[-1:]), default=0)


class _Rows:
    """Reads rows, of which all are to be as wide as each other."""

    def __init__(self, inner: Inner, *, lenient: bool) -> None:
        self._inner = inner
        self._lenient = lenient
        self._widths: list[tuple[nodes.row, int]] = []

    def width(self) -> int:
        """Return how many columns there are; raises ValueError if rows differ. Those that lack cells get them, if they may."""
        width = max((width for _, width in self._widths), default=0)
        for row, own in self._widths:
            if own != width and not self._lenient:
                raise ValueError("rows of different lengths")
            row += [nodes.entry("", nodes.paragraph()) for _ in range(width - own)]
            if not own_entries(row):
                raise ValueError("a row without cells")
        return width

    def read(self, elements: list[HtmlElement]) -> list[nodes.row]:
        """Return the rows of one part of a table; raises ValueError for cells that overlap, and for too many columns."""
        reaching: dict[int, int] = {}
        rows = []
        for n, element in enumerate(elements):
            row = nodes.row()
            column = 0
            reaching_on = {spanned: count - 1 for spanned, count in reaching.items() if count > 1}
            for cell in element.iterchildren("td", "th"):
                while column in reaching:
                    column += 1
                across, down = _span(cell, "colspan"), min(_span(cell, "rowspan"), len(elements) - n)
                if any(column + offset in reaching for offset in range(across)):
                    raise ValueError("cells that overlap")
                row += self._entry(cell, across, down)
                reaching_on |= {column + offset: down - 1 for offset in range(across)} if down > 1 else {}
                column += across
                if column > MOST_COLUMNS:
                    raise ValueError("more columns than a page has room for")
            while column in reaching:
                column += 1
            reaching = reaching_on
            rows.append(row)
            self._widths.append((row, column))
        return rows

    def _entry(self, cell: HtmlElement, across: int, down: int) -> nodes.entry:
        entry = nodes.entry("", *(self._inner(room=0).of(cell).ended() or [nodes.paragraph()]))
        if across > 1:
            entry["morecols"] = across - 1
        if down > 1:
            entry["morerows"] = down - 1
        return entry


def _span(cell: HtmlElement, name: str) -> int:
    """Return how many rows or columns a cell takes; 1 if the attribute `name` is missing or no proper number."""
    count = cell.get(name, "1")
    return int(count) if SPAN.fullmatch(count) else 1
