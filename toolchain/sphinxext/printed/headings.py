"""Headings: none is left at the foot of a page without what it heads."""

from docutils import nodes

from toolchain.sphinxext.printed.tree import raw

# Lines for a heading and the beginning of a box; LaTeX breaks no box before its second line.
LINES = 14


def keep_with_boxes(doctree: nodes.document) -> None:
    """Ask for room before a heading that a box follows: LaTeX itself keeps a heading with a paragraph only."""
    for section in list(doctree.findall(nodes.section)):
        body = (node for node in section.children[1:] if not isinstance(node, nodes.Invisible | nodes.target))
        first = next(body, None)
        if isinstance(first, nodes.Admonition) and isinstance(section.parent, nodes.section):
            section.parent.insert(section.parent.index(section), raw(rf"\keeplines{{{LINES}}}"))
