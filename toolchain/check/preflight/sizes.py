"""Preflight of what is too small, too thin or too light to be printed."""

import math
from collections.abc import Iterator
from itertools import pairwise

from toolchain.check.base import Check
from toolchain.check.preflight.marks import ENOUGH, MarkCheck, Wrong, all_of
from toolchain.forms.pdf.printers import Rules
from toolchain.forms.pdf.reading.drawn import Path, Text
from toolchain.forms.pdf.reading.printed import Printed

STROKE, ROOT = 0.055, 1.2
"""Of the size of letters: how thick their strokes are at least, and how wide the sign of a root is at most."""


class SmallLetters(MarkCheck):
    """Letters that nobody can read."""

    id = "PRE008"
    title = "letters are too small"
    explanation = (
        "Letters as small as that fill with ink, or cannot be read. Most are in pictures that were drawn wider than the "
        "page and shrunk: draw them as wide as they are printed, with letters of the size that is asked for."
    )

    def wrong(self, rules: Rules, printed: Printed) -> Iterator[Wrong]:
        """Compare the sizes of all letters, and name each size of a font."""
        least = rules.text_size.value if rules.text_size else 0.0
        for each in all_of(printed, Text) if least else ():
            if each.colours and 0 < each.size < ENOUGH * least:
                said = f"letters of {each.size:.1f} pt in {each.font.name}; {least:g} pt are asked for"
                yield Wrong(each, said, said, _larger(each.figure, least / each.size, "its letters"))


class ThinLine(MarkCheck):
    """A line that may not be printed."""

    id = "PRE009"
    title = "a line is too thin"
    explanation = (
        "A line as thin as that is broken or gone in print; one without a width is as thin as the machine can draw. "
        "Draw thicker lines; those of a picture that is shrunk become thinner with it."
    )

    def wrong(self, rules: Rules, printed: Printed) -> Iterator[Wrong]:
        """Compare the widths of all lines, and of areas that are as narrow as lines."""
        least = rules.line_width.value if rules.line_width else 0.0
        for each in _lines(printed) if least else ():
            if each.width < ENOUGH * least:
                said = f"a line of {each.width:.2f} pt; {least:g} pt are asked for"
                remedy = _larger(each.figure, least / each.width if each.width else math.inf, "its lines")
                yield Wrong(each, (said, each.figure), said, remedy)


def _lines(printed: Printed) -> Iterator[Path]:
    """Yield all lines but the bar of a root: it goes on from the root's sign, and is as thick as the strokes of letters."""
    for page in printed.drawn:
        for before, each in pairwise((None, *page.marks)):
            if isinstance(each, Path) and not (isinstance(before, Text) and _goes_on(before, each)):
                yield each


def _goes_on(sign: Text, bar: Path) -> bool:
    left, bottom, right, top = bar.box
    level = top - bottom <= bar.width < right - left
    return level and bar.width >= STROKE * sign.size and 0 < left - sign.x < ROOT * sign.size


class LightArea(MarkCheck):
    """A tint that comes out as nothing."""

    id = "PRE010"
    title = "an area is too light"
    explanation = (
        "So little ink comes out as white, or in spots. Fill the area with a darker colour, or not at all."
    )

    def wrong(self, rules: Rules, printed: Printed) -> Iterator[Wrong]:
        """Compare how dark the areas are that are no white."""
        least = rules.lightest_grey.value if rules.lightest_grey else 0.0
        for each in all_of(printed, Path) if least else ():
            if each.fill is not None and each.fill.printed and 100 * _ink(each) < ENOUGH * least:
                said = f"an area with {100 * _ink(each):.2g} % of ink; {least:g} % are asked for"
                yield Wrong(each, said, said, "Fill it with a darker colour, or not at all.")


def _ink(path: Path) -> float:
    return path.fill.ink * path.opacity if path.fill is not None else 0.0


def _larger(figure: bool, times: float, what: str) -> str:  # noqa: FBT001 - as it is in the record
    """Say what to do; of a picture made elsewhere there is nothing else to change."""
    if not figure:
        return "Change the macro that sets it, in _config/conf.py."
    if math.isinf(times):
        return f"Give {what} a width."
    return f"Make {what} {times:.1f} times as large in the picture, or draw it as wide as it is printed."


CHECKS: tuple[Check, ...] = (SmallLetters(), ThinLine(), LightArea())
