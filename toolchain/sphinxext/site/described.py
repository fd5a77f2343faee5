"""What a page is about, in a sentence or two: as its front matter says, or as its text begins."""

import re
from collections.abc import Iterator

from docutils import nodes
from sphinx import addnodes
from sphinx.environment import BuildEnvironment

KEY = "description"
"""Of the front matter."""
LONGEST = 200
"""Characters; search engines show about as many."""
FORMULA = "\N{OBJECT REPLACEMENT CHARACTER}"
SENTENCE = re.compile(r"(?<=[.!?\N{IDEOGRAPHIC FULL STOP}])[\"')\]\N{RIGHT DOUBLE QUOTATION MARK}]*\s+")
BESIDE_THE_TEXT = (
    nodes.Admonition, nodes.Titular, nodes.topic, nodes.sidebar, nodes.table, nodes.figure, nodes.footnote, nodes.citation,
    nodes.field_list, nodes.container, addnodes.toctree, addnodes.compact_paragraph,
)  # fmt: skip
"""What is not where a page's text begins; a container is a cell."""
UNSAID = (nodes.footnote_reference, nodes.raw, nodes.image, nodes.system_message)


def description(env: BuildEnvironment, page: str, tree: nodes.document) -> str:
    """Return what a page is about; empty if neither its author says it nor its text has a sentence without a formula."""
    said = env.metadata[page].get(KEY)
    return _cut(" ".join(str(said).split())) if said else _beginning(tree)


def _beginning(tree: nodes.document) -> str:
    """Return the first sentences that can be read as bare words."""
    found, length = [], 0
    for sentence in _sentences(tree):
        if FORMULA not in sentence:
            found.append(sentence)
            length += len(sentence) + 1
        if length > LONGEST:
            break
    return _cut(" ".join(found))


def _sentences(node: nodes.Element) -> Iterator[str]:
    for child in node.children:
        if not isinstance(child, nodes.Element) or isinstance(child, BESIDE_THE_TEXT):
            continue
        if isinstance(child, nodes.paragraph):
            yield from SENTENCE.split(" ".join(_words(child).split()))
        else:
            yield from _sentences(child)


def _words(node: nodes.Node) -> str:
    if isinstance(node, nodes.Text):
        return str(node)
    if isinstance(node, nodes.math | nodes.math_block):
        return FORMULA
    return "" if isinstance(node, UNSAID) else "".join(map(_words, node.children))


def _cut(text: str) -> str:
    """Return a text that is not too long, cut between words; where there are none, between characters."""
    if len(text) <= LONGEST:
        return text
    words, between, _ = text[:LONGEST].rpartition(" ")
    return f"{words.rstrip(',;:') if between else text[: LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"
