"""The columns of a table: how wide their entries are, and how these are aligned."""

import math
import re
from collections.abc import Iterator, Sequence

from docutils import nodes
from msgspec import Struct

from toolchain.sphinxext.printed.html.marks import BREAK
from toolchain.sphinxext.rows import own_entries, own_rows

CHARACTER, BETWEEN = 0.56, 0.8
"""Ems of the text's font that a character takes, and the space between two columns."""
SLACK = 1.3
"""What a column of several words takes at least, as a multiple of its longest word."""
NUMBER = re.compile(
    r"[-+\N{MINUS SIGN}]?(?:\d[\d,_ ]*\.?\d*|\.\d+)(?:[eE][-+\N{MINUS SIGN}]?\d+)?\s?%?"
    r"|nan|NaN|None|-?inf|<NA>|NaT|\.\.\.|\N{HORIZONTAL ELLIPSIS}|\N{EN DASH}|"
)
CHARACTERS_OF_AN_INCH, PICTURE = 13, 28
"""How many characters are as wide as an inch, and as a picture in a table of which the width is not known."""
INCHES = re.compile(r"([0-9.]+)in")
ALIGNED = {"text-left": "left", "text-center": "center", "text-right": "right"}
"""The alignment that a class of an entry stands for."""


class Column(Struct, frozen=True):
    """The widths that a column needs, in characters, and its alignment."""

    longest: int
    """Of its entries."""
    word: int
    """The longest that cannot be broken."""
    align: str
    """`left`, `center` or `right`."""


def measure_columns(table: nodes.table) -> list[Column]:
    """Return what each column needs; an entry that spans several columns does not count for any of them."""
    count = len(list(table.findall(nodes.colspec)))
    cells: list[list[nodes.entry]] = [[] for _ in range(count)]
    for row in numbered_entries(table):
        for column, entry in row:
            if not entry.get("morecols"):
                cells[column].append(entry)
    return [_column(entries, is_output="output" in table["classes"]) for entries in cells]


def width(columns: Sequence[Column], share: float) -> float:
    """Return the ems that columns take at least, in letters of which the size is a share of the text's."""
    letters = sum(min(column.word * SLACK, column.longest) for column in columns)
    return letters * CHARACTER * share + BETWEEN * len(columns)


def numbered_entries(table: nodes.table) -> Iterator[list[tuple[int, nodes.entry]]]:
    """Yield the entries of each row with the numbers of their columns, counted from 0."""
    reaching: dict[int, int] = {}
    for row in own_rows(table):
        entries, column = [], 0
        reaching_on = {spanned: count - 1 for spanned, count in reaching.items() if count > 1}
        for entry in own_entries(row):
            while column in reaching:
                column += 1
            entries.append((column, entry))
            across = entry.get("morecols", 0) + 1
            if down := entry.get("morerows", 0):
                reaching_on |= {column + offset: down for offset in range(across)}
            column += across
        reaching = reaching_on
        yield entries


def words_of(entry: nodes.entry) -> str:
    """Return the text of an entry, without what stands for its pictures where nobody sees them."""
    words = entry.astext()
    for image in entry.findall(nodes.image):
        words = words.replace(image.astext(), "", 1)
    return words.strip()


def pictures_of(entry: nodes.entry) -> Iterator[int]:
    """Yield how many characters are as wide as each picture that is no part of a line of words."""
    for image in entry.findall(nodes.image):
        if not isinstance(image.parent, nodes.TextElement) or len(image.parent) == 1:
            inches = INCHES.fullmatch(str(image.get("width", "")))
            yield min(math.ceil(float(inches[1]) * CHARACTERS_OF_AN_INCH), PICTURE) if inches else PICTURE


def _column(entries: list[nodes.entry], *, is_output: bool) -> Column:
    texts = list(map(words_of, entries))
    words = (word for text in texts for word in text.split())
    lines = (len(line) for text in texts for line in text.split(BREAK))
    pictures = (characters for entry in entries for characters in pictures_of(entry))
    return Column(
        longest=max((*lines, *pictures), default=1),
        word=max(map(len, words), default=1),
        align=_alignment(entries, is_output=is_output),
    )


def _alignment(entries: list[nodes.entry], *, is_output: bool) -> str:
    """Return how a column is aligned: as its author says, and numbers that a cell has put out to the right."""
    classes = {name for entry in entries for name in entry["classes"] if name in ALIGNED}
    if len(classes) == 1:
        return ALIGNED[classes.pop()]
    body = [entry.astext().strip() for entry in entries if not isinstance(entry.parent.parent, nodes.thead)]
    numbers = is_output and any(body) and all(map(NUMBER.fullmatch, body))
    return "right" if numbers else "left"
