"""Labels as the printed book shows them."""

import re
from collections.abc import Collection

from toolchain.forms.label_text import WORDLESS, LabelText, number, plain
from toolchain.model import Label
from toolchain.model.facts import GAP

COUNT = r"(?:\d+|[A-Z])(?:\.\d+)*"
SECTION = re.compile(rf"(?:\w+\s+)?(?P<number>{COUNT})\.?\s+")
EQUATION = re.compile(rf"\((?P<number>{COUNT})\)\s*$", re.MULTILINE)
ENTRY = re.compile(r"\[(?P<label>[^\]\s]+)\]\s")


def name_of(label: Label) -> str:
    """Return LaTeX's name of a label."""
    if label.kind == "equation":
        return f"equation:{label.page}:{label.names[0]}"
    return f"{label.page}:{label.ids[0]}"


def label_text(label: Label, text: str, referred: Collection[str] = ()) -> LabelText:
    """Return a label's number and title in print, from the text at its place; nothing marks their end.

    The lines of a formula may end with the numbers of others, to which it has `referred`.
    """
    if label.kind == "equation":
        numbers = (f"({match['number']})" for match in EQUATION.finditer(text))
        own = (number for number in numbers if number == label.number or number not in referred)
        return LabelText(number=next(own, ""))
    if label.kind == "section":
        match = SECTION.match(text) if label.number else None
        return LabelText(
            match["number"] if match else "", _title(label.title, text[match.end() if match else 0 :])
        )
    if not label.number:
        return LabelText(title=_title(label.title, text))
    prefix = label.number.rpartition(" ")[0]
    stands = rf"{re.escape(prefix)}\s+{COUNT}\b"
    # The last words of a drawing may be taken for the beginning of the line of its caption.
    caption = re.search(rf"^{stands}[:.]?", text, re.MULTILINE) or re.search(rf"(?<= ){stands}:", text)
    if caption is None:
        return LabelText()
    return LabelText(number(caption[0]), _title(label.title, text[caption.end() :]))


def entry(text: str) -> LabelText:
    """Return an entry of the bibliography, which in print may stand without its label."""
    label = ENTRY.match(text)
    return LabelText(label["label"], text[label.end() :]) if label else LabelText(title=text)


def _title(expected: str, text: str) -> str:
    """Return the expected title if the text begins with it, formulas and code aside; else its beginning."""
    letters, at = plain(text), 0
    for count, piece in enumerate(map(plain, expected.split(GAP))):
        start = letters.find(piece, at, at + len(piece) + (WORDLESS if count else 0))
        if start < 0:
            return " ".join(text.split())[: max(len(expected), 1)]
        at = start + len(piece)
    return expected
