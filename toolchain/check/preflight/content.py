"""Preflight of what is drawn on pages: fonts, margins, transparency, colours."""

from collections.abc import Iterator

from toolchain.check.base import BuiltBook, Check
from toolchain.check.preflight import greys, pictures, sizes
from toolchain.check.preflight.base import PrinterCheck
from toolchain.check.preflight.marks import MILLIMETRE, Flaw, MarkCheck, marks_of_kind, source
from toolchain.forms.pdf.printers import Rules
from toolchain.forms.pdf.reading.drawn import (
    Box,
    DrawnPage,
    Image,
    Path,
    SeenThrough,
    Shade,
    Text,
    intersection,
)
from toolchain.forms.pdf.reading.inks import Colour
from toolchain.forms.pdf.reading.printed import Printed
from toolchain.model import Finding

ONE_INK = ("grey", "cmyk")
"""Kinds of colour that can be written so that they need black ink only."""
SLACK = 0.25
"""Points that something may stand out: the boxes of letters are rounded."""


class MissingFont(PrinterCheck):
    """A font that is not in the file, or all of it."""

    id = "PRE001"
    of_covers = True
    title = "a font is not embedded, or not as a subset"
    explanation = (
        "A printer that does not have the font takes another one, and lines no longer fit; a whole font in place of the "
        "letters that are used is refused by some. XeLaTeX embeds subsets of all fonts, so the font comes with a picture: "
        "save the picture again with its fonts, or with its letters as outlines."
    )

    def against(self, rules: Rules, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Yield each font that is not embedded as asked for, with the first page that uses it."""
        first_pages = {font: page.number for page in reversed(printed.drawn) for font in page.fonts}
        for font, page in sorted(first_pages.items(), key=lambda pair: (pair[1], pair[0].name)):
            if rules.fonts_embedded and not font.embedded:
                flaw = "is not embedded"
            elif rules.fonts_subset and font.embedded and not font.subset:
                flaw = "is embedded as a whole"
            else:
                continue
            path, line = source(built, printed, page)
            yield self.finding_on_page(
                f"the font {font.name} {flaw} (first on page {printed.numbers[page]})",
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

    def against(self, rules: Rules, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Yield each side of the pages whose margin is too narrow; the first page is a right-hand one."""
        pages = len(printed.drawn)
        steps = rules.inner_margin.value if rules.inner_margin else ()
        inner = max((least for count, least in steps if count <= pages), default=0.0)
        outer = rules.outer_margin.value if rules.outer_margin else 0.0
        if not inner and not outer:
            return
        near: dict[str, list[tuple[int, float, float]]] = {}
        for page in printed.drawn:
            for side, room, least in _free_space(printed, page, inner, outer):
                if room + SLACK < least:
                    near.setdefault(side, []).append((page.number, room, least))
        for side, places in near.items():
            number, room, least = min(places, key=lambda place: place[1])
            suffix = f" (and on {len(places) - 1} more)" if len(places) > 1 else ""
            path, line = source(built, printed, number)
            yield self.finding_on_page(
                f"page {printed.numbers[number]}: {room / MILLIMETRE:.1f} mm from the {side} "
                f"something is printed; {least / MILLIMETRE:g} mm are asked for{suffix}",
                (path, line),
                printed,
                number,
                remedy="Make it narrower, or `paper` in [pdf.editions] larger.",
            )


def _free_space(
    printed: Printed, page: DrawnPage, inner: float, outer: float
) -> Iterator[tuple[str, float, float]]:
    """Yield each side of a page with the margin that is free and the one that is asked for, in points."""
    areas = [*printed.printed_areas(page.number), *_areas_besides_letters(page)]
    visible = [box for box in areas if intersection(box, page.trim) is not None]
    if not visible:
        return
    left, bottom, right, top = (
        min(box[0] for box in visible) - page.trim[0],
        min(box[1] for box in visible) - page.trim[1],
        page.trim[2] - max(box[2] for box in visible),
        page.trim[3] - max(box[3] for box in visible),
    )
    back, front = (right, left) if page.number % 2 else (left, right)
    yield "back", back, inner * MILLIMETRE
    yield "outer edge", front, outer * MILLIMETRE
    yield "lower edge", bottom, outer * MILLIMETRE
    yield "upper edge", top, outer * MILLIMETRE


def _areas_besides_letters(page: DrawnPage) -> Iterator[Box]:
    """Yield the boxes of what is drawn besides letters; what is white is not printed."""
    for mark in page.marks:
        if isinstance(mark, Image | Shade):
            yield mark.box
        elif isinstance(mark, Path):
            drawn_line = mark.stroke is not None and mark.stroke.printed
            if drawn_line or (mark.fill is not None and mark.fill.printed):
                yield mark.box


class Transparency(MarkCheck):
    """Something through which one sees what is below."""

    id = "PRE005"
    of_covers = True
    title = "something is transparent"
    once_per_source = True
    explanation = (
        "Older machines cannot print what shines through, or turn the whole page into pixels. Draw it in a lighter colour "
        "instead (in matplotlib: no `alpha`, and `legend.framealpha: 1`); save pictures without an alpha channel. A group "
        "within which nothing is transparent is not counted: it looks the same with and without."
    )

    def flaws(self, rules: Rules, printed: Printed) -> Iterator[Flaw]:
        """Yield every transparent mark; those that are transparent in the same way are one finding."""
        remedy = "Draw it in a lighter colour, or save it without an alpha channel."
        for mark in marks_of_kind(printed, SeenThrough) if rules.no_transparency else ():
            yield Flaw(mark, mark.how, mark.how, remedy)


class ColouredText(MarkCheck):
    """Letters that need more than the black ink."""

    id = "PRE006"
    title = "letters are printed with other inks than black"
    explanation = (
        "Letters of several inks have fringes where the inks do not meet, and a black of three lights (RGB 0 0 0) is such "
        "a mixture. Set text in black: `gray` 0 in LaTeX's colours, or black ink alone. A grey needs no other ink; white "
        "letters have none at all. A drawing's letters may have colours if the printer prints colours, but no mixed black."
    )

    def flaws(self, rules: Rules, printed: Printed) -> Iterator[Flaw]:
        """Yield all letters whose colour needs more than black ink."""
        remedy = f"Set them in black, or {_how_to_convert(printed)}."
        for text in marks_of_kind(printed, Text) if rules.black_text else ():
            colours = [colour for colour in _mixed(text) if colour.dark or not text.figure or rules.grey]
            if colours:
                yield Flaw(text, colours[0], f"letters in {colours[0]}", remedy)


def _mixed(text: Text) -> list[Colour]:
    """Return the colours of letters that need more than black ink; what is white needs none."""
    return [
        colour
        for colour in text.colours
        if colour.printed and (colour.coloured or colour.kind not in ONE_INK)
    ]


class Coloured(MarkCheck):
    """A colour where the printer has black ink only."""

    id = "PRE007"
    title = "something has a colour"
    once_per_source = True
    explanation = (
        "The book is printed in black; what has a colour is printed as the grey that the printer's machine takes for it, or "
        'the book costs as much as a coloured one. Greys come out as they are seen here: with `colours = "grey"` in '
        "[pdf.editions] all colours of the edition become greys."
    )

    def flaws(self, rules: Rules, printed: Printed) -> Iterator[Flaw]:
        """Yield every mark that has a colour; all those of one source are one finding."""
        remedy = f"Draw it in greys, or {_how_to_convert(printed)}, or choose the profile of a printer who has colours."
        for page in printed.drawn if rules.grey else ():
            for mark in page.marks:
                if message := _describe_colour(mark):
                    yield Flaw(mark, "", message, remedy)


def _how_to_convert(printed: Printed) -> str:
    """Return the words of a remedy: how the colours of an edition become greys."""
    name = printed.edition.name
    if printed.edition.colours == "grey":
        return "build the edition again, as its colours should have become greys"
    return f'set `colours = "grey"` in [pdf.editions.{name}]'


def _describe_colour(mark: object) -> str:
    """Return words for a mark and its colour; empty if it is grey."""
    if isinstance(mark, Image):
        return "a picture in colours" if mark.coloured else ""
    if isinstance(mark, Shade):
        return "a shade in colours" if mark.coloured else ""
    if isinstance(mark, Text):
        noun, colours = "letters", mark.colours
    elif isinstance(mark, Path):
        noun, colours = "a line or an area", tuple(colour for colour in (mark.fill, mark.stroke) if colour)
    else:
        return ""
    return next((f"{noun} in {colour}" for colour in colours if colour.coloured), "")


CHECKS: tuple[Check, ...] = (
    MissingFont(),
    *pictures.CHECKS,
    NarrowMargin(),
    Transparency(),
    ColouredText(),
    Coloured(),
    *sizes.CHECKS,
    *greys.CHECKS,
)
