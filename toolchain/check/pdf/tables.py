"""A check of what the tables of the printed book say: every cell that the book has, in its place."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from toolchain.base.decoding import read_json
from toolchain.check import source_places
from toolchain.check.base import BuiltBook
from toolchain.check.pdf.edition import EditionCheck
from toolchain.forms.pdf.reading.printed import Printed
from toolchain.forms.pdf.reading.tables import TaggedCell, TaggedTable
from toolchain.model import Finding
from toolchain.model.facts import GAP
from toolchain.model.printed_tables import PART, SUFFIX, Cell, PrintedTable, PrintedTables

WORDS = 40
"""Letters of a cell that are named."""
REMEDY = "Shorten its cells or give it fewer columns, or `:widths:`; look at what _config/conf.py and the preamble do to tables."
CUT_REMEDY = "Give it fewer or narrower columns, shorter words in its cells, or `:widths:`; code and formulas do not break."

Lost = tuple[str, Cell | None]
"""Words for what a table has lost, and the cell if it is one; no words if it has lost nothing."""
NOTHING: Lost = ("", None)


class LostCell(EditionCheck):
    """A table that says less in print than in the book."""

    id = "PDF011"
    title = "a cell of a table is not in the PDF, or not all of it"
    explanation = (
        "Every table of the book, typed or put out by a cell, is looked up in the PDF by its tags: cell by cell, in order, "
        "with all its words, and nothing of it beyond the edge of the paper. Formulas, pictures and numbers of references "
        "are not compared. Where something is missing, a column is too wide for the paper, or something in _config or "
        "raw LaTeX sets the table anew."
    )

    def in_edition(self, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Compare each table with its tags; without any, PDF010 says so."""
        if printed.tagged is None or not printed.tagged.has_structure:
            return
        known = read_json(printed.log.with_name(f"{built.settings.book.slug}{SUFFIX}"), PrintedTables)
        parts: dict[str, list[TaggedTable]] = defaultdict(list)
        for shown in sorted(printed.tables, key=lambda one: int(one.name.rpartition(PART)[2])):
            parts[shown.name.rpartition(PART)[0]].append(shown)
        for name, table in known.tables.items() if known else ():
            said = parts.get(name, [])
            if printed.place(f"{table.page}::doc") is None and not said:
                continue  # none of its page is printed, or that has no heading
            message, cell = _lost(table, said)
            if message := message or _cut(said):
                facts = built.facts.pages.get(table.page)
                path = facts.path if facts else built.relative(printed.path)
                remedy = CUT_REMEDY if message.endswith("of the paper") else REMEDY
                found = self.found(message, path, table.line, remedy)
                line = _line(built, path, cell) or source_places.cell_line(built, found)
                page = said[0].page + 1 if said else None
                yield msgspec.structs.replace(found, line=line, edition=printed.edition.name, page=page)


def _lost(table: PrintedTable, parts: Sequence[TaggedTable]) -> Lost:
    """Return words for the first thing that a table says in the book and not in the PDF, and its cell."""
    if not any(_letters(cell.text) for row in table.rows for cell in row):
        return NOTHING
    if not parts:
        return "a table is not in the PDF", None
    return _in_rows(table.rows, parts[0].rows) if len(parts) == 1 else _in_parts(table.rows, parts)


def _in_rows(rows: Sequence[Sequence[Cell]], said: Sequence[Sequence[TaggedCell]]) -> Lost:
    """Compare a table with its rows in the PDF."""
    for number, row in enumerate(rows):
        cells = said[number] if number < len(said) else ()
        for place, cell in enumerate(row):
            if place >= len(cells) or not _says(cells[place].text, cell.text):
                words = _named(cell)
                if words or place >= len(cells):
                    what = f"row {number + 1} of a table, column {cell.column + 1}: {words or 'a cell'}"
                    return f"{what} is not in the PDF", cell
    return NOTHING


def _in_parts(rows: Sequence[Sequence[Cell]], parts: Sequence[TaggedTable]) -> Lost:
    """Compare a table with its parts, each of which has some of its columns."""
    columns = [
        column for part in parts for column in zip(*part.rows, strict=False) if len(column) == len(rows)
    ]
    for place in range(max(map(len, rows), default=0)):
        cells = [row[place] for row in rows if place < len(row)]
        if not any(
            all(_says(said.text, cell.text) for said, cell in zip(column, cells, strict=False))
            for column in columns
        ):
            words = next(filter(None, map(_named, cells)), "")
            what = f"column {place + 1} of a table{f', with {words},' if words else ''}"
            return f"{what} is not in the PDF", cells[0] if cells else None
    return NOTHING


def _line(built: BuiltBook, path: str, cell: Cell | None) -> int | None:
    """Return the line of a cell that somebody has typed: MyST knows the line of its table, and docutils its own."""
    words = max((cell.text.split(GAP) if cell else ()), key=len, default="").strip()
    if cell is None or cell.line is None:
        return None
    return (built.line_of(path, words, cell.line) if words else None) or cell.line


def _cut(parts: Sequence[TaggedTable]) -> str:
    for part in parts:
        for number, row in enumerate(part.rows):
            for place, cell in enumerate(row):
                if cell.cut:
                    words = " ".join(cell.text.split())[:WORDS]
                    return f"row {number + 1} of a table, column {place + 1}: “{words}” goes beyond the edge of the paper"
    return ""


def _named(cell: Cell) -> str:
    """Return the words of a cell in quotes; empty if it has none."""
    words = " ".join(cell.text.replace(GAP, " … ").split())
    return f"“{words[:WORDS]}{'…' if len(words) > WORDS else ''}”" if _letters(words) else ""


def _says(said: str, text: str) -> bool:
    """Say whether a cell has all the words of a text in their order, whatever stands for the gaps between them."""
    first, *others = (_letters(piece) for piece in text.split(GAP))
    rest = _letters(said)
    if not rest.startswith(first):
        return False
    rest = rest[len(first) :]
    if not others:
        return not rest
    for piece in others[:-1]:
        if piece not in rest:
            return False
        rest = rest[rest.index(piece) + len(piece) :]
    return rest.endswith(others[-1])


def _letters(text: str) -> str:
    """Return letters and digits alone: quotes, dashes, spaces and signs have many forms."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", "", plain)
