"""Tables: what fits on the page, and what goes on over several, takes smaller letters, or lies on its side."""

import math

from docutils import nodes
from sphinx import addnodes

from toolchain.sphinxext.printed.columns import (
    BETWEEN,
    CHARACTER,
    Column,
    measure_columns,
    numbered_entries,
    pictures_of,
    width,
    words_of,
)
from toolchain.sphinxext.printed.html.tables import UNCOUNTED
from toolchain.sphinxext.printed.tree import inside, raw
from toolchain.sphinxext.rows import own_entries, own_rows

# Characters in a line of a table, and how many lines of one are not broken over pages.
LINE, TALL = 80, 8
WIDE_AS_HIGH = 5
"""Characters of a picture's width for which it is about a line high."""
# Ems across the page, and along it.
WIDE, LONG = 41.2, 54.0
SIZES = {"small": 0.9, "footnotesize": 0.8, "scriptsize": 0.7}
"""The sizes of letters that are tried one after the other, as shares of the text's."""
SMALLEST, SMALLEST_SHARE = "tiny", 0.5
"""What is left for a table that does not fit on its side either."""
LETTERS = {"left": "L", "center": "C", "right": "R"}
RAGGED = {"left": r"\raggedright", "center": r"\centering", "right": r"\raggedleft"}


def fit(doctree: nodes.document) -> None:
    """Make every table fit."""
    for table in list(doctree.findall(nodes.table)):
        if not inside(table, nodes.table):
            for part in _parts(table):
                _fit(part)


def _parts(table: nodes.table) -> list[nodes.table]:
    """Return a table that a cell has put out in parts that fit on the page; each begins with what the rows are called."""
    columns = measure_columns(table)
    stubs = [n for n, colspec in enumerate(table.findall(nodes.colspec)) if colspec.get("stub")]
    spanning = any(
        entry.get("morecols") or entry.get("morerows") for row in numbered_entries(table) for _, entry in row
    )
    titled = any(isinstance(child, nodes.title) for child in table.children)
    if "output" not in table["classes"] or spanning or titled or _size(columns)[1] is False:
        return [table]
    groups: list[list[int]] = [list(stubs)]
    for column in range(len(columns)):
        if column not in stubs:
            extended = [columns[n] for n in (*groups[-1], column)]
            if len(groups[-1]) > len(stubs) and width(extended, SIZES["footnotesize"]) > WIDE:
                groups.append(list(stubs))
            groups[-1].append(column)
    parts = [_with_columns(table, group) for group in groups]
    table.replace_self(parts)
    return parts


def _with_columns(table: nodes.table, numbers: list[int]) -> nodes.table:
    """Return a copy of a table with some of its columns, by their numbers, counted from 0."""
    part = table.deepcopy()
    group = next(part.findall(nodes.tgroup))
    group["cols"] = len(numbers)
    for row in numbered_entries(part):
        for column, entry in row:
            if column not in numbers:
                entry.parent.remove(entry)
    for column, colspec in enumerate(list(part.findall(nodes.colspec))):
        if column not in numbers:
            group.remove(colspec)
    return part


