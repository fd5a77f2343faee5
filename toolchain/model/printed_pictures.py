"""Where the pictures of the printed book come from, as its writer tells those who look at the PDF."""

from msgspec import Struct

SUFFIX = ".pictures.json"
"""Of the file beside SLUG.tex that has the pictures."""


class PrintedPicture(Struct, frozen=True, gc=False):
    """A picture of the printed book."""

    page: str
    """The name of the page of the book that shows it."""
    line: int | None
    path: str
    """Its file, relative to the project; empty of what a cell has drawn."""


class PrintedPictures(Struct, frozen=True):
    """All pictures of a book."""

    pictures: dict[str, PrintedPicture] = {}
    """By the numbers that they have in LaTeX."""
