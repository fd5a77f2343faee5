"""Keys and tags of cells that nobody reads, and that are nearly what somebody reads: MyST-NB passes over them and says nothing.

A cell may have tags and keys of its own, for a style sheet or another program; only what is almost a known one is a slip.
"""

import dataclasses
import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct
from myst_nb.core.config import NbParserConfig, Section
from nbformat import NotebookNode

from toolchain.model import Slip

UNKNOWN = "unknown"
TAGS = frozenset(
    [
        # What MyST-NB hides and removes, and how it runs a cell.
        "hide-cell",
        "hide-input",
        "hide-output",
        "remove-cell",
        "remove-input",
        "remove-output",
        "remove-stderr",
        "remove-stdout",
        "remove_cell",
        "remove_input",
        "remove_output",
        "output_scroll",
        "scroll-output",
        "raises-exception",
        "skip-execution",
        # The theme's and papermill's.
        "full-width",
        "injected-parameters",
        "margin",
        "parameters",
        "popout",
        # The toolchain's own.
        "replace",
        "save",
    ]
)
CELL = ("tags", "mystnb", "load")
"""Keys of a cell that are read."""
MYSTNB = {
    str(field.metadata.get("cell_key", field.name))
    for field in dataclasses.fields(NbParserConfig)
    if Section.cell_lvl in field.metadata.get("sections", ())
}
"""Keys below `mystnb`."""
BELOW = {
    "figure": ("align", "caption", "caption_before", "classes", "name"),
    "image": ("align", "alt", "classes", "height", "scale", "width"),
}
"""Keys below those."""
OWN = frozenset(["class", "loading"])
"""Keys that another version reads."""
LIKE_TAG, LIKE_KEY = 0.8, 0.75
"""How much alike, of 1, what is meant is to what is written."""


class _Cell(Struct, frozen=True):
    """A cell as it says of itself, and where that stands."""

    metadata: dict[str, Any]
    name: str
    lines: dict[int, str]
    """Of its source, by their numbers; none of an .ipynb."""

    def line_of(self, written: str) -> int | None:
        """Return the first line with what is written; where there are lines and none has it, the cell's first."""
        return next((n for n, text in self.lines.items() if written in text), min(self.lines, default=None))


def slips_of_cells(notebook: NotebookNode, starts: list[int | None], text: str) -> Iterator[Slip]:
    """Yield the slips of each cell: `starts` are the lines, counted from 0, at which their sources begin, None in an .ipynb."""
    lines = text.splitlines()
    bounds = [*(start for start in starts if start is not None), len(lines)]
    for number, (cell, start) in enumerate(zip(notebook.cells, starts, strict=True), start=1):
        own: dict[int, str] = {}
        if start is not None:
            # A block break, which has what is said of a cell of Markdown, stands before it.
            first = start - 1 if cell.cell_type == "code" else max(start - 2, 0)
            end = min(bound for bound in bounds if bound > start or bound == len(lines))
            own = {n: lines[n - 1] for n in range(first + 1, end + 1)}
        yield from _of_cell(_Cell(dict(cell.metadata), "" if own else f"cell {number}: ", own))


def _of_cell(cell: _Cell) -> Iterator[Slip]:
    tags = cell.metadata.get("tags")
    for tag in tags if isinstance(tags, list) else ():
        if isinstance(tag, str) and (meant := _meant(tag, TAGS, LIKE_TAG)):
            yield _slip(cell, f"{cell.name}nobody knows the tag {tag}", tag, meant)
    yield from _of_keys(cell, cell.metadata, CELL, "")
    options = cell.metadata.get("mystnb")
    if isinstance(options, dict):
        yield from _of_keys(cell, options, MYSTNB, "mystnb.")
        for name, known in BELOW.items():
            if isinstance(below := options.get(name), dict):
                yield from _of_keys(cell, below, known, f"mystnb.{name}.")


def _of_keys(cell: _Cell, written: Mapping[str, Any], known: Iterable[str], before: str) -> Iterator[Slip]:
    for key in written:
        if key not in OWN and (meant := _meant(str(key), known, LIKE_KEY)):
            yield _slip(cell, f"{cell.name}nobody knows the key {before}{key} of a cell", str(key), meant)


def _slip(cell: _Cell, message: str, written: str, meant: str) -> Slip:
    return Slip(kind=UNKNOWN, message=message, remedy=f"Did you mean {meant}?", line=cell.line_of(written))


def _meant(written: str, known: Iterable[str], like: float) -> str:
    """Return what is meant by a name that is nearly one of those known; empty if it is one, or like none."""
    names = sorted(known)
    if written in names:
        return ""
    by_letters = {_letters(name): name for name in reversed(names)}
    alike = difflib.get_close_matches(written.lower(), names, n=1, cutoff=like)
    return by_letters.get(_letters(written)) or next(iter(alike), "")


def _letters(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())
