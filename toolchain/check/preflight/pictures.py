"""Preflight of pictures: enough pixels, and no pixels where there was a drawing."""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterator
from pathlib import Path as File
from typing import TypeGuard

import imagesize

from toolchain.check.base import BuiltBook, Check
from toolchain.check.pdf.text import pages_on
from toolchain.check.preflight.base import PrinterCheck
from toolchain.check.preflight.marks import ENOUGH, MILLIMETRE, all_of, source, source_of, where
from toolchain.forms.pdf.printers import Rules
from toolchain.forms.pdf.reading.drawn import DrawnPage, Image, Mark
from toolchain.forms.pdf.reading.painter import BROKEN, read_pages
from toolchain.forms.pdf.reading.printed import Printed
from toolchain.model import Finding, Picture

SQUARES, SQUARE = 64, 2.0
"""A picture with so few pixels, each larger than so many points, is a table of numbers drawn as squares."""
MOST = 0.9
"""Of the sides of a page; a picture that has as much of both is the page."""
EMBEDDED = re.compile(r"<(?:\w+:)?(?:image|feImage|foreignObject)\b")
REASONS = (
    ("a filter", re.compile(r"<(?:\w+:)?filter\b")),
    ("a mask", re.compile(r"<(?:\w+:)?mask\b")),
    ("a pattern", re.compile(r"<(?:\w+:)?pattern\b")),
)


