"""Tables: what fits on the page, and what goes on over several."""

from docutils import nodes

from toolchain.sphinxext.printed.tree import inside

# Characters in a table's line and, with some room to spare, lines on a page.
LINE, TALL = 80, 36


def break_tall_tables(doctree: nodes.document) -> None:
    """Let a table that may not fit on a page go on to the next; Sphinx does so only from 30 rows."""
    for table in list(doctree.findall(nodes.table)):
        rows = [[entry.astext() for entry in row.findall(nodes.entry)] for row in table.findall(nodes.row)]
        if inside(table, nodes.table) or sum(1 + len("".join(row)) // LINE for row in rows) <= TALL:
            continue
        table["classes"].append("longtable")
        # Such a table's columns need widths: as their longest entries are, within limits.
        if "colwidths-given" not in table["classes"]:
            table["classes"].append("colwidths-given")
            for column, colspec in enumerate(table.findall(nodes.colspec)):
                longest = max((len(row[column]) for row in rows if column < len(row)), default=0)
                colspec["colwidth"] = min(max(longest, LINE // 8), LINE // 2)
