"""Reads which drawing of a PDF is which picture of the book: LaTeX takes over what a picture draws, byte for byte."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf

from toolchain.base.decoding import read_json, read_loosely
from toolchain.base.files import sha256_bytes
from toolchain.forms.pdf.reading.painter import BROKEN
from toolchain.model.printed_pictures import SUFFIX, PrintedPicture, PrintedPictures

INCLUDED = re.compile(
    r"\\booktagpicture\{(?P<number>\d+)\}\\sphinxincludegraphics(?:\[[^\]]*\])?\{\{(?P<stem>[^}]*)\}\.pdf\}"
)
"""A picture as the book's LaTeX has it."""


def origins(pdf: Path, made: Path, text: Path) -> dict[int, PrintedPicture]:
    """Return the pictures of the book by the numbers of the objects that draw them in a PDF.

    `made` is the PDF as LaTeX has left it: what draws a picture may have got other colours since, under the same name.
    `text` is the book's LaTeX.
    """
    noted = read_json(text.with_suffix(SUFFIX), PrintedPictures)
    known: dict[str, PrintedPicture] = {}
    for found in INCLUDED.finditer(read_loosely(text)) if noted else ():
        picture = noted.pictures.get(found["number"]) if noted else None
        if picture and (digest := _digest_of_file(text.with_name(f"{found['stem']}.pdf"))):
            known.setdefault(digest, picture)
    return dict(_drawn(pdf, made, known)) if known else {}


def _drawn(pdf: Path, made: Path, known: dict[str, PrintedPicture]) -> Iterator[tuple[int, PrintedPicture]]:
    digests = {key: _digest(form) for key, form in _forms(made)} if made.is_file() else {}
    for key, form in _forms(pdf):
        picture = known.get(_digest(form)) or known.get(digests.get(key, ""))
        if picture:
            yield form.objgen[0], picture


def _forms(path: Path) -> Iterator[tuple[tuple[int, str], Any]]:
    """Yield the drawings of a PDF by their pages and their names there."""
    with pikepdf.open(path) as pdf:
        for number, page in enumerate(pdf.pages):
            for name, drawing in page.obj.get("/Resources", {}).get("/XObject", {}).items():
                if drawing.get("/Subtype") == "/Form":
                    yield (number, name), drawing


def _digest(form: Any) -> str:
    return sha256_bytes(form.read_bytes().strip())


def _digest_of_file(path: Path) -> str:
    """Return the digest of what the first page of a file draws; empty if it cannot be read."""
    try:
        with pikepdf.open(path) as pdf:
            contents = pdf.pages[0].obj.Contents
            streams = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
            return sha256_bytes(b"".join(stream.read_bytes() for stream in streams).strip())
    except (OSError, *BROKEN):
        return ""