def _fit(table: nodes.table) -> None:
    rows = [list(own_entries(row)) for row in own_rows(table)]
    # LaTeX has no table within one that goes over pages, or that finds the widths of its columns by itself.
    nesting = any(inner is not table for inner in table.findall(nodes.table))
    is_long = "longtable" in table["classes"]  # its author, or an extension, says so
    columns = measure_columns(table)
    tall = not nesting and (is_long or sum(_lines(row, columns) for row in rows) > TALL)
    has_widths = "colwidths-given" in table["classes"]
    if tall:
        table["classes"] += [] if is_long else ["longtable"]
    elif has_widths:
        return
    size, aside = _size(columns)
    if not nesting and not any(table.findall(nodes.literal_block)):
        spec = (
            _paragraph_columns(table, columns, _characters(len(columns), size, aside=aside))
            if tall
            else "".join(LETTERS[column.align] for column in columns)
        )
        _before(table, addnodes.tabular_col_spec(spec=spec))
    elif tall and not has_widths:
        table["classes"].append("colwidths-given")
        for column, colspec in zip(columns, table.findall(nodes.colspec), strict=True):
            colspec["colwidth"] = min(max(column.longest, LINE // 8), LINE // 2)
    titled = any(isinstance(child, nodes.title) for child in table.children)
    if (UNCOUNTED in table["classes"] and titled) or (tall and not titled):
        _before(table, raw(r"\bookuncounted"))
    if size != "small" or aside or sum(column.longest for column in columns) > LINE:
        _set(table, columns, size, aside=aside, tall=tall)


def _lines(row: list[nodes.entry], columns: list[Column]) -> int:
    """Return how many lines a row takes, about; with entries that span columns, one that is too many."""
    total = sum(column.longest for column in columns)
    rooms = [max(column.longest * min(LINE / total, 1), 1) if total else LINE for column in columns]
    return max(1, *(_lines_of(entry, room) for entry, room in zip(row, rooms, strict=False)))


def _lines_of(entry: nodes.entry, room: float) -> int:
    """Return how many lines an entry takes, about, with so many characters in each; a picture is half as high as wide."""
    words = sum(math.ceil(len(line) / room) for line in words_of(entry).splitlines())
    return words + sum(math.ceil(characters / WIDE_AS_HIGH) for characters in pictures_of(entry))


def _size(columns: list[Column]) -> tuple[str, bool]:
    """Return the size of the letters, and whether the table has to lie on its side."""
    for aside, room in ((False, WIDE), (True, LONG)):
        for name, share in SIZES.items():
            if width(columns, share) <= room:
                return name, aside
    return SMALLEST, True


def _characters(columns: int, size: str, *, aside: bool) -> int:
    """Return how many characters there are in a line of so many columns."""
    letters = (LONG if aside else WIDE) - BETWEEN * columns
    return max(int(letters / (CHARACTER * SIZES.get(size, SMALLEST_SHARE))), columns)


def _paragraph_columns(table: nodes.table, columns: list[Column], room: int) -> str:
    """Return the columns of a table that goes over pages: as wide as their author says, or as their longest entries.

    `room` is how many characters there are in a line.
    """
    if "colwidths-given" in table["classes"]:
        widths = [colspec["colwidth"] for colspec in table.findall(nodes.colspec)]
        total = sum(widths)
    else:
        widths = [min(max(column.longest + 2, room // 12), room // 2) for column in columns]
        widths = _shared(widths, [column.word + 2 for column in columns], room)
        total = max(sum(widths), room)  # what is narrow in all stays narrow
    return "".join(
        rf">{{{RAGGED[column.align]}\arraybackslash}}\X{{{share}}}{{{total}}}"
        for column, share in zip(columns, widths, strict=True)
    )


def _shared(widths: list[int], words: list[int], room: int) -> list[int]:
    """Return the widths of columns that are to share a line: each has room for its longest word, if that is possible."""
    least = list(map(min, words, widths))
    spare, asked = room - sum(least), sum(widths) - sum(least)
    if spare < 0 or asked <= spare:
        return widths
    return [low + (width - low) * spare // asked for low, width in zip(least, widths, strict=True)]


def _set(table: nodes.table, columns: list[Column], size: str, *, aside: bool, tall: bool) -> None:
    """Put the LaTeX before and after a table that sets its letters, its narrowest columns and how it lies."""
    share = SIZES.get(size, SMALLEST_SHARE)
    # A column narrower than this keeps its words whole.
    room = LONG if aside else WIDE
    least = min(max(column.word for column in columns) * CHARACTER * share + 1, room * 0.24)
    if len(columns) * (least + BETWEEN) > room:
        least = max(room / len(columns) - BETWEEN, 1)
    opening = rf"\booktable{{\{size}}}{{{least:.2f}em}}"
    if aside:
        kind = "booklandscape" if tall else "bookaside"
        table.parent.insert(table.parent.index(table) + 1, raw(rf"\end{{{kind}}}"))
        opening += rf"\begin{{{kind}}}"
    _before(table, raw(opening))


def _before(table: nodes.table, node: nodes.Node) -> None:
    table.parent.insert(table.parent.index(table), node)
