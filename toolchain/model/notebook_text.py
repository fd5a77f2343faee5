"""What the Sphinx builder `notebooks` leaves of a page, for `bundles` to make a notebook of."""

from pathlib import Path

import msgspec
from msgspec import Struct

PARTS = ".json"
PAGE = "page:/"
"""Begins the address of another page, until it is known in which bundle it lies."""


class CellText(Struct, frozen=True, omit_defaults=True):
    """A cell of the notebook to be: Markdown, or a place for a code cell of the page."""

    markdown: str = ""
    code: int | None = None
    """Position of the code cell among all cells of the page's notebook, counted from 0."""
    place: int | None = None
    """Position among them of the cell that the Markdown comes from; None if it comes from none."""


class PageText(Struct, frozen=True):
    """The text of a page."""

    parts: tuple[CellText, ...]
    files: dict[str, str] = {}
    """The images that it shows and the files that it offers: relative to the project, by their paths in archives."""


def is_there(folder: Path, page: str) -> bool:
    """Say whether the builder has left anything of a page: it has not if conf.py takes the page from Sphinx."""
    return (folder / f"{page}{PARTS}").is_file()


def read(folder: Path, page: str) -> PageText:
    """Read what the builder has left of a page."""
    return msgspec.json.decode((folder / f"{page}{PARTS}").read_bytes(), type=PageText)
