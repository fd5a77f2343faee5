"""Preflight of covers: as large as the book is thick, and with all their words on them."""

from collections.abc import Iterator

from toolchain.check.base import BuiltBook, Check
from toolchain.check.preflight import overfull
from toolchain.check.preflight.base import PrinterCheck
from toolchain.forms.pdf import cover
from toolchain.forms.pdf.printers import Rules
from toolchain.forms.pdf.reading.printed import Printed
from toolchain.model import Finding

TOLERANCE = 0.1
"""Millimetres."""


class WrongCover(PrinterCheck):
    """A cover that does not go round its book, or that has lost words."""

    id = "PRE021"
    title = "a cover does not fit its book"
    of_covers = True
    explanation = (
        "The sheet of a cover is the back, the spine, which is as wide as the pages are thick, and the front, with a bleed "
        "around them; a printer refuses one of another size. Build the PDF again, and look for what sets the size of the "
        "page in _config/latex/cover.tex. What the printer's own template says of the spine is `spine` of the edition. "
        "Words that do not fit their place run over others, or off the sheet: shorten `blurb` or the title, or set them "
        "smaller in cover.tex."
    )

    def against(self, rules: Rules, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Yield what is wrong with a cover; nothing of an edition itself."""
        if not printed.cover:
            return
        bodies = [one for one in built.editions if one.edition.name == printed.edition.name and one.readable]
        if len(printed.sheets.pages) != 1:
            yield self.finding_about_file(
                f"it has {len(printed.sheets.pages)} pages; a cover is one",
                built,
                printed,
                "toolchain build pdf",
            )
        for body in bodies:
            of = cover.sheet(printed.edition, len(body.numbers))
            for page in printed.sheets.pages[:1]:
                whole = page.boxes["MediaBox"]
                if max(abs(whole.width - of.width), abs(whole.height - of.height)) > TOLERANCE:
                    yield self.finding_about_file(
                        f"it is {whole.width:.1f} by {whole.height:.1f} mm; a book of {len(body.numbers)} pages needs "
                        f"{of.width:.1f} by {of.height:.1f} mm",
                        built,
                        printed,
                        "toolchain build pdf",
                    )
        most = rules.overfull.value if rules.overfull else 0.0
        for box in overfull.read(printed):
            if box.points > most:
                what = (
                    f"“{box.words}” is"
                    if box.words
                    else f"what stands on the {'front or spine' if box.wide else 'back'} is"
                )
                yield self.finding_about_file(
                    f"{what} {box.points:.0f} pt too {'wide' if box.wide else 'high'} for its place",
                    built,
                    printed,
                    "Shorten it, or set it smaller in _config/latex/cover.tex.",
                )


CHECKS: tuple[Check, ...] = (WrongCover(),)
