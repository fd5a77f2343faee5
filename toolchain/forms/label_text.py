"""What a form calls a label, in words that can be compared from form to form."""

import re
import unicodedata

from msgspec import Struct

from toolchain.model.facts import GAP

NOT_A_WORD = re.compile(r"[\W_]+")
WORDLESS = 200
"""Letters that a formula, code or a reference within a title may take."""


class LabelText(Struct, frozen=True, array_like=True):
    """A label as readers see it."""

    number: str = ""
    """Such as `3.2`, `Figure 2.1` or `(3.4)`; empty if it has none."""
    title: str = ""
    """The words of its heading or caption, outside formulas, code and references."""


def plain(text: str) -> str:
    """Return the letters and digits of a text: forms differ in quotes, spaces, hyphens and ligatures."""
    return NOT_A_WORD.sub("", unicodedata.normalize("NFKC", text.replace(GAP, " "))).casefold()


def matches(expected: str, title: str) -> bool:
    """Say whether a title has the words that are expected, whatever stands for formulas, code and references."""
    if GAP not in expected:
        return plain(expected) == plain(title)
    pieces = map(re.escape, map(plain, expected.split(GAP)))
    return re.fullmatch(f".{{0,{WORDLESS}}}".join(pieces), plain(title)) is not None


def number(text: str) -> str:
    """Return a number without the point after it and with ordinary spaces."""
    return " ".join(text.split()).rstrip(".:")
