"""Where in the sources stands what is wrong in an artefact."""

import re
from collections.abc import Iterator
from typing import Any

import nbformat

from toolchain.check.base import BuiltBook
from toolchain.model import Document

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
"""What tells a terminal to print in another colour."""


def source(made: BuiltBook, page: str) -> str:
    """Return the path of a page."""
    if page in made.documents:
        return made.documents[page].path
    return made.facts.pages[page].path if page in made.facts.pages else ""


def lines_with(made: BuiltBook, path: str, needle: str) -> Iterator[int]:
    """Yield every line of a source that has a text."""
    line = made.line_of(path, needle)
    while line is not None:
        yield line
        line = made.line_of(path, needle, line + 1)


def reference_to(made: BuiltBook, page: str, target: str, identifier: str) -> int | None:
    """Return the line on which a page refers to an element, by any of its names, of this or another page."""
    names = {identifier, target} | {
        name
        for label in made.facts.labels
        if label.page == target and identifier in (*label.ids, *label.names)
        for name in (*label.names, *label.ids)
    }
    facts = made.facts.pages.get(page)
    for reference in facts.references if facts else ():
        if reference.target.rpartition("#")[2] in names and reference.line:
            return reference.line
    return None


def outputs(made: BuiltBook, page: Document) -> Iterator[tuple[int | None, str]]:
    """Yield the texts that the cells of a page have made, each with the line of its cell."""
    data = made.executed(page.name) if page.cells else None
    if data is None:
        return
    cells = [cell for cell in nbformat.v4.reads(data.decode()).cells if cell.cell_type == "code"]
    for declared, cell in zip(page.cells, cells, strict=False):
        for output in cell.outputs:
            for text in _texts(output):
                yield declared.line or None, COLOUR.sub("", text)


def _texts(output: Any) -> Iterator[str]:
    yield from filter(None, (output.get("text"), output.get("ename"), output.get("evalue")))
    yield from output.get("traceback", ())
    yield from (each for each in output.get("data", {}).values() if isinstance(each, str))
