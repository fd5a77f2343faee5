"""What the parts of the printed book do with its tree."""

from typing import Any

from docutils import nodes


def raw(text: str) -> nodes.raw:
    """Return LaTeX that goes into the book as it is."""
    return nodes.raw("", text, format="latex")


def inside(node: nodes.Node, kinds: Any) -> bool:
    """Say whether a node stands, at any depth, in one of these kinds."""
    parent = node.parent
    while parent is not None and not isinstance(parent, kinds):
        parent = parent.parent
    return parent is not None


def page_of(node: nodes.Node) -> str:
    """Return the name of the page that a node of the book is of; empty if none is known."""
    parent = node.parent
    while parent is not None and not (isinstance(parent, nodes.Element) and parent.get("docname")):
        parent = parent.parent
    return str(parent["docname"]) if parent is not None else ""


def line_of(node: nodes.Element) -> int | None:
    """Return the line of an element in its source; of what a cell has put out, that of what it stands in."""
    at: nodes.Element | None = node
    while at is not None and not at.line:
        at = at.parent
    return at.line if at is not None else None
