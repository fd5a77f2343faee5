"""Words of a page that stand on others: lines so close to one another that their letters touch."""

import ctypes
import re
from collections.abc import Iterator
from typing import NamedTuple

from pypdfium2 import raw

from toolchain.forms.pdf.reading.drawn import Box
from toolchain.forms.pdf.reading.opened import OpenPage

NEAR = 1.3
"""Points between letters of one line and those of the next: TeX leaves one, where lines are further apart than it was told."""
WIDE = 8.0
"""Points along which they are as near as that: two letters, at least."""
APART = 0.9
"""Of the size of their letters: baselines of lines that can be read are further apart."""
SCRIPT = 0.75
"""Of the size of the others: letters smaller than that are above or below them on purpose, in a formula say."""
WORD = re.compile(r"[^\W\d_]{3}")
"""What no formula has: letters that are a word."""


class Crowded(NamedTuple):
    """Two words, one on the other."""

    box: Box
    """Of the upper one."""
    upper: str
    lower: str


def crowded(page: OpenPage) -> Iterator[Crowded]:
    """Yield the words of a page of which others begin before they have ended, from top to bottom."""
    areas = [page.text.get_rect(number) for number in range(page.text.count_rects())]
    areas.sort(key=lambda area: -area[3])
    for at, upper in enumerate(areas):
        for lower in areas[at + 1 :]:
            if lower[3] < upper[1] - NEAR:
                break
            if min(upper[2], lower[2]) - max(upper[0], lower[0]) > WIDE and (
                pair := _touching(page, upper, lower)
            ):
                yield Crowded(upper, *pair)


def _touching(page: OpenPage, upper: Box, lower: Box) -> tuple[str, str] | None:
    """Return the words in two areas, if their lines are closer than their letters are high."""
    (high, size), (low, other) = _baseline(page, upper), _baseline(page, lower)
    if not 0 < high - low < APART * min(size, other) or min(size, other) < SCRIPT * max(size, other):
        return None
    first, second = (
        " ".join(page.words(left=left, bottom=bottom, right=right, top=top).split())
        for left, bottom, right, top in (upper, lower)
    )
    return (first, second) if WORD.search(first) and WORD.search(second) else None


def _baseline(page: OpenPage, area: Box) -> tuple[float, float]:
    """Return the height at which the letters in the middle of an area stand, and their size; zeros if there are none."""
    left, bottom, right, top = area
    index = raw.FPDFText_GetCharIndexAtPos(page.text, (left + right) / 2, (bottom + top) / 2, WIDE, 1.0)
    x, y = ctypes.c_double(), ctypes.c_double()
    if index < 0 or not raw.FPDFText_GetCharOrigin(page.text, index, x, y):
        return 0.0, 0.0
    return y.value, float(raw.FPDFText_GetFontSize(page.text, index))
