"""Preflight of how much ink there is in one place."""

from collections.abc import Iterator

import pikepdf
from pikepdf import Stream

from toolchain.check.base import BuiltBook, Check
from toolchain.check.preflight.base import PrinterCheck
from toolchain.forms.pdf.printers import Rules
from toolchain.forms.pdf.reading.drawn import Image, Path, Text
from toolchain.forms.pdf.reading.inks import Colour
from toolchain.forms.pdf.reading.pixels import most_ink
from toolchain.forms.pdf.reading.printed import Printed
from toolchain.model import Finding

ROUNDED = 2.0
"""Percent: inks of pictures are whole bytes."""


class TooMuchInk(PrinterCheck):
    """Colours of so much ink that it does not dry."""

    id = "PRE023"
    title = "there is more ink in one place than the paper takes"
    of_covers = True
    explanation = (
        "Four inks, one upon the other, are up to 400 % of one; paper takes less, and where there is more it streaks and "
        'cracks. Colours of screens become inks within what the printer allows (`colours = "cmyk"`). What has inks of its '
        "own keeps them: choose fewer in the picture, in cover.tex or in LaTeX, with more black in place of the others."
    )

    def against(self, rules: Rules, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Yield the colour of most ink, and each picture with too much of it."""
        if not rules.ink:
            return
        most = rules.ink.value
        places = [
            (100 * sum(colour.values), page.number)
            for page in printed.drawn
            for mark in page.marks
            for colour in _colours(mark)
            if colour.kind == "cmyk"
        ]
        too_much = [(ink, page) for ink, page in places if ink > most + ROUNDED]
        if too_much:
            ink = max(ink for ink, _ in too_much)
            pages = sorted({page for _, page in too_much})
            yield self.finding_on_pages(
                f"a colour of {ink:.0f} % of ink; the printer takes {most:g} %",
                pages,
                built,
                printed,
                "Choose fewer inks.",
            )
        for pixels, ink in _pictures(printed):
            if ink > most + ROUNDED:
                pages = [
                    mark.page
                    for page in printed.drawn
                    for mark in page.marks
                    if isinstance(mark, Image) and mark.pixels == pixels
                ]
                message = f"a picture of {pixels[0]} by {pixels[1]} pixels has {ink:.0f} % of ink; the printer takes {most:g} %"
                if pages:
                    yield self.finding_on_pages(
                        message, sorted(set(pages)), built, printed, "Save it with fewer inks, or in RGB."
                    )


def _colours(mark: object) -> tuple[Colour, ...]:
    if isinstance(mark, Text):
        return mark.colours
    return tuple(one for one in (mark.fill, mark.stroke) if one) if isinstance(mark, Path) else ()


def _pictures(printed: Printed) -> Iterator[tuple[tuple[int, int], float]]:
    """Yield the pixels of each picture in inks, and how much of them is in one place."""
    with pikepdf.open(printed.path) as pdf:
        for thing in pdf.objects:
            if isinstance(thing, Stream) and thing.get("/Subtype") == "/Image":
                yield (int(thing.Width), int(thing.Height)), most_ink(thing)


CHECKS: tuple[Check, ...] = (TooMuchInk(),)
