"""Code and what it prints: where pages may break."""

import re
from collections.abc import Iterator

from docutils import nodes

from toolchain.sphinxext.printed.tree import inside, raw

# Code, or code with what it prints, is not broken across pages if it takes at most so many lines with the space around
# it. The price is white space at the foot of a page, at most as high as this.
WHOLE = 10
# A longer block begins with at least so many lines on a page.
START = 7
# Letters at both ends of a long word that stay together.
EDGE = 4
# In a line of text fewer characters of code may stand without a place to break: they fit the narrowest of lines.
UNBROKEN = re.compile(r"[^\W_]{25,}")


def keep_code_whole(doctree: nodes.document) -> None:
    """Ask for room for short code, together with what it prints if that is short too, and for a long block's start."""
    covered: set[nodes.Node] = set()
    for block in list(doctree.findall(nodes.literal_block)):
        if block in covered or inside(block, nodes.table | nodes.footnote):
            continue
        printed = _printed_by(block)
        lines = _height(block)
        whole = lines + sum(_height(output) for output in printed)
        if whole <= WHOLE:
            covered.update(printed)
            lines = whole
        elif lines > WHOLE:
            lines = START
        first = _outermost(block)
        first.parent.insert(first.parent.index(first), raw(rf"\keeplines{{{lines}}}"))


def break_long_words(doctree: nodes.document) -> None:
    """Let code in the text, such as a digest, be broken anywhere if it has no better place; with a language it is set apart."""
    for literal in list(doctree.findall(nodes.literal)):
        for text in [] if literal.get("language") else list(literal.findall(nodes.Text)):
            if UNBROKEN.search(text):
                text.parent.replace(text, list(_with_breaks(text)))


def _with_breaks(text: str) -> Iterator[nodes.Node]:
    end = 0
    for word in UNBROKEN.finditer(text):
        yield nodes.Text(text[end : word.start()])
        yield nodes.Text(word[0][:EDGE])
        for letter in word[0][EDGE:-EDGE]:
            yield from (raw(r"\bookbreak{}"), nodes.Text(letter))
        yield from (raw(r"\bookbreak{}"), nodes.Text(word[0][-EDGE:]))
        end = word.end()
    yield nodes.Text(text[end:])


def _height(block: nodes.Element) -> int:
    """Return the lines that a block takes, with two for the space around it, and with two for a caption."""
    caption = 2 if isinstance(block.parent, nodes.container) and _is_captioned(block.parent) else 0
    return block.astext().rstrip().count("\n") + 3 + caption


def _is_captioned(container: nodes.container) -> bool:
    return "literal-block-wrapper" in container.get("classes", [])


def _outermost(block: nodes.Element) -> nodes.Element:
    """Return the largest of the containers that begin with a block, or with its caption, or the block."""
    while isinstance(block.parent, nodes.container) and (
        block.parent.index(block) == 0 or _is_captioned(block.parent)
    ):
        block = block.parent
    return block


def _printed_by(block: nodes.Element) -> list[nodes.literal_block]:
    """Return what a cell printed, if `block` is the cell's code and all its outputs are text."""
    source = block.parent
    if "cell_input" not in source.get("classes", []):
        return []
    output = source.next_node(descend=False, siblings=True)
    if not isinstance(output, nodes.container) or any(output.findall(nodes.image)):
        return []
    return list(output.findall(nodes.literal_block))
