"""Footnotes where LaTeX takes none, and those whose marks are signs: to LaTeX, a mark is a number."""

from docutils import nodes
from sphinx import addnodes
from sphinx.builders.latex.nodes import footnotemark, footnotetext

from toolchain.sphinxext.printed.elements import escape
from toolchain.sphinxext.printed.tree import raw

SUITS = frozenset("♠♥♦♣")
"""Signs of docutils that only the font of formulas has."""
FIRST = 1_000_000
"""The number of the first sign: no page has so many notes."""
ARGUMENTS = nodes.title | nodes.rubric | nodes.field_name | addnodes.desc_signature
"""What LaTeX has as a macro's argument; of titles, Sphinx minds those of sections and tables."""


def set_after_arguments(doctree: nodes.document) -> None:
    """Set a note after what its mark is in where LaTeX would stop at the note itself."""
    for note in list(doctree.findall(nodes.footnote)):
        around: nodes.Element | None = note.parent
        while around is not None and not isinstance(around, ARGUMENTS):
            around = around.parent
        if around is not None:
            mark = footnotemark("", note[0].astext(), refid=note["ids"][0])
            note.replace_self(mark)
            behind = around.parent.index(around) + 1
            while behind < len(around.parent) and isinstance(around.parent[behind], footnotetext):
                behind += 1
            around.parent.insert(behind, footnotetext("", *note.children, ids=note["ids"]))


def number_marks(doctree: nodes.document) -> None:
    """Give each mark that is no number one of its own, and say first what is printed for it."""
    labels = (
        node
        for node in doctree.findall(nodes.label)
        if isinstance(node.parent, nodes.footnote | footnotetext)
    )
    numbers: dict[str, int] = {}
    for mark in (*labels, *doctree.findall(footnotemark)):
        if not (sign := mark.astext()).isdecimal():
            number = numbers.setdefault(sign, FIRST + len(numbers))
            mark.children = [nodes.Text(str(number))]
    printed = (rf"\bookmarkofnotes{{{number}}}{{{_printed(sign)}}}" for sign, number in numbers.items())
    doctree[:0] = [raw("".join(printed))] if numbers else []


def _printed(sign: str) -> str:
    return "".join(rf"\ensuremath{{{letter}}}" if letter in SUITS else escape(letter) for letter in sign)
