"""Reads what a PDF is besides its text: the boxes of its pages, which of them are empty, and what only a screen can do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
from msgspec import Struct

BOXES = ("mediabox", "cropbox", "trimbox", "artbox")
PAINTING = frozenset(
    ("Tj", "TJ", "'", '"', "f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh", "Do", "INLINE")
)
"""Operators that leave something on the page."""
POINTS = 72 / 25.4
"""In a millimetre."""


class Box(Struct, frozen=True):
    """A box of a page, in millimetres."""

    left: float
    bottom: float
    width: float
    height: float


class Sheet(Struct, frozen=True):
    """A page as a printer takes it."""

    boxes: dict[str, Box]
    """By their names in the PDF, such as `TrimBox`; one that is not there is as large as that in which it is."""
    rotation: int
    """In degrees."""
    annotations: tuple[str, ...]
    """What kinds of them it has."""
    actions: bool
    """Whether something happens when it is shown."""
    marks: bool
    """Whether anything is painted on it."""


class Sheets(Struct, frozen=True):
    """A PDF as a printer takes it."""

    pages: tuple[Sheet, ...]
    encrypted: bool
    metadata: dict[str, str]
    """Who wrote what with which program; the empty name stands for a stream of it in XML."""
    language: str
    bookmarks: bool
    extras: tuple[str, ...]
    """What else only a screen has, in words."""


def read(path: Path, texts: list[str]) -> Sheets:
    """Read a PDF of whose pages these are the texts: what has text is not empty, and need not be parsed."""
    with pikepdf.open(path) as pdf:
        with_text = (bool(text.strip()) for text in texts)
        return Sheets(
            pages=tuple(
                _sheet(page, written=written) for page, written in zip(pdf.pages, with_text, strict=True)
            ),
            encrypted=pdf.is_encrypted,
            metadata=_metadata(pdf),
            language=str(pdf.Root.get("/Lang", "")),
            bookmarks="/First" in pdf.Root.get("/Outlines", {}),
            extras=tuple(_extras(pdf.Root)),
        )


def _sheet(page: pikepdf.Page, *, written: bool) -> Sheet:
    return Sheet(
        boxes={f"{name[:-3].title()}Box": _box(getattr(page, name)) for name in BOXES},
        rotation=int(page.rotation) % 360,
        annotations=tuple(
            str(annotation.get("/Subtype", "")).strip("/") for annotation in page.get("/Annots", ())
        ),
        actions="/AA" in page.obj,
        marks=written or _painted(page),
    )


def _box(box: Any) -> Box:
    left, bottom, right, top = (float(edge) / POINTS for edge in box)
    return Box(left, bottom, right - left, top - bottom)


def _painted(page: pikepdf.Page) -> bool:
    """Say whether a page paints anything; its ground, which xdvipdfmx saves and restores, does not count."""
    return any(
        str(instruction.operator).partition(" ")[0] in PAINTING
        for instruction in pikepdf.parse_content_stream(page)
    )


def _metadata(pdf: pikepdf.Pdf) -> dict[str, str]:
    entries = (
        {str(name).strip("/"): str(value) for name, value in pdf.docinfo.items()}
        if "/Info" in pdf.trailer
        else {}
    )
    return entries | ({"": "XMP"} if "/Metadata" in pdf.Root else {})


def _extras(root: Any) -> Iterator[str]:
    names = root.get("/Names", {})
    if "/JavaScript" in names:
        yield "scripts"
    if "/EmbeddedFiles" in names or "/AF" in root:
        yield "attached files"
    if len(root.get("/AcroForm", {}).get("/Fields", ())):
        yield "a form"
    opening = root.get("/OpenAction")
    if "/AA" in root or (isinstance(opening, pikepdf.Dictionary) and opening.get("/S") != "/GoTo"):
        yield "an action"
