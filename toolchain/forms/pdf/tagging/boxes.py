"""Where on their pages pictures are: readers of tags that show or magnify a figure ask for its box."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from toolchain.forms.pdf.reading.drawn import IDENTITY, Box, Matrix, bounding_box, corners, times
from toolchain.forms.pdf.tagging.content import Piece

PLACED = re.compile(rb"((?:[-+.\d]+\s+){6})cm\b")
UNIT: Box = (0.0, 0.0, 1.0, 1.0)


def of_pictures(pieces: Iterable[Piece], resources: Any) -> Iterator[tuple[object, Box]]:
    """Yield the owner of each picture or drawing of a page that is shown by its name, with its box in points."""
    objects = resources.get("/XObject", {})
    stack: list[Matrix] = []
    matrix = IDENTITY
    for piece in pieces:
        if piece.kind == "state":
            if piece.content == b"q":
                stack.append(matrix)
            elif stack:
                matrix = stack.pop()
        elif piece.kind == "object":
            shown = objects.get(piece.content.split()[0].decode("latin-1"))
            if shown is not None:
                yield piece.owner, bounding_box(corners(times(_own(shown), matrix), _extent(shown)))
        elif not piece.kind:
            for placed in PLACED.findall(piece.content):
                matrix = times(tuple(map(float, placed.split())), matrix)  # type: ignore[arg-type] # there are six


def _own(shown: Any) -> Matrix:
    return tuple(map(float, shown.get("/Matrix", IDENTITY)))  # type: ignore[return-value] # there are six


def _extent(shown: Any) -> Box:
    return tuple(map(float, shown.get("/BBox", UNIT)))  # type: ignore[return-value] # there are four
