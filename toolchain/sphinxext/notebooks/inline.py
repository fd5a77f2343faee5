"""Text within a line, as any Jupyter front end reads it."""

import re
from collections.abc import Callable
from functools import singledispatchmethod

from docutils import nodes
from sphinx import addnodes

SPECIAL = re.compile(r"([\\`*_\[\]<>$~|])")
LINE_START = re.compile(r"^(\s*)([#+\-=]|\d+[.)])(?=\s|$)", re.MULTILINE)
NBSP = "\N{NO-BREAK SPACE}"
MARKS = {
    nodes.emphasis: "*",
    nodes.title_reference: "*",
    addnodes.literal_emphasis: "*",
    nodes.strong: "**",
    addnodes.literal_strong: "**",
}
TAGS = {nodes.subscript: "sub", nodes.superscript: "sup"}
SILENT = (addnodes.index, nodes.comment, nodes.substitution_definition, nodes.system_message)

Address = Callable[[nodes.reference], str]
"""Gives the address of a reference as it is to stand in the notebook."""


def escaped(text: str) -> str:
    """Return text with what Markdown would take for markup made harmless."""
    text = SPECIAL.sub(r"\\\1", text)
    return LINE_START.sub(r"\1\\\2", text)


def code(text: str) -> str:
    """Return code between as many backquotes as it needs."""
    text = text.replace("\n", " ")
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def anchor(identifier: str) -> str:
    """Return a place that links in the notebook can lead to."""
    return f'<a id="{identifier}"></a>'


class Inline:
    """Writes the text of one page."""

    def __init__(self, address: Address, image: Callable[[nodes.image], str]) -> None:
        """`address` says where a reference leads, `image` where an image lies in the bundle."""
        self._address = address
        self._image = image

    def children(self, node: nodes.Element) -> str:
        """Return the text of all that is in a node."""
        return "".join(map(self.text, node.children))

    @singledispatchmethod
    def text(self, node: nodes.Node) -> str:
        """Return a node of a line."""
        if not isinstance(node, nodes.Element) or isinstance(node, SILENT):
            return ""
        inner = self.children(node)
        mark = next((mark for kind, mark in MARKS.items() if isinstance(node, kind)), "")
        if mark and inner.strip():
            return f"{mark}{inner.strip()}{mark}"
        tag = next((tag for kind, tag in TAGS.items() if isinstance(node, kind)), "")
        return f"<{tag}>{inner}</{tag}>" if tag else inner

    @text.register
    def _(self, node: nodes.Text) -> str:
        return escaped(re.sub(r"\s*\n\s*", " ", node.astext()))

    @text.register
    def _(self, node: nodes.literal) -> str:
        return self.children(node) if any(node.findall(nodes.reference)) else code(node.astext())

    @text.register
    def _(self, node: nodes.math) -> str:
        return f"${node.astext().strip()}$"

    @text.register
    def _(self, node: nodes.raw) -> str:
        return node.astext() if "html" in node.get("format", "") else ""

    @text.register
    def _(self, node: nodes.target) -> str:
        # Places that only the general index knows are of no use here.
        places = (each for each in node["ids"] if not each.startswith("index-"))
        return "".join(map(anchor, places)) + self.children(node)

    @text.register
    def _(self, node: nodes.image) -> str:
        alternative = escaped(" ".join(str(node.get("alt", "")).split()))
        return f"![{alternative}]({self._image(node)})"

    @text.register
    def _(self, node: nodes.reference) -> str:
        where = self._address(node)
        inner = self.children(node)
        return f"[{inner}]({where})" if where else inner

    @text.register
    def _(self, node: nodes.footnote_reference) -> str:
        said = node.astext()
        return f"<sup>[{said}](#{node['refid']})</sup>" if "refid" in node else f"<sup>{said}</sup>"
