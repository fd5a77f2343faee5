"""Text within a line, as any Jupyter front end reads it."""

import re
from collections.abc import Callable
from functools import singledispatchmethod
from html import escape

from docutils import nodes
from sphinx import addnodes

from toolchain.sphinxext.notebook_text import maths, raw
from toolchain.sphinxext.notebook_text.by_extensions import Hooks
from toolchain.sphinxext.placing import put
from toolchain.sphinxext.struck import STRUCK
from toolchain.sphinxext.titles import line_break

SPECIAL = re.compile(r"([\\`*\[\]<>~|]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;))")
LINE_START = re.compile(r"^(\s*)(\d*)([#+\-=]+|(?<=\d)[.)]|%|:::+)(?=\s|$)")
DOLLAR = r"<span>\$</span>"
"""MathJax looks at what Markdown has become, in which a mere backslash is gone; it does not pair dollars across elements."""
INDEXED = re.compile(r"index-\d+")
"""Id of a place that only the general index knows."""
UNSAFE = {ord(character): f"%{ord(character):02X}" for character in " ()<>[]|\\`"}
"""What would end an address, or the cell of the table that it stands in."""
MARKS = {
    nodes.emphasis: "*",
    nodes.title_reference: "*",
    addnodes.literal_emphasis: "*",
    nodes.strong: "**",
    addnodes.literal_strong: "**",
}
TAGS = {nodes.subscript: "sub", nodes.superscript: "sup"}
UNBROKEN = (nodes.title, nodes.caption, nodes.rubric)
"""Lines that do not end before they end."""
SILENT = (addnodes.index, nodes.comment, nodes.substitution_definition, nodes.system_message)
SPEAKING = ("autosummary_table",)
"""Names of nodes that are derived from comments, and are none where their extension writes them."""

Address = Callable[[nodes.reference], str]
"""Gives the address of a reference as it is to stand in the notebook."""
Number = Callable[[nodes.math_block], str]


def is_silent(node: nodes.Node) -> bool:
    """Say whether readers have nothing of a node."""
    return isinstance(node, SILENT) and type(node).__name__ not in SPEAKING


def escaped(text: str) -> str:
    """Return text with what Markdown would take for markup made harmless."""
    text = SPECIAL.sub(r"\\\1", text)
    return LINE_START.sub(r"\1\2\\\3", text).replace("$", DOLLAR)


def code(text: str) -> str:
    """Return code between as many backquotes as it needs."""
    text = text.replace("\n", " ")
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}" if text else ""


def code_in_a_table(text: str) -> str:
    """Return code for a cell of a table, where front ends read a bar within backquotes in different ways."""
    return f"<code>{escape(text, quote=False).replace('|', '&#124;')}</code>" if "|" in text else code(text)


def anchor(identifier: str) -> str:
    """Return a place that links in the notebook can lead to."""
    return f'<a id="{identifier}"></a>'


def anchors(node: nodes.Element) -> str:
    """Return the places that a node's ids name, without ids that only the general index knows, or that are random."""
    ids: list[str] = node.get("ids", [])
    linked = (name for name in ids if not INDEXED.fullmatch(name) and not maths.RANDOM.fullmatch(name))
    return "".join(map(anchor, linked))


def named(node: nodes.Element) -> str:
    """Return the places of a node that somebody has given a name: of citations Sphinx numbers each, and nothing leads there."""
    return anchors(node) if node.get("names") else ""


def is_within(node: nodes.Node, *kinds: type) -> bool:
    """Say whether a node is somewhere in one of these."""
    parent = node.parent
    while parent is not None and not isinstance(parent, kinds):
        parent = parent.parent
    return parent is not None


