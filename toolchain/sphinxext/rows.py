"""The rows of a table, and none of tables within it."""

from docutils import nodes


def own_rows(table: nodes.table) -> list[nodes.row]:
    """Return the rows of a table without those of tables within it."""
    groups = [child for child in table.children if isinstance(child, nodes.tgroup)]
    parts = [
        part for group in groups for part in group.children if isinstance(part, nodes.thead | nodes.tbody)
    ]
    return [row for part in parts for row in part.children if isinstance(row, nodes.row)]


def own_entries(row: nodes.row) -> list[nodes.entry]:
    """Return the entries of a row."""
    return [entry for entry in row.children if isinstance(entry, nodes.entry)]
