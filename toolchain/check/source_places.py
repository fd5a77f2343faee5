"""Finds the places in the sources that a fault of an artefact comes from."""

import re
from collections.abc import Iterator
from typing import Any

from toolchain.check.base import ReadBook
from toolchain.model import Document, Finding
from toolchain.model.files import cell_of

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
"""Escape sequences with which a terminal changes the colour."""


def source(built: ReadBook, page: str) -> str:
    """Return the path of a page's source; empty if there is no such page."""
    return built.documents[page].path if page in built.documents else ""


def lines_with(built: ReadBook, path: str, needle: str) -> Iterator[int]:
    """Yield every line of a source that has a text."""
    line = built.line_of(path, needle)
    while line is not None:
        yield line
        line = built.line_of(path, needle, line + 1)


def reference_to(built: ReadBook, page: str, target: str, identifier: str) -> int | None:
    """Return the line on which a page refers to an element, by any of its names, of this or another page."""
    names = {identifier, target} | {
        name
        for label in built.facts.labels
        if label.page == target and identifier in (*label.ids, *label.names)
        for name in (*label.names, *label.ids)
    }
    facts = built.facts.pages.get(page)
    for reference in facts.references if facts else ():
        if reference.target.rpartition("#")[2] in names and reference.line:
            return reference.line
    return None


def cell_line(built: ReadBook, warning: Finding) -> int | None:
    """Return the first line of the code of the cell that a warning is about.

    MyST-NB gives outputs the second line after the one that begins their cell: its options may come next, and then its code.
    In an .ipynb the place is the cell.
    """
    return line_of_cell(built, warning.path, warning.line)


def line_of_cell(built: ReadBook, path: str, line: int | None) -> int | None:
    """Return the first line of the code of the cell whose outputs have a line, as MyST-NB counts."""
    if cell_of(path, line):
        return line
    cells = (cell for document in built.book.documents if document.path == path for cell in document.cells)
    return next((cell.line for cell in cells if line and cell.line >= line - 1), line)


def outputs(built: ReadBook, page: Document) -> Iterator[tuple[int | None, str]]:
    """Yield the texts of the outputs of a page's cells, each with the line of its cell."""
    for declared, cell in zip(page.cells, built.result(page.name) if page.cells else (), strict=False):
        for output in cell.outputs:
            for text in _texts(output):
                yield declared.line or None, COLOUR.sub("", text)


def _texts(output: Any) -> Iterator[str]:
    yield from filter(None, (output.get("text"), output.get("ename"), output.get("evalue")))
    yield from output.get("traceback", ())
    yield from (content for content in output.get("data", {}).values() if isinstance(content, str))
