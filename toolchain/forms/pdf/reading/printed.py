"""Reads the printed book once: its structure, its text, and what LaTeX has written about its labels."""

from collections.abc import Iterator
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
from msgspec import Struct

from toolchain.base.decoding import OddFileError, require_file
from toolchain.forms.pdf.reading import crowded, pictures, sheets, tables, tags
from toolchain.forms.pdf.reading.drawn import Box, DrawnPage, Text
from toolchain.forms.pdf.reading.latex_labels import PrintedLabels, read_record
from toolchain.forms.pdf.reading.opened import OpenPages
from toolchain.forms.pdf.reading.painter import read_pages
from toolchain.forms.pdf.reading.sheets import Sheets
from toolchain.forms.pdf.reading.tables import TaggedTable
from toolchain.forms.pdf.reading.tags import Tagged
from toolchain.model.printed_pictures import PrintedPicture
from toolchain.project.settings import Edition

DESTINATIONS = ("/Names", "/Dests")
MARGIN = 2.0
"""Points around a link or a destination that still belong to it."""
WORDS = 120.0
"""Points of a line that show which one it is."""
BEYOND, FAR = 1.0, 1e5
"""Points beyond an edge of the paper at which words are lost, and at which there are none."""
UNREADABLE = (
    pikepdf.PdfError,
    pypdfium2.PdfiumError,
    OSError,
    OddFileError,
    # What a broken object is to those who expect another.
    AttributeError,
    IndexError,
    KeyError,
    RecursionError,
    TypeError,
    ValueError,
)


class Destination(Struct, frozen=True, order=True):
    """A position in the document; places sort as they are read."""

    page: int
    """Counted from 0."""
    depth: float = 0.0
    """Minus its height above the foot of the page, in points."""


class Jump(Struct, frozen=True):
    """Where a link or a bookmark leads within the document."""

    name: str
    """Of a named destination; empty if the place is given as such."""
    place: Destination | None
    """None if there is no such place."""


class PrintedLink(Struct, frozen=True):
    """An area of a page that leads to another place of the document."""

    page: int
    jump: Jump
    area: tuple[float, float, float, float]
    """Left, bottom, right and top, in points."""


class Bookmark(Struct, frozen=True):
    """An entry of the outline that viewers show beside the pages."""

    level: int
    """0 for those at the top."""
    title: str
    jump: Jump | None
    """None if it leads out of the document."""


