"""What LaTeX has noted of its pages in the log, as toolchain-breaks.sty has it: what stands on each, in its order."""

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

NOTE = re.compile(
    r"^toolchain: (?:"
    r"(?P<what>begin|end|calls|has) (?P<kind>cell|code|output|figure|heading) (?P<number>\d+)"
    r"|foot \S+ after (?P<after>\S+)"
    r"|text (?P<bottom>[\d.]+)pt (?P<height>[\d.]+)pt"
    r"|page (?P<page>\d+))$",
    re.MULTILINE,
)
BIG_POINTS = 72 / 72.27
"""In a point of TeX."""
WITHIN = "code"
"""What a page ends after, between the code of a cell and what it has put out."""


class Note(Struct, frozen=True):
    """Something that stands on a page, or begins or ends there."""

    what: Literal["begin", "end", "calls", "has"]
    """A figure is called where the text has it, and is where LaTeX has put it."""
    kind: Literal["cell", "code", "output", "figure", "heading"]
    number: int
    """Of a figure, counted from 1 in the order of the text; of code and outputs, how many lines there are."""


class NotedPage(Struct, frozen=True):
    """A page."""

    notes: tuple[Note, ...]
    """From its head to its foot."""
    broken: tuple[int, int] | None = None
    """Of the code that goes on over its foot, how many lines stand above it, and how many there are."""
    cell: bool = False
    """Whether it ends between the code of a cell and what that has put out."""


class NotedPages(Struct, frozen=True):
    """All pages, and where on them the text stands."""

    pages: tuple[NotedPage, ...]
    bottom: float
    """Of the last line above the foot of the paper, in points of 1/72 inch."""
    height: float
    """Of the text."""


def read(log: str) -> NotedPages:
    """Read the log of LaTeX's last run. Without notes there are no pages."""
    ends: list[str] = []
    notes: list[list[Note]] = []
    bottom = height = 0.0
    after = ""
    for match in NOTE.finditer(log):
        if match["page"]:
            ends.append(after)
            notes.append([])
            after = ""
        elif match["after"]:
            after = match["after"]
        elif match["bottom"]:
            bottom, height = float(match["bottom"]) * BIG_POINTS, float(match["height"]) * BIG_POINTS
        elif notes:
            notes[-1].append(_note(match))
    return NotedPages(tuple(map(_page, ends, notes)), bottom, height)


def _note(match: re.Match[str]) -> Note:
    return Note(match["what"], match["kind"], int(match["number"]))  # type: ignore[arg-type]


def _page(after: str, notes: list[Note]) -> NotedPage:
    line, slash, lines = after.partition("/")
    return NotedPage(tuple(notes), (int(line), int(lines)) if slash else None, after == WITHIN)


def intruders(pages: tuple[NotedPage, ...]) -> Iterator[tuple[int, int]]:
    """Yield each figure that stands within code or an output, or between the two of a cell: its page and its number.

    A cell's own figure is no intruder.
    """
    own: set[int] = set()
    between: list[tuple[int, int]] = []
    opened = seam = False
    for page, noted in enumerate(pages):
        for note in noted.notes:
            if note.what == "calls":
                own.add(note.number)
            elif note.kind == "heading":
                continue
            elif note.what == "has" and opened:
                yield page, note.number
            elif note.what == "has" and seam and note.number not in own:
                between.append((page, note.number))
            elif note.what == "begin":
                if note.kind == "output":
                    yield from between
                opened, seam = True, False
            elif note.what == "end":
                opened, seam = False, note.kind != "cell"
                own.clear()
                between.clear()
