"""What a formula is made of: characters, rows with their cells, and what a script is set at."""

import re
import unicodedata
from dataclasses import dataclass

SIGNS = frozenset('+-*/=<>()[]|.,;:!?"@~')
"""Of ASCII, what is neither a letter nor a digit and means itself in a formula."""
GREEK = re.compile(
    "[\N{GREEK CAPITAL LETTER ALPHA}-\N{GREEK CAPITAL LETTER RHO}\N{GREEK CAPITAL LETTER SIGMA}-"
    "\N{GREEK CAPITAL LETTER OMEGA}\N{GREEK SMALL LETTER ALPHA}-\N{GREEK SMALL LETTER OMEGA}]"
)
"""Of other characters, the usual ones of the formulas' own font."""
KINDS = ("L", "N", "S", "Pd", "Po", "Ps", "Pe")
"""Of other characters: what Unicode calls those that a formula may have."""
RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁱⁿ", "0123456789+-=()in", strict=True))
LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-=()aehijklmnoprstuvx", strict=True))
"""What LaTeX takes for scripts, and each as it is written as one."""
OTHER_SCRIPTS = frozenset("ᵦᵧᵨᵩᵪ")
PRIMES = frozenset("\u2032\u2033\u2034\u2057\u2035\u2036\u2037")
"""What LaTeX reads as it does `'`, and MathJax does not."""


def is_character(mark: str) -> bool:
    """Say whether a token is a character that means itself in a formula."""
    if len(mark) != 1:
        return False
    if mark.isascii():
        return mark.isalnum() or mark in SIGNS
    if mark in RAISED or mark in LOWERED or mark in PRIMES or mark in OTHER_SCRIPTS:
        return False
    return unicodedata.category(mark).startswith(KINDS)


@dataclass
class Rows:
    """The rows of an environment, or of a formula that LaTeX gives some."""

    columns: int = 0
    """How many a row may have; 0 where there are no rows."""
    numbered: bool = False
    """Whether a row may say that it has no number."""
    tagged: bool = False
    """Whether a row may have a number of its own."""
    ruled: bool = False
    """Whether lines may stand between the rows."""
    tagged_again: bool = False
    """Whether the next row may have one, too."""
    parted: bool = False
    """Whether blank lines part formulas."""
    fenced: bool = False
    r"""Whether `\middle` may stand between them."""
    cells: int = 1
    """In this row, so far."""
    most: int = 1
    """Of cells, in any row so far."""
    begun: bool = False
    """Whether there is anything in this row."""
    used: bool = False
    """Whether there are several rows, or several cells in one."""
    parts: int = 1

    def end_row(self) -> None:
        """Begin another row."""
        self.used, self.cells, self.begun, self.tagged = True, 1, False, self.tagged_again

    def end_cell(self) -> bool:
        """Begin another cell, and say whether there is room for it."""
        self.used, self.cells, self.begun = True, self.cells + 1, True
        self.most = max(self.most, self.cells)
        return self.cells <= self.columns


@dataclass
class Nucleus:
    """What a script would be set at."""

    above: bool = False
    below: bool = False
    prime: bool = False
    """Whether the last token is a prime, which may be followed by others and by what is above."""
    operator: bool = False
    """Whether limits may be asked for."""
    accent: bool = False
    """Whether it is an accent with what is under it; of a whole formula, whether it is no more than that."""