class Printed:
    """The PDF with LaTeX's record of it."""

    def __init__(self, path: Path, record: Path, edition: Edition, *, cover: bool = False) -> None:
        """Read the structure; `record` is the file to which LaTeX wrote its labels. It may be the `cover` of an edition."""
        self.path = path
        self.log = record.with_suffix(".log")
        """The log of LaTeX."""
        self.edition = edition
        self.cover = cover
        self.problem = ""
        """Why the PDF cannot be read; then everything else is empty."""
        self.numbers: list[str] = []
        """What stands at the foot of each page, such as `iv`."""
        self.destinations: dict[str, Destination] = {}
        """Those that are on a page of the document."""
        self.links: list[PrintedLink] = []
        self.outline: list[Bookmark] = []
        self.tagged: Tagged | None = None
        """What is said to those who do not see the pages; None if the PDF cannot be read."""
        self._pictures: dict[int, PrintedPicture] | None = None
        self.labels = PrintedLabels()
        self.citations: dict[str, str] = {}
        """What stands for an entry of the bibliography, by `page:id`."""
        try:
            require_file(path)
            with pikepdf.open(path, attempt_recovery=False) as pdf:
                self._read_structure(pdf)
            # What can be read of it only has marks, links and places.
            self._opened = OpenPages(pypdfium2.PdfDocument(path))
            _ = self._read
        except UNREADABLE as error:
            message = str(error).replace(f"{path}: ", "").replace(str(path), path.name)
            self.problem = message.partition("\n")[0] or type(error).__name__
            self.numbers, self.destinations, self.links, self.outline = [], {}, [], []
        if cover:  # it has no labels
            return
        if record.is_file():
            self.labels, self.citations = read_record(record)
        else:
            self.problem = self.problem or "LaTeX's record of it is gone"

    @property
    def readable(self) -> bool:
        """Whether the PDF and LaTeX's record of it could be read."""
        return not self.problem

    @property
    def texts(self) -> list[str]:
        """The text of each page, as it stands in lines."""
        return self._read[0]

    @cached_property
    def _read(self) -> tuple[list[str], list[str]]:
        """The text of each page, and the words that are beyond the edges of its paper."""
        pages = [(self._text(page), self._text_beyond(page)) for page in range(len(self.numbers))]
        return [text for text, _ in pages], [beyond for _, beyond in pages]

    @cached_property
    def sheets(self) -> Sheets:
        """What the PDF is besides its text."""
        return sheets.read(self.path, self.texts)

    @cached_property
    def drawn(self) -> tuple[DrawnPage, ...]:
        """What is drawn on each page."""
        return tuple(read_pages(self.path)) if self.readable else ()

    def picture(self, drawing: int, text: Path) -> PrintedPicture | None:
        """Return the picture that a drawing is, by the number of its object; `text` is the book's LaTeX."""
        if self._pictures is None:
            self._pictures = pictures.origins(self.path, self.log.with_suffix(".pdf"), text)
        return self._pictures.get(drawing)

    @cached_property
    def tables(self) -> list[TaggedTable]:
        """What its tables say."""
        return tables.read(self.path, self._opened) if self.readable else []

    def printed_areas(self, page: int) -> Iterator[Box]:
        """Yield the boxes of the letters on a page, line by line."""
        text = self._opened[page].text
        for number in range(text.count_rects()):
            yield text.get_rect(number)

    def crowded(self, page: int) -> Iterator[crowded.Crowded]:
        """Yield the words of a page that others stand on."""
        return crowded.crowded(self._opened[page])

    def words_at(self, text: Text) -> str:
        """Return the words of a line that begin with some letters."""
        up = max(text.size, 1.0)
        area = {"bottom": text.y - up / 4, "top": text.y + up * 3 / 4}
        return " ".join(self._text(text.page, left=text.x - 1, right=text.x + WORDS, **area).split())

    def text_beyond(self, page: int) -> str:
        """Return the words of a page that are beyond the edges of its paper, where nobody sees them."""
        return self._read[1][page]

    def _text_beyond(self, number: int) -> str:
        opened = self._opened[number]
        left, bottom, right, top = opened.page.get_bbox()
        areas = (
            {"left": right + BEYOND, "right": FAR},
            {"left": -FAR, "right": left - BEYOND},
            {"top": bottom - BEYOND, "bottom": -FAR},
            {"bottom": top + BEYOND, "top": FAR},
        )
        return " ".join(" ".join(opened.words(**area).split()) for area in areas).strip()

    def height(self, page: int) -> float:
        """Return the height of a page, in points."""
        return float(self._opened[page].page.get_height())

    def place(self, label: str) -> Destination | None:
        """Return where a label of LaTeX stands; None if there is no such label, or no such place."""
        printed_label = self.labels.get(label)
        return self.destinations.get(printed_label.destination) if printed_label else None

    def text_at(self, destination: str, *, pages: int = 1) -> str:
        """Return the lines that follow a destination, to the end of its page or of the last of so many pages."""
        place = self.destinations[destination]
        text_below = self._text(place.page, top=-place.depth + MARGIN)
        return "\n".join((text_below, *self.texts[place.page + 1 : place.page + pages]))

    def page_of(self, destination: str) -> str:
        """Return the lines of the page that a destination is on."""
        return self.texts[self.destinations[destination].page]

    def text_of(self, link: PrintedLink) -> str:
        """Return the text that a reader clicks on."""
        left, bottom, right, top = link.area
        return " ".join(self._text(link.page, left=left, bottom=bottom, right=right, top=top).split())

    def _text(self, page: int, **area: float) -> str:
        return self._opened[page].words(**area)

    def _read_structure(self, pdf: pikepdf.Pdf) -> None:
        """Read the pages, destinations, links and bookmarks.

        Raises ValueError if the PDF is damaged.
        """
        problems = [*pdf.check_pdf_syntax(), *map(str, pdf.get_warnings())]
        if problems:
            raise ValueError(problems[0])
        self.tagged = tags.read(pdf)
        self._pages = {page.objgen: number for number, page in enumerate(pdf.pages)}
        self.numbers = [str(page.label) for page in pdf.pages]
        self.destinations = {
            name: place
            for name, destination in _named_destinations(pdf.Root)
            if (place := self._place(destination)) is not None
        }
        for number, page in enumerate(pdf.pages):
            for annotation in page.get("/Annots", ()):
                if annotation.get("/Subtype") == "/Link" and (jump := self.jump(annotation)) is not None:
                    left, bottom, right, top = map(float, annotation["/Rect"])
                    self.links.append(PrintedLink(number, jump, (left, bottom, right, top)))
        outlines = pdf.Root.get("/Outlines")
        self.outline = list(self._bookmarks(outlines, 0)) if outlines is not None else []

    def _bookmarks(self, parent: Any, level: int) -> Iterator[Bookmark]:
        visited = set()
        entry = parent.get("/First")
        while entry is not None:
            if entry.objgen in visited:
                raise ValueError("the outline is a circle")
            visited.add(entry.objgen)
            yield Bookmark(level, str(entry.get("/Title", "")), self.jump(entry))
            yield from self._bookmarks(entry, level + 1)
            entry = entry.get("/Next")

    def jump(self, holder: Any) -> Jump | None:
        """Return where a link or a bookmark leads; None if that is out of the document."""
        action = holder.get("/A")
        if action is not None and action.get("/S") != "/GoTo":
            return None
        target = holder.get("/Dest") if action is None else action.get("/D")
        if isinstance(target, pikepdf.Array):
            return Jump("", self._place(target))
        name = str(target).removeprefix("/") if isinstance(target, pikepdf.Name) else str(target or "")
        return Jump(name, self.destinations.get(name))

    def _place(self, destination: Any) -> Destination | None:
        """Return the place that a destination describes; None if it is on no page of the document."""
        array = destination.get("/D") if isinstance(destination, pikepdf.Dictionary) else destination
        if not isinstance(array, pikepdf.Array) or not len(array):
            return None
        first = array[0]
        page = self._pages.get(first.objgen) if isinstance(first, pikepdf.Dictionary) else first
        if not isinstance(page, int) or page not in range(len(self.numbers)):  # older programs count pages
            return None
        height = array[3] if len(array) > 3 and array[1] == "/XYZ" else None  # noqa: PLR2004 - page /XYZ left top zoom
        return Destination(page, -float(height) if height is not None else float("-inf"))


def _named_destinations(root: Any) -> Iterator[tuple[str, Any]]:
    """Yield the named destinations: those of the tree of names, and those of the older dictionary."""
    for name, destination in root.get("/Dests", {}).items():
        yield name.removeprefix("/"), destination
    tree = root.get("/Names", {}).get("/Dests")
    if tree is not None:
        yield from pikepdf.NameTree(tree).items()


def merged(links: list[PrintedLink]) -> Iterator[list[PrintedLink]]:
    """Yield the areas of each link: one that is broken over lines has several."""
    for _, areas in groupby(links, key=lambda link: (link.page, link.jump)):
        yield list(areas)
