"""Headings: what stands for them among the bookmarks, and none is left at the foot of a page without what it heads."""

from docutils import nodes
from sphinx import addnodes
from sphinx.builders.latex.nodes import footnotemark
from sphinx.util import texescape
from sphinx.util.nodes import clean_astext

from toolchain.sphinxext.entry_formulas import spoken
from toolchain.sphinxext.placing import put
from toolchain.sphinxext.printed.elements import unset
from toolchain.sphinxext.printed.held import Held
from toolchain.sphinxext.printed.tag_numbers import FORMULA
from toolchain.sphinxext.printed.tree import raw
from toolchain.sphinxext.printed.typed import LIGATURE

# Lines for a heading and the beginning of what it heads; LaTeX breaks no box before its second line.
LINES = {nodes.Admonition: 14, nodes.table: 9}
UNSEEN = (nodes.Invisible, nodes.target, nodes.raw, addnodes.tabular_col_spec)


def keep_with_boxes(doctree: nodes.document) -> None:
    """Ask for room before a heading that a box or a table follows: LaTeX itself keeps a heading with a paragraph only."""
    for section in list(doctree.findall(nodes.section)):
        body = (node for node in section.children[1:] if not isinstance(node, UNSEEN))
        first = next(body, None)
        lines = next((lines for kind, lines in LINES.items() if isinstance(first, kind)), 0)
        if lines and isinstance(section.parent, nodes.section):
            section.parent.insert(section.parent.index(section), raw(rf"\keeplines{{{lines}}}"))


def word_bookmarks(doctree: nodes.document) -> None:
    """Say in words what a bookmark shows of a heading that is more than words: formulas, links, marks of notes."""
    for title in list(doctree.findall(nodes.title)):
        if not isinstance(title.parent, nodes.section) or all(map(_is_words, title.children)):
            continue
        words = title.deepcopy()
        for formula in list(words.findall(nodes.math)):
            put(nodes.Text(spoken(formula.astext())), formula)
        for mark in list(words.findall(footnotemark)):
            mark.parent.remove(mark)
        title.insert(0, raw(r"\texorpdfstring{"))
        title.append(raw(f"}}{{{unset(' '.join(clean_astext(words).split()))}}}"))


def hold_formulas(held: Held, doctree: nodes.document) -> None:
    """Have the preamble define what formulas of headings and captions are: LaTeX moves both about."""
    for title in (*doctree.findall(nodes.title), *doctree.findall(nodes.caption)):
        for formula in list(title.findall(nodes.math)):
            if "\\" in formula.astext():
                command = raw(held.macro(formula.astext()))
                command[FORMULA] = formula.astext().strip()
                formula.replace_self(command)


def _is_words(node: nodes.Node) -> bool:
    if not isinstance(node, nodes.Text) or LIGATURE.search(node.astext()):
        return False
    # Of some signs Sphinx makes formulas.
    return "\\(" not in texescape.escape(node.astext(), "xelatex")
