"""Preflight of pictures: enough pixels, and no pixels where there was a drawing."""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterator
from itertools import islice
from pathlib import Path as File
from typing import TypeGuard

import imagesize

from toolchain.base.decoding import read_loosely
from toolchain.check.base import BuiltBook, Check
from toolchain.check.pdf.text import pages_on
from toolchain.check.preflight.base import PrinterCheck
from toolchain.check.preflight.marks import (
    ENOUGH,
    MILLIMETRE,
    describe_place,
    marks_of_kind,
    source,
    source_of,
)
from toolchain.forms.pdf.printers import Rules
from toolchain.forms.pdf.reading.drawn import DrawnPage, Image, Mark
from toolchain.forms.pdf.reading.painter import BROKEN, read_pages
from toolchain.forms.pdf.reading.printed import Printed
from toolchain.model import Finding, Picture
from toolchain.model.files import cell_of

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
    of_covers = True
    follows = frozenset({"PRE003"})
    title = "a picture has too few pixels"
    explanation = (
        "Print shows far more than a screen does, and a picture with few pixels is blurred in it. Save it with more "
        "pixels, print it smaller (`:width:`), or draw it as SVG. Two things are not counted, since their pixels are "
        "drawn on purpose: a matrix of at most 64 by 64 numbers of which each is a square of more than 2 points, and a "
        "side of a single pixel, as areas and shades have."
    )

    def against(self, rules: Rules, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Yield each picture with too few pixels per inch, at the place where it has fewest."""
        if not rules.image_resolution:
            return
        least = rules.image_resolution.value
        images_by_picture: dict[Hashable, list[Image]] = defaultdict(list)
        for image in marks_of_kind(printed, Image):
            if image.resolution < ENOUGH * least and not _is_matrix(image):
                images_by_picture[_picture_place(built, printed, image), image.pixels].append(image)
        for images in images_by_picture.values():
            worst = min(images, key=lambda image: image.resolution)
            picture = _picture_place(built, printed, worst)
            path, line = picture or source_of(built, printed, worst)
            width = worst.size[0]
            suffix = f" ({len(images)} times)" if len(images) > 1 else ""
            name = _picture_name(built, picture)
            yield self.finding_on_page(
                f"{describe_place(printed, [worst])}: printed {width / MILLIMETRE:.0f} mm wide {name} has "
                f"{worst.resolution:.0f} pixels per inch; {least:g} are asked for{suffix}",
                (path, line),
                printed,
                worst.page,
                area=worst.box,
                remedy=f"Make it {round(worst.pixels[0] * least / worst.resolution)} pixels wide, or draw it as SVG.",
            )


def _is_matrix(image: Image) -> bool:
    return max(image.pixels) <= SQUARES and image.resolution * SQUARE < 72  # noqa: PLR2004 - points of an inch


def _pictures(built: BuiltBook, printed: Printed, page: int) -> Iterator[tuple[str, Picture]]:
    """Yield the pictures that may be on a page of the PDF, each with the source that shows it."""
    for document in pages_on(built, printed, page):
        facts = built.facts.pages.get(document.name)
        for picture in facts.pictures if facts else ():
            yield document.path, picture


def _picture_place(built: BuiltBook, printed: Printed, image: Image) -> tuple[str, int | None] | None:
    """Return the path and line that show an image; None if no picture has as many pixels, or several have."""
    candidates = {
        (path, picture.line, picture.path)
        for path, picture in _pictures(built, printed, image.page)
        if image.pixels in (_size(built.settings.project / picture.path), _pixels(built, picture))
    }
    if len({candidate[2] for candidate in candidates}) != 1:
        return None
    path, line, _ = min(candidates, key=lambda candidate: (candidate[0], candidate[1] or 0))
    return path, line


def _picture_name(built: BuiltBook, at: tuple[str, int | None] | None) -> str:
    """Return words for the picture at a path and line of a source."""
    for facts in built.facts.pages.values() if at else ():
        for picture in facts.pictures:
            if (facts.path, picture.line) == at:
                cell = cell_of(facts.path, picture.line)
                which = f"cell {cell}" if cell else f"the cell on line {picture.line}"
                return f"the picture of {which}" if picture.cell else picture.path
    return "a picture"


def _size(path: File) -> tuple[int, int] | None:
    try:
        width, height = imagesize.get(path)
    except (OSError, ValueError):  # pragma: no cover - imagesize before 2 raises for what it cannot read
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

    def against(self, rules: Rules, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Yield whole pages that became pixels, and drawings that did and have none in their source."""
        if not rules.no_rasterised_drawings:
            return
        if whole := _whole_pages(printed):
            path, line = source(built, printed, whole[0].page)
            yield self.finding_on_page(
                f"{describe_place(printed, whole)}: the whole page has become pixels",
                (path, line),
                printed,
                whole[0].page,
                area=whole[0].box,
                remedy="Draw nothing transparent on it: that is what was turned into pixels, with all around it.",
            )
        checked: set[str] = set()
        for facts in built.facts.pages.values():
            for picture in facts.pictures:
                if picture.path in checked:
                    continue
                checked.add(picture.path)
                if pixels := _pixels(built, picture):
                    effect = _effect(built.settings.project / picture.path)
                    message = (
                        f"{picture.path} is printed as pixels{' because it has ' + effect if effect else ''}"
                    )
                    # An edition that leaves the page out has no such picture.
                    marks = (mark for mark in marks_of_kind(printed, Image) if mark.pixels == pixels)
                    for mark in islice(marks, 1):
                        yield self.finding_on_page(
                            f"{describe_place(printed, [mark])}: {message}",
                            (facts.path, picture.line),
                            printed,
                            mark.page,
                            "Draw it without filters, masks and patterns.",
                            area=mark.box,
                        )


def _whole_pages(printed: Printed) -> list[Image]:
    """Return images as large as their page that were not there before the PDF's transparency was removed."""
    images = [mark for page in printed.drawn for mark in page.marks if _is_full_page(mark, page)]
    original = printed.log.with_suffix(".pdf")
    if not images or not original.is_file():
        return []
    intended = {
        page.number for page in read_pages(original) for mark in page.marks if _is_full_page(mark, page)
    }
    return [image for image in images if image.page not in intended]


def _is_full_page(mark: Mark, page: DrawnPage) -> TypeGuard[Image]:
    if not isinstance(mark, Image):
        return False
    (left, bottom, right, top), trim = mark.box, page.trim
    return right - left >= MOST * (trim[2] - trim[0]) and top - bottom >= MOST * (trim[3] - trim[1])


def _pixels(built: BuiltBook, picture: Picture) -> tuple[int, int] | None:
    """Return the pixels that a drawing became; None if it has lines, or had pixels in its source."""
    if not picture.path.endswith(".svg"):
        return None
    drawing = built.settings.project / picture.path
    printed = built.settings.build / "latex" / f"{drawing.stem}.pdf"
    if not drawing.is_file() or not printed.is_file():
        return None
    if EMBEDDED.search(read_loosely(drawing)):
        return None
    try:
        images = [mark for page in read_pages(printed) for mark in page.marks if isinstance(mark, Image)]
    except BROKEN:
        return None
    return max((image.pixels for image in images), default=None)


def _effect(drawing: File) -> str:
    text = read_loosely(drawing)
    return next((name for name, pattern in REASONS if pattern.search(text)), "")


CHECKS: tuple[Check, ...] = (FewPixels(), RasterisedDrawing())
