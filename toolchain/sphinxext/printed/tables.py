"""Tables: what fits on the page, and what goes on over several, takes smaller letters, or lies on its side."""

from docutils import nodes
from sphinx import addnodes

from toolchain.sphinxext.printed.columns import BETWEEN, CHARACTER, Column, columns, placed, width
from toolchain.sphinxext.printed.tree import inside, raw

# Characters in a table's line and, with some room to spare, lines on a page.
LINE, TALL = 80, 36
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
    needed = columns(table)
    stubs = [n for n, each in enumerate(table.findall(nodes.colspec)) if each.get("stub")]
    spanning = any(
        entry.get("morecols") or entry.get("morerows") for row in placed(table) for _, entry in row
    )
    titled = any(isinstance(each, nodes.title) for each in table.children)
    if "output" not in table["classes"] or spanning or titled or _size(needed)[1] is False:
        return [table]
    groups: list[list[int]] = [list(stubs)]
    for column in range(len(needed)):
        if column not in stubs:
            there = [needed[each] for each in (*groups[-1], column)]
            if len(groups[-1]) > len(stubs) and width(there, SIZES["footnotesize"]) > WIDE:
                groups.append(list(stubs))
            groups[-1].append(column)
    parts = [_only(table, group) for group in groups]
    table.replace_self(parts)
    return parts


def _only(table: nodes.table, kept: list[int]) -> nodes.table:
    """Return a copy of a table with some of its columns."""
    part = table.deepcopy()
    group = next(part.findall(nodes.tgroup))
    group["cols"] = len(kept)
    for row in placed(part):
        for column, entry in row:
            if column not in kept:
                entry.parent.remove(entry)
    for column, colspec in enumerate(list(part.findall(nodes.colspec))):
        if column not in kept:
            group.remove(colspec)
    return part


def _fit(table: nodes.table) -> None:
    rows = [[entry.astext() for entry in row.findall(nodes.entry)] for row in table.findall(nodes.row)]
    tall = sum(1 + len("".join(row)) // LINE for row in rows) > TALL
    given = "colwidths-given" in table["classes"]
    if tall:
        table["classes"].append("longtable")
    elif given:
        return
    needed = columns(table)
    size, aside = _size(needed)
    if not any(table.findall(nodes.literal_block)):
        spec = _paragraphs(table, needed) if tall else "".join(LETTERS[each.align] for each in needed)
        _before(table, addnodes.tabular_col_spec(spec=spec))
    elif tall and not given:
        table["classes"].append("colwidths-given")
        for each, colspec in zip(needed, table.findall(nodes.colspec), strict=True):
            colspec["colwidth"] = min(max(each.longest, LINE // 8), LINE // 2)
    if tall and not any(isinstance(each, nodes.title) for each in table.children):
        _before(table, raw(r"\bookuncounted"))
    if size != "small" or aside or sum(each.longest for each in needed) > LINE:
        _set(table, needed, size, aside=aside, tall=tall)


def _size(needed: list[Column]) -> tuple[str, bool]:
    """Return the size of the letters, and whether the table has to lie on its side."""
    for aside, room in ((False, WIDE), (True, LONG)):
        for name, share in SIZES.items():
            if width(needed, share) <= room:
                return name, aside
    return SMALLEST, True


def _paragraphs(table: nodes.table, needed: list[Column]) -> str:
    """Return the columns of a table that goes over pages: as wide as their author says, or as their longest entries."""
    if "colwidths-given" in table["classes"]:
        widths = [each["colwidth"] for each in table.findall(nodes.colspec)]
        total = sum(widths)
    else:
        widths = [min(max(each.longest + 2, LINE // 12), LINE // 2) for each in needed]
        total = max(sum(widths), LINE)  # what is narrow in all stays narrow
    return "".join(
        rf">{{{RAGGED[each.align]}\arraybackslash}}\X{{{its}}}{{{total}}}"
        for each, its in zip(needed, widths, strict=True)
    )


def _set(table: nodes.table, needed: list[Column], size: str, *, aside: bool, tall: bool) -> None:
    """Say what LaTeX has to know before and after a table."""
    share = SIZES.get(size, SMALLEST_SHARE)
    # A column narrower than this keeps its words whole.
    room = LONG if aside else WIDE
    least = min(max(each.word for each in needed) * CHARACTER * share + 1, room * 0.24)
    if len(needed) * (least + BETWEEN) > room:
        least = max(room / len(needed) - BETWEEN, 1)
    before = rf"\booktable{{\{size}}}{{{least:.2f}em}}"
    if aside:
        kind = "booklandscape" if tall else "bookaside"
        table.parent.insert(table.parent.index(table) + 1, raw(rf"\end{{{kind}}}"))
        before += rf"\begin{{{kind}}}"
    _before(table, raw(before))


def _before(table: nodes.table, node: nodes.Node) -> None:
    table.parent.insert(table.parent.index(table), node)
