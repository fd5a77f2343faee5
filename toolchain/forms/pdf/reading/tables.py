"""Reads what the tables of a tagged PDF say: cell by cell, in the order of their tags."""

import ctypes
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2.raw as pdfium
from msgspec import Struct

from toolchain.forms.pdf.reading.opened import OpenPage, OpenPages

CELLS = ("/TH", "/TD")
OTHERS = ("/Table", "/Note")
"""What is read by itself, or set elsewhere."""
BEYOND = 1.0
"""Points beyond an edge of the paper at which letters are cut."""
USUAL = 512
"""Bytes of a text that most texts have room in."""

Piece = tuple[int, int]
"""A piece of a page: the page, counted from 0, and its number there."""


class TaggedCell(Struct, frozen=True):
    """A cell of a table, as its tags have it."""

    text: str
    cut: bool
    """Whether some of its letters are not on the paper."""


class TaggedTable(Struct, frozen=True):
    """A table, as its tags have it."""

    name: str
    page: int
    """The first that shows it, counted from 0."""
    rows: tuple[tuple[TaggedCell, ...], ...]


def read(path: Path, opened: OpenPages) -> list[TaggedTable]:
    """Return the tables of a PDF that have names."""
    with pikepdf.open(path) as pdf:
        pages = {page.objgen: number for number, page in enumerate(pdf.pages)}
        names = pdf.Root.get("/StructTreeRoot", {}).get("/IDTree", {}).get("/Names", ())
        found = [
            (
                str(element.ID),
                [
                    [list(_pieces(cell, pages)) for cell in _within(row, CELLS)]
                    for row in _within(element, ("/TR",))
                ],
            )
            for element in list(names)[1::2]
            if element.S == "/Table"
        ]
    texts = _Texts(opened)
    texts.read({piece for _, rows in found for row in rows for cell in row for piece in cell})
    return [
        TaggedTable(
            name,
            min((page for row in rows for cell in row for page, _ in cell), default=0),
            tuple(tuple(texts.of(cell) for cell in row) for row in rows),
        )
        for name, rows in found
    ]


def _within(element: Any, kinds: tuple[str, ...]) -> Iterator[Any]:
    """Yield the elements of some kinds in another one, and none of those that are read by themselves."""
    todo = [kid for kid in reversed(_kids(element)) if _is_element(kid)]
    while todo:
        one = todo.pop()
        if one.S in kinds:
            yield one
        elif one.S not in OTHERS:
            todo += [kid for kid in reversed(_kids(one)) if _is_element(kid)]


def _pieces(element: Any, pages: dict[tuple[int, int], int]) -> Iterator[Piece]:
    """Yield what shows an element, in the order of its tags."""
    todo = [element]
    while todo:
        one = todo.pop()
        if not isinstance(one, pikepdf.Dictionary):
            yield one
            continue
        kids: list[Any] = []
        for kid in _kids(one):
            if isinstance(kid, int):
                kids.append((pages.get(one.Pg.objgen, 0), kid))
            elif "/MCID" in kid:
                kids.append((pages.get((kid if "/Pg" in kid else one).Pg.objgen, 0), int(kid.MCID)))
            elif _is_element(kid) and kid.S not in OTHERS:
                kids.append(kid)
        todo += reversed(kids)


def _kids(element: Any) -> list[Any]:
    kids = element.get("/K", ())
    return list(kids) if isinstance(kids, pikepdf.Array | tuple) else [kids]


def _is_element(kid: Any) -> bool:
    return isinstance(kid, pikepdf.Dictionary) and "/S" in kid


class _Texts:
    """The letters of pieces."""

    def __init__(self, opened: OpenPages) -> None:
        self._opened = opened
        self._texts: dict[Piece, list[str]] = {}
        self._cut: set[Piece] = set()

    def of(self, cell: Iterable[Piece]) -> TaggedCell:
        pieces = list(cell)
        text = "".join(part for piece in pieces for part in self._texts.get(piece, ()))
        return TaggedCell(text, any(piece in self._cut for piece in pieces))

    def read(self, wanted: set[Piece]) -> None:
        """Read pieces, page by page: to open one takes longest."""
        for number in sorted({page for page, _ in wanted}):
            opened = self._opened[number]
            edges = opened.page.get_bbox()
            for place in range(pdfium.FPDFPage_CountObjects(opened.page.raw)):
                shown = pdfium.FPDFPage_GetObject(opened.page.raw, place)
                piece = number, pdfium.FPDFPageObj_GetMarkedContentID(shown)
                if piece in wanted and pdfium.FPDFPageObj_GetType(shown) == pdfium.FPDF_PAGEOBJ_TEXT:
                    text = _text(shown, opened)
                    self._texts.setdefault(piece, []).append(text)
                    if text.strip() and _is_cut(shown, edges):
                        self._cut.add(piece)


def _text(shown: Any, opened: OpenPage, size: int = USUAL) -> str:
    buffer = ctypes.create_string_buffer(size)
    letters = ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))
    needed = int(pdfium.FPDFTextObj_GetText(shown, opened.text.raw, letters, size))
    return (
        _text(shown, opened, needed)
        if needed > size
        else buffer.raw[: needed - 2].decode("utf-16-le", "replace")
    )


def _is_cut(shown: Any, edges: tuple[float, float, float, float]) -> bool:
    sides = [ctypes.c_float() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetBounds(shown, *map(ctypes.byref, sides)):
        return False
    left, bottom, right, top = (side.value for side in sides)
    return (
        left < edges[0] - BEYOND
        or bottom < edges[1] - BEYOND
        or right > edges[2] + BEYOND
        or top > edges[3] + BEYOND
    )
