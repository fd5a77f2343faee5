"""What the tables of the printed book say, as its writer tells those who look at the PDF."""

from msgspec import Struct

SUFFIX = ".tables.json"
"""Of the file beside SLUG.tex that has the tables."""
PART = "/"
"""Stands in the name of a part of a table, before its number."""


class Cell(Struct, frozen=True, gc=False):
    """A cell of a table."""

    text: str
    """Its words, with facts.GAP for what is not words."""
    column: int
    """Of its left side, counted from 0."""
    columns: int = 1
    """How many it takes."""
    line: int | None = None
    """In its source; None where only that of its table is known."""


class PrintedTable(Struct, frozen=True, gc=False):
    """A table of the printed book."""

    page: str
    """The name of the page of the book that it is on."""
    line: int | None
    rows: tuple[tuple[Cell, ...], ...]


class PrintedTables(Struct, frozen=True):
    """All tables of a book."""

    tables: dict[str, PrintedTable] = {}
    """By the names that they have in the PDF; the parts of one that is too wide have its name, and a number."""
