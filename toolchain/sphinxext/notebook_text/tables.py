"""Tables in the only form that all front ends know: a line per row."""

import re
from collections.abc import Callable, Iterator

from docutils import nodes

from toolchain.sphinxext.notebook_text.inline import code_in_a_table
from toolchain.sphinxext.rows import own_entries, own_rows

RULES = {"text-left": ":---", "text-center": ":---:", "text-right": "---:"}


def table(node: nodes.table, block: Callable[[nodes.Node], Iterator[str]]) -> str:
    """Return a table; `block` writes what is in its cells."""
    lines = [[_cell(cell, block) for cell in row.children] for row in own_rows(node)]
    width = max(map(len, lines), default=0)
    head = lines.pop(0) if any(node.findall(nodes.thead)) and lines else []
    return "\n".join(
        f"| {' | '.join([*line, *[''] * (width - len(line))])} |" for line in (head, _rules(node), *lines)
    )


def _rules(node: nodes.table) -> list[str]:
    """Return the line below the head, which says how each column is aligned."""
    entries = [entry for row in own_rows(node)[:1] for entry in own_entries(row)]
    return [next((RULES[name] for name in entry["classes"] if name in RULES), "---") for entry in entries]


def _cell(cell: nodes.Node, block: Callable[[nodes.Node], Iterator[str]]) -> str:
    return "<br>".join(line for child in cell.children for line in _lines(child, block))


def _lines(node: nodes.Node, block: Callable[[nodes.Node], Iterator[str]]) -> Iterator[str]:
    """Yield the lines of a block: within a cell there is no other structure."""
    if isinstance(node, nodes.literal_block):
        yield from (code_in_a_table(line) for line in node.astext().rstrip().split("\n"))
    elif isinstance(node, nodes.bullet_list | nodes.enumerated_list):
        for number, list_item in enumerate(node.children, start=int(node.get("start", 1))):
            mark = "\N{BULLET}" if isinstance(node, nodes.bullet_list) else f"{number}\\."
            yield f"{mark} {_cell(list_item, block)}"
    elif isinstance(node, nodes.table):
        for row in own_rows(node):
            yield ", ".join(_cell(cell, block) for cell in row.children)
    else:
        for text in block(node):
            yield re.sub(r"(<br>)?\n+", "<br>", text.strip())
