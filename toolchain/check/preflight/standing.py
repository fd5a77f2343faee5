"""What stands out of its place in a printed edition, or runs off its paper: of every edition, whoever prints it or reads it."""

import re
from collections.abc import Iterator

from toolchain.check.base import BuiltBook
from toolchain.check.preflight import overfull
from toolchain.check.preflight.base import PrinterCheck
from toolchain.check.preflight.marks import marks_of_kind, source
from toolchain.forms.pdf.printers import Rules, load
from toolchain.forms.pdf.reading.drawn import Text
from toolchain.forms.pdf.reading.printed import Printed
from toolchain.model import Finding

READABLE = 8.5
"""Points of TeX, three millimetres: so far something may stand out where no printer has a rule."""
SHOWN = 40
"""Characters of what runs off the paper: so many are shown."""
REMEDIES = (
    (
        re.compile(r"\\end\{(?:equation|split|aligned|gather|align|multline)|\\\]|\\\(.*\\\)"),
        "Break the formula over lines, with `aligned` or `multline`.",
    ),
    (re.compile(r"\\sphinxincludegraphics|\\includegraphics"), "Make the picture narrower, with `:width:`."),
    (
        re.compile(r"\\end\{(?:tabular|tabulary|longtable)|\\begin\{varwidth\}|\\sphinx\w*rule"),
        "Shorten what is in the table, or put it into two.",
    ),
)
"""By what LaTeX has read there."""


class Standing(PrinterCheck):
    """Something that is wider than its line, or higher than its page."""

    id = "PRE012"
    title = "a line or a page is too full"
    explanation = (
        "LaTeX found no way to set this in the room that there is, so it stands out into the margin, or runs off the "
        "page. Break a formula over lines, give a long word a place to break, make a picture or a table narrower, or "
        "put a long table into several. A printer's profile says how little may stand out; in an edition without one "
        "it is three millimetres."
    )

    def in_edition(self, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Look at every edition: what runs off the paper is as lost on a screen."""
        yield from self.against(
            load(printed.edition.profile).rules if printed.edition.profile else None, built, printed
        )

    def against(self, rules: Rules | None, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Yield each overfull box of LaTeX's log that stands out further than is allowed, and what is off the paper besides."""
        if rules is not None and rules.overfull is None:
            return
        allowed = rules.overfull.value if rules and rules.overfull else READABLE
        pages = set()
        for box in overfull.read(printed):
            if box.points > allowed:
                pages.add(box.page)
                yield self._of_box(box, built, printed)
        lost = {page: printed.text_beyond(page) for page in range(len(printed.numbers)) if page not in pages}
        if any(lost.values()):
            # What a picture hides of itself is nobody's loss.
            in_pictures = {text.page for text in marks_of_kind(printed, Text) if text.figure}
            for page in sorted(page for page, text in lost.items() if text and page not in in_pictures):
                message = f"page {printed.numbers[page]}: “{lost[page][:SHOWN]}” is off the paper"
                place = source(built, printed, page, words=lost[page])
                yield self.finding_on_page(message, place, printed, page)

    def _of_box(self, box: overfull.Overfull, built: BuiltBook, printed: Printed) -> Finding:
        excess = f"{box.points:.1f} pt too " + ("wide" if box.wide else "high")
        shown = f" (…{box.words})" if box.words else ""
        origin = overfull.origin(box, built, printed)
        place = (origin.path, origin.line) if origin else source(built, printed, box.page)
        remedy = next((words for said, words in REMEDIES if origin and said.search(origin.text)), "")
        message = f"page {printed.numbers[box.page]}: {excess} for its place{shown}"
        return self.finding_on_page(message, place, printed, box.page, remedy)


class Crowded(PrinterCheck):
    """A line that stands on another."""

    id = "PRE030"
    of_covers = True
    title = "a line of text runs into another"
    explanation = (
        "The letters of two lines touch, so that neither can be read well. What moves text by itself does that: LaTeX of "
        "the page's own such as `\\vspace{-1cm}` or `\\smash`, a macro or a setting of conf.py, a box that is less high than "
        "what is in it, or a figure whose labels have no room. Take it out, or give it room."
    )

    def in_edition(self, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Look at every edition: what cannot be read on paper cannot be read on a screen."""
        yield from self.against(None, built, printed)

    def against(self, rules: Rules | None, built: BuiltBook, printed: Printed) -> Iterator[Finding]:  # noqa: ARG002 - of every printer
        """Yield each page with such lines, at the first of them."""
        for page, number in enumerate(printed.numbers):
            if words := next(printed.crowded(page), None):
                message = f"page {number}: “{words.upper}” and “{words.lower}” stand on one another"
                place = source(built, printed, page, words.box[3], words.upper)
                yield self.finding_on_page(message, place, printed, page, area=words.box)
