"""Code and what it prints: where pages may break."""

import re
from collections.abc import Iterator

from docutils import nodes

from toolchain.sphinxext.printed.tree import raw

# What an output may be, of which a page is to end before some.
SHOWN = (nodes.literal_block, nodes.figure, nodes.image, nodes.table, nodes.math_block)
# Letters at both ends of a long word that stay together.
EDGE = 4
# In a line of text fewer characters of code may stand without a place to break: they fit the narrowest of lines.
UNBROKEN = re.compile(r"[^\W_]{25,}")


def break_between_outputs(doctree: nodes.document) -> None:
    """Let a page end before an output that is neither text, which says so itself, nor a figure, which LaTeX moves."""
    for outputs in list(doctree.findall(nodes.container)):
        if "cell_output" not in outputs["classes"]:
            continue
        for output in list(outputs.children):
            shown = next((node for node in output.findall(nodes.Element) if isinstance(node, SHOWN)), None)
            if isinstance(shown, nodes.image | nodes.table | nodes.math_block):
                outputs.insert(outputs.index(output), raw(r"\bookseam"))


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
