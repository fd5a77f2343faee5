"""Preflight of how much ink there is in one place."""

from collections.abc import Iterator, Sequence

import pikepdf
from pikepdf import Stream

from toolchain.check.base import BuiltBook, Check
from toolchain.check.preflight.base import PrinterCheck
from toolchain.check.preflight.marks import describe_place, source_of
from toolchain.forms.pdf.printers import Rules
from toolchain.forms.pdf.reading.drawn import Image, Mark, Path, Text
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
        marks = [(100 * _ink(mark), mark) for page in printed.drawn for mark in page.marks]
        if too_much := [(ink, mark) for ink, mark in marks if ink > most + ROUNDED]:
            ink = max(ink for ink, _ in too_much)
            message = f"a colour of {ink:.0f} % of ink; the printer takes {most:g} %"
            yield self._of([mark for _, mark in too_much], message, "Choose fewer inks.", built, printed)
        for pixels, ink in _pictures(printed):
            shown = [mark for _, mark in marks if isinstance(mark, Image) and mark.pixels == pixels]
            if shown and ink > most + ROUNDED:
                what = f"a picture of {pixels[0]} by {pixels[1]} pixels"
                message = f"{what} has {ink:.0f} % of ink; the printer takes {most:g} %"
                yield self._of(shown, message, "Save it with fewer inks, or in RGB.", built, printed)

    def _of(
        self, marks: Sequence[Mark], message: str, remedy: str, built: BuiltBook, printed: Printed
    ) -> Finding:
        """Return a finding about marks, at the source of the first."""
        place = source_of(built, printed, marks[0])
        text = f"{describe_place(printed, marks)}: {message}"
        return self.finding_on_page(text, place, printed, marks[0].page, remedy)


def _ink(mark: Mark) -> float:
    """Return how much of the four inks a mark has in one place, as a share of one."""
    colours = mark.colours if isinstance(mark, Text) else ()
    if isinstance(mark, Path):
        colours = tuple(one for one in (mark.fill, mark.stroke) if one)
    return max((sum(colour.values) for colour in colours if colour.kind == "cmyk"), default=0.0)


def _pictures(printed: Printed) -> Iterator[tuple[tuple[int, int], float]]:
    """Yield the pixels of each picture in inks, and how much of them is in one place."""
    with pikepdf.open(printed.path) as pdf:
        for thing in pdf.objects:
            if isinstance(thing, Stream) and thing.get("/Subtype") == "/Image":
                yield (int(thing.Width), int(thing.Height)), most_ink(thing)


CHECKS: tuple[Check, ...] = (TooMuchInk(),)
