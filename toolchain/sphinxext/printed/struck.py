"""Words that are struck out, and tasks: in print a line is drawn through each word, and a box before each task."""

from docutils import nodes

from toolchain.sphinxext.placing import put
from toolchain.sphinxext.printed.tree import raw
from toolchain.sphinxext.struck import DONE, STRUCK, TASK

WHOLE = (nodes.math, nodes.literal, nodes.image, nodes.raw, nodes.footnote_reference)
"""What has no words that could be struck out one by one."""


def set_struck(doctree: nodes.document) -> None:
    """Write what LaTeX draws: the rule through words that it knows would let no line break, or needs another package."""
    for node in list(doctree.findall(nodes.inline)):
        if TASK in node["classes"]:
            node.replace_self(raw(rf"\booktask{'done' if node.astext() == DONE else 'open'}{{}}"))
        elif STRUCK in node["classes"]:
            _strike(node)
            put(node.children, node)


def _strike(node: nodes.Element) -> None:
    for child in list(node.children):
        if isinstance(child, nodes.Text):
            node.replace(child, _struck_words(child.astext()))
        elif isinstance(child, WHOLE):
            node.replace(child, [raw(r"\bookstruck{"), child, raw("}")])
        elif isinstance(child, nodes.Element):
            _strike(child)


def _struck_words(text: str) -> list[nodes.Node]:
    """Return words with a line through each, and through the room between them."""
    struck: list[nodes.Node] = []
    if text[:1].isspace():
        struck.append(raw(r"\bookstruckspace{}"))
    for word in text.split():
        struck += [raw(r"\bookstruck{"), nodes.Text(word), raw("}"), raw(r"\bookstruckspace{}")]
    return struck if text[-1:].isspace() else struck[:-1]
