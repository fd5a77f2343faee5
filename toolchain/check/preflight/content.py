"""Preflight of what is drawn on pages: fonts, margins, transparency, colours."""

from collections.abc import Iterator

from toolchain.check.base import BuiltBook, Check
from toolchain.check.preflight import pictures, sizes
from toolchain.check.preflight.base import PrinterCheck
from toolchain.check.preflight.marks import MILLIMETRE, MarkCheck, Wrong, all_of, source
from toolchain.forms.pdf.printers import Rules
from toolchain.forms.pdf.reading.drawn import Box, DrawnPage, Image, Path, SeenThrough, Shade, Text, both
from toolchain.forms.pdf.reading.inks import Colour
from toolchain.forms.pdf.reading.printed import Printed
from toolchain.model import Finding

ONE_INK = ("grey", "cmyk")
"""Kinds of colour that can be told so that black ink is enough."""
SLACK = 0.25
"""Points that something may stand out: the boxes of letters are rounded."""


class MissingFont(PrinterCheck):
    """A font that is not in the file, or all of it."""

    id = "PRE001"
    title = "a font is not embedded, or not as a subset"
    explanation = (
        "A printer that does not have the font takes another one, and lines no longer fit; a whole font in place of the "
        "letters that are used is refused by some. XeLaTeX embeds subsets of all fonts, so the font comes with a picture: "
        "save the picture again with its fonts, or with its letters as outlines."
    )

    def against(self, rules: Rules, made: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Look at each font that some page uses, and name it once."""
        first = {font: page.number for page in reversed(printed.drawn) for font in page.fonts}
        for font, page in sorted(first.items(), key=lambda each: (each[1], each[0].name)):
            if rules.fonts_embedded and not font.embedded:
                said = "is not embedded"
            elif rules.fonts_subset and font.embedded and not font.subset:
                said = "is embedded as a whole"
            else:
                continue
            path, line = source(made, printed, page)
            yield self.seen(
                f"the font {font.name} {said} (first on page {printed.numbers[page]})",
                (path, line),
                printed,
                page,
                remedy="Save the picture with subsets of its fonts, or its letters as outlines.",
            )


class NarrowMargin(PrinterCheck):
    """Something that is cut off, or vanishes in the back."""

    id = "PRE004"
    title = "something is printed too near to the edge or the back"
    explanation = (
        "Paper is cut with a tolerance, and a thick book does not open to its back: what stands there is lost. Make the "
        "picture, the table or the formula narrower, or choose a larger `paper` in [pdf.editions]."
    )

    def against(self, rules: Rules, made: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Compare the boxes of all that is printed with the margins; the first page is a right-hand one."""
        pages = len(printed.drawn)
        steps = rules.inner_margin.value if rules.inner_margin else ()
        inner = max((least for count, least in steps if count <= pages), default=0.0)
        outer = rules.outer_margin.value if rules.outer_margin else 0.0
        if not inner and not outer:
            return
        near: dict[str, list[tuple[int, float, float]]] = {}
        for page in printed.drawn:
            for side, room, least in _rooms(printed, page, inner, outer):
                if room + SLACK < least:
                    near.setdefault(side, []).append((page.number, room, least))
        for side, found in near.items():
            number, room, least = min(found, key=lambda each: each[1])
            more = f" (and on {len(found) - 1} more)" if len(found) > 1 else ""
            path, line = source(made, printed, number)
            yield self.seen(
                f"page {printed.numbers[number]}: {room / MILLIMETRE:.1f} mm from the {side} "
                f"something is printed; {least / MILLIMETRE:g} mm are asked for{more}",
                (path, line),
                printed,
                number,
                remedy="Make it narrower, or `paper` in [pdf.editions] larger.",
            )


def _rooms(
    printed: Printed, page: DrawnPage, inner: float, outer: float
) -> Iterator[tuple[str, float, float]]:
    """Yield each side of a page with how much is free at it and how much has to be, in points."""
    areas = [*printed.printed_areas(page.number), *_areas(page)]
    seen = [each for each in areas if both(each, page.trim) is not None]
    if not seen:
        return
    left, bottom, right, top = (
        min(each[0] for each in seen) - page.trim[0],
        min(each[1] for each in seen) - page.trim[1],
        page.trim[2] - max(each[2] for each in seen),
        page.trim[3] - max(each[3] for each in seen),
    )
    back, front = (right, left) if page.number % 2 else (left, right)
    yield "back", back, inner * MILLIMETRE
    yield "outer edge", front, outer * MILLIMETRE
    yield "lower edge", bottom, outer * MILLIMETRE
    yield "upper edge", top, outer * MILLIMETRE


def _areas(page: DrawnPage) -> Iterator[Box]:
    """Yield the boxes of what is drawn besides letters; what is white is not printed."""
    for each in page.marks:
        if isinstance(each, Image | Shade):
            yield each.box
        elif isinstance(each, Path):
            drawn_line = each.stroke is not None and each.stroke.printed
            if drawn_line or (each.fill is not None and each.fill.printed):
                yield each.box


class Transparency(MarkCheck):
    """Something through which one sees what is below."""

    id = "PRE005"
    title = "something is transparent"
    apart = True
    explanation = (
        "Older machines cannot print what shines through, or turn the whole page into pixels. Draw it in a lighter colour "
        "instead (in matplotlib: no `alpha`, and `legend.framealpha: 1`); save pictures without an alpha channel. A group "
        "within which nothing is transparent is not counted: it looks the same with and without."
    )

    def wrong(self, rules: Rules, printed: Printed) -> Iterator[Wrong]:
        """Name each way of being transparent."""
        remedy = "Draw it in a lighter colour, or save it without an alpha channel."
        for each in all_of(printed, SeenThrough) if rules.no_transparency else ():
            yield Wrong(each, each.how, each.how, remedy)


class ColouredText(MarkCheck):
    """Letters that need more than the black ink."""

    id = "PRE006"
    title = "letters are printed with other inks than black"
    explanation = (
        "Letters of several inks have fringes where the inks do not meet, and a black of three lights (RGB 0 0 0) is such "
        "a mixture. Set text in black: `gray` 0 in LaTeX's colours, or black ink alone. A grey needs no other ink; white "
        "letters have none at all. A drawing's letters may have colours if the printer prints colours, but no mixed black."
    )

    def wrong(self, rules: Rules, printed: Printed) -> Iterator[Wrong]:
        """Look at the colour of all letters."""
        remedy = f"Set them in black, or {_convert(printed)}."
        for each in all_of(printed, Text) if rules.black_text else ():
            colours = [its for its in _mixed(each) if its.dark or not each.figure or rules.grey]
            if colours:
                yield Wrong(each, colours[0], f"letters in {colours[0]}", remedy)


def _mixed(text: Text) -> list[Colour]:
    """Return the colours of letters that need more than black ink; what is white needs none."""
    return [each for each in text.colours if each.printed and (each.coloured or each.kind not in ONE_INK)]


class Coloured(MarkCheck):
    """A colour where the printer has black ink only."""

    id = "PRE007"
    title = "something has a colour"
    apart = True
    explanation = (
        "The book is printed in black; what has a colour is printed as the grey that the printer's machine takes for it, or "
        "the book costs as much as a coloured one. Greys come out as they are seen here: with `grey = true` in "
        "[pdf.editions] all colours of the edition become greys."
    )

    def wrong(self, rules: Rules, printed: Printed) -> Iterator[Wrong]:
        """Look at all that is drawn; all colours in a page's source are one fault."""
        remedy = (
            f"Draw it in greys, or {_convert(printed)}, or choose the profile of a printer who has colours."
        )
        for page in printed.drawn if rules.grey else ():
            for each in page.marks:
                if said := _colour(each):
                    yield Wrong(each, "", said, remedy)


def _convert(printed: Printed) -> str:
    """Say how the colours of an edition become greys."""
    name = printed.edition.name
    if printed.edition.grey:
        return "build the edition again, as its colours should have become greys"
    return f"set `grey = true` in [pdf.editions.{name}]"


def _colour(mark: object) -> str:
    """Say which colour something has; nothing if it is grey."""
    if isinstance(mark, Image):
        return "a picture in colours" if mark.coloured else ""
    if isinstance(mark, Shade):
        return "a shade in colours" if mark.coloured else ""
    if isinstance(mark, Text):
        what, used = "letters", mark.colours
    elif isinstance(mark, Path):
        what, used = "a line or an area", tuple(each for each in (mark.fill, mark.stroke) if each)
    else:
        return ""
    return next((f"{what} in {each}" for each in used if each.coloured), "")


CHECKS: tuple[Check, ...] = (
    MissingFont(),
    *pictures.CHECKS,
    NarrowMargin(),
    Transparency(),
    ColouredText(),
    Coloured(),
    *sizes.CHECKS,
)
