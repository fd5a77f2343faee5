"""What the tables of the book say, written beside SLUG.tex before anything is done to make them fit: the PDF has to say it too."""

from collections import Counter
from pathlib import Path

import msgspec
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.latex.nodes import footnotemark, footnotetext

from toolchain.base.files import write_atomically
from toolchain.model.facts import GAP
from toolchain.model.printed_tables import SUFFIX, Cell, PrintedTable, PrintedTables
from toolchain.sphinxext.printed.columns import numbered_entries
from toolchain.sphinxext.printed.tree import line_of, page_of

NAME = "toolchain_table"
"""The attribute of a table with its name, which what is made of it has as well."""
NO_WORDS = (
    nodes.math,
    nodes.math_block,
    nodes.image,
    nodes.raw,
    nodes.footnote_reference,
    nodes.citation_reference,
    nodes.table,
    nodes.footnote,
    footnotemark,
    footnotetext,
    addnodes.number_reference,
)
"""What shows something else than its text, or shows it elsewhere; a table in a cell is one of its own."""
BESIDE = (
    nodes.abbreviation,
    nodes.list_item,
    nodes.Admonition,
    nodes.reference,
    nodes.definition,
    nodes.field_body,
)
"""What has something generated before it, or after it."""


def show_hidden(doctree: nodes.document) -> None:
    """Put tables in the place of what hides them: Sphinx's own of summaries is a comment to all who do not know it."""
    for hiding in list(doctree.findall(nodes.comment)):
        if any(isinstance(child, nodes.table) for child in hiding.children):
            hiding.replace_self(hiding.children)


def note(app: Sphinx, doctree: nodes.document) -> None:
    """Give each table of the whole book a name, and write down what its cells say."""
    tables: dict[str, PrintedTable] = {}
    of_page: Counter[str] = Counter()
    for table in doctree.findall(nodes.table):
        page = page_of(table)
        of_page[page] += 1
        table[NAME] = f"{page}#table-{of_page[page]}"
        tables[table[NAME]] = PrintedTable(page, _line(table), tuple(_rows(table)))
    for _, name, *_ in app.config.latex_documents:
        path = Path(app.outdir) / Path(name).with_suffix(SUFFIX)
        write_atomically(path, msgspec.json.encode(PrintedTables(tables)))


def _rows(table: nodes.table) -> list[tuple[Cell, ...]]:
    return [
        tuple(
            Cell(_words(entry), column, entry.get("morecols", 0) + 1, _line_within(entry))
            for column, entry in row
        )
        for row in numbered_entries(table)
    ]


def _words(node: nodes.Element) -> str:
    """Return the words of a cell, with GAP for what is no words, or nobody has written."""
    if isinstance(node, nodes.Invisible | addnodes.index):
        return ""
    if isinstance(node, NO_WORDS) or (isinstance(node, nodes.reference) and _is_inside(node)):
        return GAP
    words = "".join(
        child.astext() if isinstance(child, nodes.Text) else _words(child)  # type: ignore[arg-type] # or it is an element
        for child in node.children
    )
    return f"{GAP}{words}{GAP}" if isinstance(node, BESIDE) else words


def _is_inside(reference: nodes.reference) -> bool:
    """Say whether a reference leads to another place of the book: LaTeX may set a number for its words."""
    return bool(reference.get("internal") or "refid" in reference or "refuri" not in reference)


def _line(table: nodes.table) -> int | None:
    """Return the line on which a table begins; what docutils makes of a list has the line that this ends on."""
    within = _line_within(table)
    return min(within, table.line or within) if within else line_of(table)


def _line_within(node: nodes.Element) -> int | None:
    """Return the first line of what is in an element; None of what a cell has put out."""
    return min(
        (one.line for one in node.findall(nodes.Element) if one is not node and one.line), default=None
    )
