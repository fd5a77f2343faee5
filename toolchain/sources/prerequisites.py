"""The pages that a page builds on, as its front matter names them."""

import posixpath
import re
from collections.abc import Collection, Mapping

from toolchain.model import Book, Document

SUFFIX = re.compile(r"\.(md|ipynb|rst)$")


def plain(written: str) -> str:
    """Return a name of a page as it is without what paths may have around it."""
    return SUFFIX.sub("", written.strip()).lstrip("/")


def resolve(written: str, page: Document, pages: Collection[str]) -> str:
    """Return the page that is meant: below book/, or seen from the page's folder; empty if there is none."""
    near_by = posixpath.normpath(posixpath.join(page.chapter, plain(written)))
    below = [] if written.startswith(".") else [plain(written)]
    return next((name for name in (*below, near_by) if name in pages), "")


def of_book(book: Book) -> Mapping[str, tuple[str, ...]]:
    """Return the pages that each page builds on, in reading order; pages that build on none are left out."""
    order = {page.name: number for number, page in enumerate(book.documents)}
    found = {
        page.name: {resolve(written, page, order) for written in page.prerequisites} - {"", page.name}
        for page in book.documents
        if page.prerequisites
    }
    return {name: tuple(sorted(needed, key=order.__getitem__)) for name, needed in found.items() if needed}
