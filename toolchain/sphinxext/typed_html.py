"""HTML that stands in the text of a page: Markdown's, which is meant for every form, and not that of `{raw} html`.

Markdown knows nothing of it and gives it in pieces: `<sub>`, then words, then `</sub>`.
"""

import re
from collections.abc import Sequence
from typing import Any

from docutils import nodes
from myst_parser.mdit_to_docutils import base, html_to_nodes
from sphinx.application import Sphinx

TYPED = "toolchain_typed"
"""Attribute of such pieces."""
HTML_OUTPUT = frozenset({"output", "text_html"})
"""MyST-NB's classes of HTML that a cell has put out."""
HOLE = "\ufdd0{}\ufdd1"
"""Stands among the pieces for what is no HTML: its number among them. These characters are in no text."""
HOLES = re.compile("\ufdd0(\\d+)\ufdd1")
UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""What no HTML may have."""
UNCLOSED = "this HTML hides what follows it and is not closed beside it"
_read = html_to_nodes.html_to_nodes


def is_typed(node: nodes.Node) -> bool:
    """Say whether a node is a piece of such HTML."""
    return isinstance(node, nodes.raw) and bool(node.get(TYPED))


def is_pasted(node: nodes.Node) -> bool:
    """Say whether a node is HTML that a cell has put out, as it came."""
    return isinstance(node, nodes.raw) and set(node["classes"]) >= HTML_OUTPUT


def pieces(children: Sequence[nodes.Node]) -> list[nodes.raw]:
    """Return those of some nodes that are pieces."""
    return [child for child in children if isinstance(child, nodes.raw) and is_typed(child)]


def parents(document: nodes.Element) -> list[nodes.Element]:
    """Return what has such pieces in it, the inner before the outer."""
    found = dict.fromkeys(node.parent for node in document.findall(is_typed))
    return [parent for parent in reversed(found) if parent is not None]


def with_holes(children: Sequence[nodes.Node]) -> str:
    """Return the pieces in one, with a hole for each node between them."""
    return "".join(parts_with_holes(children))


def parts_with_holes(children: Sequence[nodes.Node]) -> list[str]:
    """Return the same, a part for each node."""
    return [
        UNWRITABLE.sub("", child.astext()) if is_typed(child) else HOLE.format(number)
        for number, child in enumerate(children)
    ]


def piece(text: str, like: nodes.Element) -> nodes.raw:
    """Return a piece that stands where another stood."""
    new = nodes.raw("", text, format="html", **{TYPED: True})
    new.source, new.line = like.source, like.line
    return new


def piece_with(pieces: Sequence[nodes.Node], name: str) -> nodes.Node:
    """Return the first piece that has the mark of an element, by its name; else the first."""
    mark = re.compile(rf"<{re.escape(name)}\b", re.IGNORECASE)
    return next((piece for piece in pieces if mark.search(piece.astext())), pieces[0])


def _marked(text: str, line_number: int, renderer: Any) -> list[nodes.Element]:
    found: list[nodes.Element] = _read(text, line_number, renderer)
    for node in found:
        if isinstance(node, nodes.raw):
            node[TYPED] = True
    return found


def setup(_app: Sphinx) -> None:
    """Mark the pieces as they are read: MyST offers no seam, and afterwards they look like those of `{raw}`."""
    setattr(base, "html_to_nodes", _marked)  # noqa: B010 - it is not exported