class FewPixels(PrinterCheck):
    """A picture that is blurred or jagged in print."""

    id = "PRE002"
    follows = frozenset({"PRE003"})
    title = "a picture has too few pixels"
    explanation = (
        "Print shows far more than a screen does, and a picture with few pixels is blurred in it. Save it with more "
        "pixels, print it smaller (`:width:`), or draw it as SVG. Two things are not counted, since their pixels are "
        "drawn on purpose: a matrix of at most 64 by 64 numbers of which each is a square of more than 2 points, and a "
        "side of a single pixel, as areas and shades have."
    )

    def against(self, rules: Rules, made: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Compare the pixels of each picture with the size that it is printed in; name it where it has fewest."""
        if not rules.image_resolution:
            return
        least = rules.image_resolution.value
        named: dict[Hashable, list[Image]] = defaultdict(list)
        for each in all_of(printed, Image):
            if each.resolution < ENOUGH * least and not _is_matrix(each):
                named[_picture(made, printed, each), each.pixels].append(each)
        for found in named.values():
            worst = min(found, key=lambda each: each.resolution)
            picture = _picture(made, printed, worst)
            path, line = picture or source_of(made, printed, worst)
            width = worst.size[0]
            more = f" ({len(found)} times)" if len(found) > 1 else ""
            name = _named(made, picture)
            yield self.seen(
                f"{where(printed, [worst])}: printed {width / MILLIMETRE:.0f} mm wide {name} has "
                f"{worst.resolution:.0f} pixels per inch; {least:g} are asked for{more}",
                (path, line),
                printed,
                worst.page,
                area=worst.box,
                remedy=f"Make it {round(worst.pixels[0] * least / worst.resolution)} pixels wide, or draw it as SVG.",
            )


def _is_matrix(image: Image) -> bool:
    return max(image.pixels) <= SQUARES and image.resolution * SQUARE < 72  # noqa: PLR2004 - points of an inch


def _pictures(made: BuiltBook, printed: Printed, page: int) -> Iterator[tuple[str, Picture]]:
    """Yield the pictures that may be on a page of the PDF, each with the source that shows it."""
    for each in pages_on(made, printed, page):
        facts = made.facts.pages.get(each.name)
        for picture in facts.pictures if facts else ():
            yield each.path, picture


def _picture(made: BuiltBook, printed: Printed, image: Image) -> tuple[str, int | None] | None:
    """Return where a source shows a picture with these pixels; None if no picture has them, or another too."""
    found = {
        (path, picture.line, picture.path)
        for path, picture in _pictures(made, printed, image.page)
        if image.pixels in (_size(made.settings.project / picture.path), _pixels(made, picture))
    }
    if len({each[2] for each in found}) != 1:
        return None
    path, line, _ = min(found, key=lambda each: (each[0], each[1] or 0))
    return path, line


def _named(made: BuiltBook, at: tuple[str, int | None] | None) -> str:
    """Name the picture on a line of a source."""
    for facts in made.facts.pages.values() if at else ():
        for picture in facts.pictures:
            if (facts.path, picture.line) == at:
                return f"the picture of the cell on line {picture.line}" if picture.cell else picture.path
    return "a picture"


def _size(path: File) -> tuple[int, int] | None:
    try:
        width, height = imagesize.get(path)
    except (OSError, ValueError):
        return None
    return round(width), round(height)


class RasterisedDrawing(PrinterCheck):
    """A drawing that became pixels on its way into the book."""

    id = "PRE003"
    title = "a drawing has become pixels"
    explanation = (
        "What is drawn with lines is sharp at every size, but filters, masks and other effects have no counterpart in a "
        "PDF: what they touch is turned into pixels. Draw it without them: a filled shape in place of a shadow, a "
        "lighter colour in place of a blur."
    )

    def against(self, rules: Rules, made: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Look at what was made of each drawing: it has no pixels if its source has none."""
        if not rules.no_rasterised_drawings:
            return
        if whole := _whole_pages(printed):
            path, line = source(made, printed, whole[0].page)
            yield self.seen(
                f"{where(printed, whole)}: the whole page has become pixels",
                (path, line),
                printed,
                whole[0].page,
                area=whole[0].box,
                remedy="Draw nothing transparent on it: that is what was turned into pixels, with all around it.",
            )
        known: set[str] = set()
        for facts in made.facts.pages.values():
            for picture in facts.pictures:
                if picture.path in known:
                    continue
                known.add(picture.path)
                if pixels := _pixels(made, picture):
                    effect = _effect(made.settings.project / picture.path)
                    said = (
                        f"{picture.path} is printed as pixels{' because it has ' + effect if effect else ''}"
                    )
                    remedy = "Draw it without filters, masks and patterns."
                    mark = next((each for each in all_of(printed, Image) if each.pixels == pixels), None)
                    at = facts.path, picture.line
                    if mark is None:
                        yield self.found(said, *at, remedy=remedy)
                    else:
                        shown = f"{where(printed, [mark])}: {said}"
                        yield self.seen(shown, at, printed, mark.page, remedy, area=mark.box)


def _whole_pages(printed: Printed) -> list[Image]:
    """Return the pictures that are as large as their page and were not so when LaTeX had set it: transparency was taken away."""
    found = [each for page in printed.drawn for each in page.marks if _covers(each, page)]
    before = printed.log.with_suffix(".pdf")
    if not found or not before.is_file():
        return []
    meant = {page.number for page in read_pages(before) for each in page.marks if _covers(each, page)}
    return [each for each in found if each.page not in meant]


def _covers(mark: Mark, page: DrawnPage) -> TypeGuard[Image]:
    if not isinstance(mark, Image):
        return False
    (left, bottom, right, top), trim = mark.box, page.trim
    return right - left >= MOST * (trim[2] - trim[0]) and top - bottom >= MOST * (trim[3] - trim[1])


def _pixels(made: BuiltBook, picture: Picture) -> tuple[int, int] | None:
    """Return the pixels that a drawing was turned into; None if it is drawn with lines, or had pixels from the start."""
    if not picture.path.endswith(".svg"):
        return None
    drawing = made.settings.project / picture.path
    printed = made.settings.build / "latex" / f"{drawing.stem}.pdf"
    if not drawing.is_file() or not printed.is_file():
        return None
    if EMBEDDED.search(drawing.read_text(encoding="utf-8", errors="replace")):
        return None
    try:
        images = [each for page in read_pages(printed) for each in page.marks if isinstance(each, Image)]
    except BROKEN:
        return None
    return max((each.pixels for each in images), default=None)


def _effect(drawing: File) -> str:
    text = drawing.read_text(encoding="utf-8", errors="replace")
    return next((name for name, pattern in REASONS if pattern.search(text)), "")


CHECKS: tuple[Check, ...] = (FewPixels(), RasterisedDrawing())
