"""The bar code of an ISBN: an EAN-13, as areas of a PDF."""

import re
from collections.abc import Iterator
from itertools import groupby

LEFT = (
    "0001101",
    "0011001",
    "0010011",
    "0111101",
    "0100011",
    "0110001",
    "0101111",
    "0111011",
    "0110111",
    "0001011",
)
"""Dark (1) and light modules of digits in the left half; of the right half they are the opposite."""
PARITY = ("LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL")
"""By the first digit, which has no modules of its own: G are those of the right half, read backwards."""
GUARD, MIDDLE = "101", "01010"
HEIGHT, LONGER = 69.24, 5.0
"""Modules: of the bars, and by how much those between the digits reach below the others."""
OPPOSITE = str.maketrans("01", "10")
SEPARATORS = re.compile(r"[\s-]")


def digits_of(isbn: str) -> str:
    """Return the thirteen digits of an ISBN, which may be one of ten."""
    digits = SEPARATORS.sub("", isbn)
    if len(digits) == 10:  # noqa: PLR2004 - as ISBNs were until 2007
        twelve = f"978{digits[:9]}"
        weighted = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(twelve))
        digits = f"{twelve}{-weighted % 10}"
    return digits


def modules(digits: str) -> str:
    """Return the 95 modules of a number, dark as 1 and light as 0."""
    right = [LEFT[int(digit)].translate(OPPOSITE) for digit in digits]
    left = (
        right[at][::-1] if kind == "G" else LEFT[int(digits[at])]
        for at, kind in enumerate(PARITY[int(digits[0])], 1)
    )
    return "".join((GUARD, *left, MIDDLE, *right[7:], GUARD))


def areas(digits: str) -> str:
    """Return the bars as operators of a PDF, in modules, from the lower left corner of the longer ones."""
    return " ".join(
        f"{left} {low:g} {width} {high:g} re" for left, low, width, high in _bars(modules(digits))
    )


def _bars(code: str) -> Iterator[tuple[int, float, int, float]]:
    """Yield where each bar begins, how low, its width and its height."""
    at = 0
    for dark, run in groupby(code):
        width = len(list(run))
        if dark == "1":
            guard = (
                at < len(GUARD)
                or at >= len(code) - len(GUARD)
                or abs(at - len(code) // 2) <= len(MIDDLE) // 2
            )
            low = 0.0 if guard else LONGER
            yield at, low, width, HEIGHT + LONGER - low
        at += width
