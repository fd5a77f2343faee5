"""The columns of a table: how wide what stands in them is, and how it is aligned."""

import re
from collections.abc import Iterator, Sequence

from docutils import nodes
from msgspec import Struct

CHARACTER, BETWEEN = 0.56, 0.8
"""Ems of the text's font that a character takes, and the space between two columns."""
SLACK = 1.3
"""What a column of several words takes at least, as a multiple of its longest word."""
NUMBER = re.compile(
    r"[-+\N{MINUS SIGN}]?(?:\d[\d,_ ]*\.?\d*|\.\d+)(?:[eE][-+\N{MINUS SIGN}]?\d+)?\s?%?"
    r"|nan|NaN|None|-?inf|<NA>|NaT|\.\.\.|\N{HORIZONTAL ELLIPSIS}|\N{EN DASH}|"
)
ALIGNED = {"text-left": "left", "text-center": "center", "text-right": "right"}
"""The classes of entries that say so."""


class Column(Struct, frozen=True):
    """What a column needs, in characters."""

    longest: int
    """Of its entries."""
    word: int
    """The longest that cannot be broken."""
    align: str
    """`left`, `center` or `right`."""


def columns(table: nodes.table) -> list[Column]:
    """Return what each column needs; an entry that spans several says nothing of one."""
    count = len(list(table.findall(nodes.colspec)))
    cells: list[list[nodes.entry]] = [[] for _ in range(count)]
    for row in placed(table):
        for column, entry in row:
            if not entry.get("morecols"):
                cells[column].append(entry)
    return [_column(entries, made="output" in table["classes"]) for entries in cells]


def width(needed: Sequence[Column], share: float) -> float:
    """Return the ems that columns take at least, in letters of which the size is a share of the text's."""
    letters = sum(min(each.word * SLACK, each.longest) for each in needed)
    return letters * CHARACTER * share + BETWEEN * len(needed)


def placed(table: nodes.table) -> Iterator[list[tuple[int, nodes.entry]]]:
    """Yield the entries of each row with the numbers of their columns, counted from 0."""
    reaching: dict[int, int] = {}
    for row in table.findall(nodes.row):
        found, column = [], 0
        left = {each: rest - 1 for each, rest in reaching.items() if rest > 1}
        for entry in row.findall(nodes.entry):
            if entry.parent is not row:
                continue  # of a table within the table
            while column in reaching:
                column += 1
            found.append((column, entry))
            across = entry.get("morecols", 0) + 1
            if down := entry.get("morerows", 0):
                left |= {column + each: down for each in range(across)}
            column += across
        reaching = left
        yield found


def _column(entries: list[nodes.entry], *, made: bool) -> Column:
    texts = [each.astext().strip() for each in entries]
    words = (word for each in texts for word in each.split())
    return Column(
        longest=max(map(len, texts), default=1),
        word=max(map(len, words), default=1),
        align=_alignment(entries, made=made),
    )


def _alignment(entries: list[nodes.entry], *, made: bool) -> str:
    """Return how a column is aligned: as its author says, and numbers that a cell has put out to the right."""
    said = {name for each in entries for name in each["classes"] if name in ALIGNED}
    if len(said) == 1:
        return ALIGNED[said.pop()]
    body = [each.astext().strip() for each in entries if not isinstance(each.parent.parent, nodes.thead)]
    numbers = made and any(body) and all(map(NUMBER.fullmatch, body))
    return "right" if numbers else "left"
