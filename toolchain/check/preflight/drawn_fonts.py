"""Preflight of fonts whose letters are drawings."""

from collections.abc import Iterator

from toolchain.check.base import Check
from toolchain.check.preflight.marks import THE_PICTURE, Flaw, MarkCheck, marks_of_kind
from toolchain.forms.pdf.printers import Rules
from toolchain.forms.pdf.reading.drawn import Text
from toolchain.forms.pdf.reading.printed import Printed

SETTING = 'plt.rcParams["pdf.fonttype"] = 42'


class DrawnFont(MarkCheck):
    """Letters that are little drawings, and no font."""

    id = "PRE025"
    of_covers = True
    title = "letters are drawings (a Type 3 font)"
    explanation = (
        "Each letter of a font of Type 3 is a drawing, for which a printer's machine knows no way to make it sharp, and "
        "publishers and printers refuse them. Matplotlib saves such fonts unless it is told not to. Plots of this book have "
        "`pdf.fonttype: 42`, outlines of TrueType; `plt.style.use`, `plt.rcdefaults` or `rcParams` in a cell set it back. A "
        "picture that is a PDF has what it was saved with: save it with that setting, or with its letters as outlines."
    )

    def flaws(self, rules: Rules, printed: Printed) -> Iterator[Flaw]:
        """Yield all such letters; those of a picture are one finding."""
        remedy = f"Save {THE_PICTURE} with outlines of TrueType (in Matplotlib `pdf.fonttype` 42), or with its letters as lines."
        in_cell = f"Say `{SETTING}` in this cell, after what sets it back (`plt.style.use`, `plt.rcdefaults`), or leave that out."
        for text in marks_of_kind(printed, Text) if rules.no_drawn_fonts else ():
            if text.font.drawn:
                message = f"letters of {text.font.name} are drawings (Type 3)"
                yield Flaw(text, text.drawing or text.font.name, message, remedy, in_cell)


CHECKS: tuple[Check, ...] = (DrawnFont(),)
