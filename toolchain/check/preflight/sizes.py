"""Preflight of what is too small, too thin or too light to be printed."""

import math
from collections.abc import Iterator
from itertools import pairwise

from toolchain.check.base import Check, Made
from toolchain.check.preflight.base import PrinterCheck
from toolchain.check.preflight.marks import ENOUGH, alike, all_of, source_of, where
from toolchain.check.preflight.profile import Rules
from toolchain.check.reading.drawn import Path, Text
from toolchain.check.reading.printed import Printed
from toolchain.model import Finding

STROKE, ROOT = 0.055, 1.2
"""Of the size of letters: how thick their strokes are at least, and how wide the sign of a root is at most."""


class SmallLetters(PrinterCheck):
    """Letters that nobody can read."""

    id = "PRE008"
    title = "letters are too small"
    explanation = (
        "Letters as small as that fill with ink, or cannot be read. Most are in pictures that were drawn wider than the "
        "page and shrunk: draw them as wide as they are printed, with letters of the size that is asked for."
    )

    def against(self, rules: Rules, made: Made, printed: Printed) -> Iterator[Finding]:
        """Compare the sizes of all letters, and name each size of a font once."""
        if not rules.text_size:
            return
        least = rules.text_size.value
        small = (each for each in all_of(printed, Text) if each.colours and 0 < each.size < ENOUGH * least)
        for found in alike(small, lambda each: (round(each.size, 1), each.font.name)):
            path, line = source_of(made, printed, found[0])
            yield self.seen(
                f"{where(printed, found)}: letters of {found[0].size:.1f} pt in {found[0].font.name}; "
                f"{least:g} pt are asked for",
                (path, line),
                printed,
                found[0].page,
                remedy=_larger(found[0].figure, least / found[0].size, "its letters"),
            )


class ThinLine(PrinterCheck):
    """A line that may not be printed."""

    id = "PRE009"
    title = "a line is too thin"
    explanation = (
        "A line as thin as that is broken or gone in print; one without a width is as thin as the machine can draw. "
        "Draw thicker lines; those of a picture that is shrunk become thinner with it."
    )

    def against(self, rules: Rules, made: Made, printed: Printed) -> Iterator[Finding]:
        """Compare the widths of all lines, and of areas that are as narrow as lines."""
        if not rules.line_width:
            return
        least = rules.line_width.value
        thin = (each for each in _lines(printed) if each.width < ENOUGH * least)
        for found in alike(thin, lambda each: (round(each.width, 2), each.figure)):
            path, line = source_of(made, printed, found[0])
            width = found[0].width
            yield self.seen(
                f"{where(printed, found)}: a line of {width:.2f} pt; {least:g} pt are asked for",
                (path, line),
                printed,
                found[0].page,
                remedy=_larger(found[0].figure, least / width if width else math.inf, "its lines"),
            )


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


class LightArea(PrinterCheck):
    """A tint that comes out as nothing."""

    id = "PRE010"
    title = "an area is too light"
    explanation = (
        "So little ink comes out as white, or in spots. Fill the area with a darker colour, or not at all."
    )

    def against(self, rules: Rules, made: Made, printed: Printed) -> Iterator[Finding]:
        """Compare how dark the areas are that are no white."""
        if not rules.lightest_grey:
            return
        least = rules.lightest_grey.value
        filled = (each for each in all_of(printed, Path) if each.fill is not None and each.fill.printed)
        light = (each for each in filled if 100 * _ink(each) < ENOUGH * least)
        for found in alike(light, lambda each: (round(_ink(each), 3), each.figure)):
            path, line = source_of(made, printed, found[0])
            yield self.seen(
                f"{where(printed, found)}: an area with {100 * _ink(found[0]):.2g} % of ink; {least:g} % are asked for",
                (path, line),
                printed,
                found[0].page,
                remedy="Fill it with a darker colour, or not at all.",
            )


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
