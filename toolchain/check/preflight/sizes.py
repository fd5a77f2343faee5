"""Preflight of what is too small, too thin or too light to be printed."""

import math
from collections.abc import Iterator
from itertools import pairwise

from toolchain.check.base import Check
from toolchain.check.preflight.marks import ENOUGH, THE_PICTURE, Flaw, MarkCheck, marks_of_kind
from toolchain.forms.pdf.printers import Rules
from toolchain.forms.pdf.reading.drawn import Path, Text
from toolchain.forms.pdf.reading.printed import Printed

STROKE, ROOT = 0.055, 1.2
"""Of the size of letters: how thick their strokes are at least, and how wide the sign of a root is at most."""


class SmallLetters(MarkCheck):
    """Letters that nobody can read."""

    id = "PRE008"
    of_covers = True
    title = "letters are too small"
    explanation = (
        "Letters as small as that fill with ink, or cannot be read. Most are in pictures that were drawn wider than the "
        "page and shrunk: draw them as wide as they are printed, with letters of the size that is asked for."
    )

    def flaws(self, rules: Rules, printed: Printed) -> Iterator[Flaw]:
        """Yield all letters that are too small; those of a picture are one finding, others if of the same size and font."""
        least = rules.text_size.value if rules.text_size else 0.0
        small = (
            text
            for text in (marks_of_kind(printed, Text) if least else ())
            if text.colours and 0 < text.size < ENOUGH * least
        )
        for text in sorted(small, key=_smallest_first):
            message = f"letters of {text.size:.1f} pt in {text.font.name}; {least:g} pt are asked for"
            times = least / text.size
            remedy = _how_to_enlarge(text.figure, times, "its letters")
            yield Flaw(
                text, text.drawing or message, message, remedy, _in_cell(times, "letters", "font.size")
            )


class ThinLine(MarkCheck):
    """A line that may not be printed."""

    id = "PRE009"
    of_covers = True
    title = "a line is too thin"
    explanation = (
        "A line as thin as that is broken or gone in print; one without a width is as thin as the machine can draw. "
        "Draw thicker lines; those of a picture that is shrunk become thinner with it."
    )

    def flaws(self, rules: Rules, printed: Printed) -> Iterator[Flaw]:
        """Yield all lines that are too thin, and areas as narrow as lines; those of a picture are one finding."""
        least = rules.line_width.value if rules.line_width else 0.0
        thin = (line for line in (_lines(printed) if least else ()) if line.width < ENOUGH * least)
        for line in sorted(thin, key=_smallest_first):
            message = f"a line of {line.width:.2f} pt; {least:g} pt are asked for"
            times = least / line.width if line.width else math.inf
            remedy = _how_to_enlarge(line.figure, times, "its lines")
            alike = (line.drawing, remedy) if math.isinf(times) else line.drawing or (message, line.figure)
            yield Flaw(line, alike, message, remedy, _in_cell(times, "lines", "lines.linewidth"))


def _smallest_first(mark: Text | Path) -> tuple[int, float]:
    return (mark.page, (mark.size if isinstance(mark, Text) else mark.width) if mark.drawing else 0.0)


def _lines(printed: Printed) -> Iterator[Path]:
    """Yield all lines but the bar of a root: it goes on from the root's sign, and is as thick as the strokes of letters."""
    for page in printed.drawn:
        for previous, mark in pairwise((None, *page.marks)):
            if isinstance(mark, Path) and not (isinstance(previous, Text) and _is_root_bar(previous, mark)):
                yield mark


def _is_root_bar(sign: Text, bar: Path) -> bool:
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

    def flaws(self, rules: Rules, printed: Printed) -> Iterator[Flaw]:
        """Yield all areas that are too light, apart from white ones."""
        least = rules.lightest_grey.value if rules.lightest_grey else 0.0
        for area in marks_of_kind(printed, Path) if least else ():
            if area.fill is not None and area.fill.printed and 100 * _ink(area) < ENOUGH * least:
                message = f"an area with {100 * _ink(area):.2g} % of ink; {least:g} % are asked for"
                yield Flaw(area, message, message, "Fill it with a darker colour, or not at all.")


def _ink(path: Path) -> float:
    return path.fill.ink * path.opacity if path.fill is not None else 0.0


def _how_to_enlarge(figure: bool, times: float, subject: str) -> str:  # noqa: FBT001 - as it is in the record
    """Return a remedy: enlarge the letters or lines of a figure made elsewhere, or change a macro."""
    if not figure:
        return "Change the macro that sets it, in _config/conf.py."
    if math.isinf(times):
        return f"Give {subject} a width."
    return f"Make {subject} {times:.1f} times as large in {THE_PICTURE}, or draw it as wide as it is printed."


def _in_cell(times: float, subject: str, parameter: str) -> str:
    """Return a remedy for a plot, whose cell has changed what all plots have."""
    larger = f"{times:.1f} times as large" if math.isfinite(times) else "wider than nothing"
    return (
        f'Make its {subject} {larger} in this cell (`plt.rcParams["{parameter}"]`), or its figure no wider than the text; '
        "`plt.style.use` and `plt.rcdefaults` undo the sizes that plots have here."
    )


CHECKS: tuple[Check, ...] = (SmallLetters(), ThinLine(), LightArea())
