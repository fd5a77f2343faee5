"""Lines that results and errors are printed in: coloured on a terminal, plain text elsewhere.

No line is broken but by the terminal itself: a path or a command that is copied from there is then whole. What draws, or
has columns to break, is a console (`messages.console`), which takes far longer to import than an unchanged book to answer.
"""

import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Protocol

from toolchain.base import terminal

DUMB = ("dumb", "unknown")
"""What a terminal is called on which nothing can be drawn."""
COLOURS = {"red": "31", "green": "32", "yellow": "33"}
STYLES = {**COLOURS, "bold": "1", "dim": "2"}
WIDE = ("W", "F")
"""Widths of characters, as Unicode calls them, that take two columns."""
SPACE = "  "
"""Between two columns."""


class Printer(Protocol):
    """Something that lines are printed on."""

    def print(self, text: str, /, *, style: str = "") -> None:
        """Print a text, in one of STYLES if any."""


class Lines:
    """Standard output, or standard error, as lines are printed there."""

    def __init__(self, *, stderr: bool = False) -> None:
        """Print to whatever the stream is now."""
        stream = sys.stderr if stderr else sys.stdout
        self.is_terminal = stream.isatty()
        self._styles = _styles() if self.is_terminal else {}
        # Beside what looks through all that is written: colours are commands to a terminal.
        self._stream = getattr(stream, "unfiltered", stream)

    def print(self, text: str, /, *, style: str = "") -> None:
        """Print a text without what a terminal would obey, and without what lets somebody in."""
        text = terminal.message(text)
        if code := self._styles.get(style):
            text = "\n".join(f"\x1b[{code}m{line}\x1b[0m" if line else line for line in text.split("\n"))
        self._stream.write(f"{text}\n")
        self._stream.flush()


def _styles() -> dict[str, str]:
    """Return what a terminal is told for each style: who wants no colours has nothing against bold letters."""
    if os.environ.get("TERM", "").lower() in DUMB:
        return {}
    return {
        name: code for name, code in STYLES.items() if not (os.environ.get("NO_COLOR") and name in COLOURS)
    }


def table(rows: Iterable[Sequence[str]], *, right: frozenset[int] = frozenset()) -> list[str]:
    """Return the lines of a table, each column as wide as its widest cell; those of these numbers are aligned right."""
    cells = [[terminal.message(cell) for cell in row] for row in rows]
    widths = [max(map(_columns, column)) for column in zip(*cells, strict=True)]
    return [
        SPACE.join(
            _padded(cell, width, right=n in right)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    ]


def _padded(cell: str, width: int, *, right: bool) -> str:
    space = " " * (width - _columns(cell))
    return space + cell if right else cell + space


def _columns(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in WIDE else 1
        for char in text
    )
