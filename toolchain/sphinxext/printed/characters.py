"""Characters that a browser shows nothing of and TeX does not read, and coloured ones that have another in black and white."""

import re

from docutils import nodes
from sphinx import addnodes

BLANK = re.compile(r"[\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
"""Those that are white space: for TeX, a form feed ends a paragraph, and stops it in a heading."""
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
COLOURED = "myst-ansi"
"""What MyST-NB calls the language of texts in which a control says the colour; the gate has left no other in them."""

BLACK = str.maketrans(
    {"✅": "✔", "❌": "✘", "❎": "✘", "⭐": "★", "❗": "!", "❓": "?", "\ufe0e": "", "\ufe0f": ""}
)
"""What fonts for print have in the place of pictographs; the last two say only whether there is to be colour."""


def blacken(doctree: nodes.document) -> None:
    """Set such characters in the text; code stays as it is."""
    for text in list(doctree.findall(nodes.Text)):
        if not isinstance(text.parent, nodes.literal | nodes.literal_block) and text.translate(BLACK) != text:
            text.parent.replace(text, nodes.Text(text.translate(BLACK)))


def leave_out_controls(doctree: nodes.document) -> None:
    """Leave such characters out of the texts that are printed, with a space for those that are white space."""
    for text in list(doctree.findall(nodes.Text)):
        parent = text.parent
        if parent.get("language") == COLOURED or not CONTROL.search(text):
            continue
        parent.replace(text, nodes.Text(_without(text)))
        if isinstance(parent, nodes.literal_block):
            parent.rawsource = parent.astext()  # else Sphinx takes it for code with markup in it
    for index in doctree.findall(addnodes.index):
        index["entries"] = [(kind, _without(words), *others) for kind, words, *others in index["entries"]]


def _without(text: str) -> str:
    return CONTROL.sub("", BLANK.sub(" ", text))