class Inline:
    """Writes the text of one page."""

    def __init__(
        self, address: Address, image: Callable[[nodes.image], str], number: Number, hooks: Hooks
    ) -> None:
        """`address` says where a reference leads, `image` where an image lies in the bundle, `number` a formula's number."""
        self._address = address
        self._image = image
        self._number = number
        self._hooks = hooks

    def children(self, node: nodes.Element) -> str:
        """Return the text of all that is in a node."""
        return "".join(map(self._any, node.children))

    def bold(self, node: nodes.Element) -> str:
        """Return a text that is bold as a whole; nothing of nothing."""
        if any(node.findall(nodes.strong)):
            node = node.deepcopy()
            for strong in list(node.findall(nodes.strong)):
                put(strong.children, strong)
        text = self.children(node).strip()
        return f"**{text}**" if text else ""

    def _any(self, node: nodes.Node) -> str:
        """Return the Markdown of a node within a line, as its extension writes it if that does."""
        hook = self._hooks.of(node)
        if hook is None or not isinstance(node, nodes.Element):
            return self.text(node)
        written = hook.begin(node, self.children)
        before = "".join(written.body)
        inner = self.children(node) if written.descends else ""
        return before + inner + "".join(hook.end(node, written))

    @singledispatchmethod
    def text(self, node: nodes.Node) -> str:
        """Return the Markdown of a node within a line."""
        if not isinstance(node, nodes.Element) or is_silent(node):
            return ""
        inner = named(node) + self.children(node)
        mark = next((mark for kind, mark in MARKS.items() if isinstance(node, kind)), "")
        if mark and inner.strip():
            return f"{mark}{inner.strip()}{mark}"
        tag = next((tag for kind, tag in TAGS.items() if isinstance(node, kind)), "")
        return f"<{tag}>{inner}</{tag}>" if tag else inner

    @text.register
    def _(self, node: nodes.Text) -> str:
        return escaped(re.sub(r"\s*\n\s*", " ", node.astext()))

    @text.register
    def _(self, node: nodes.inline) -> str:
        inner = named(node) + self.children(node)
        return f"~~{inner.strip()}~~" if STRUCK in node["classes"] and inner.strip() else inner

    @text.register
    def _(self, node: nodes.literal) -> str:
        write = code_in_a_table if is_within(node, nodes.entry) else code
        return write(node.astext())

    @text.register
    def _(self, node: nodes.math) -> str:
        write = maths.in_a_table if is_within(node, nodes.entry) else maths.inline
        return write(node.astext())

    @text.register
    def _(self, node: nodes.math_block) -> str:
        return anchors(node) + maths.in_a_line(node, self._number(node))

    @text.register
    def _(self, node: nodes.raw) -> str:
        if "html" not in node.get("format", ""):
            return ""
        end = " " if is_within(node, *UNBROKEN) else "<br>\n"
        return re.sub(r"<br ?/?>\n?", end, raw.harmless(node.astext()))

    @text.register
    def _(self, _node: line_break) -> str:
        return "<br>"  # a heading or a caption is one line

    @text.register
    def _(self, node: nodes.target) -> str:
        return anchors(node) + self.children(node)

    @text.register
    def _(self, node: nodes.abbreviation) -> str:
        meaning = escape(str(node.get("explanation", "")))
        return f'<abbr title="{meaning}">{self.children(node)}</abbr>'

    @text.register
    def _(self, node: nodes.image) -> str:
        alternative = escaped(" ".join(str(node.get("alt", "")).split()))
        return f"![{alternative}]({self._image(node).translate(UNSAFE)})"

    @text.register
    def _(self, node: nodes.reference) -> str:
        address = self._address(node).translate(UNSAFE)
        number = ".".join(map(str, node.get("secnumber") or ()))
        inner = f"{number} {self.children(node)}".strip()
        return f"[{inner}]({address})" if address else inner

    @text.register
    def _(self, node: nodes.footnote_reference) -> str:
        mark = escaped(node.astext())
        return f"<sup>[{mark}](#{node['refid']})</sup>" if "refid" in node else f"<sup>{mark}</sup>"
