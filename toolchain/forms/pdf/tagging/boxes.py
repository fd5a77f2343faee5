"""Where on their pages pictures are: readers of tags that show or magnify a figure ask for its box."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from toolchain.forms.pdf.tagging.content import Piece

# What a note says that a finished PDF was made with is this folder: nothing of the readers of PDF decides its bytes.

Box = tuple[float, float, float, float]
"""Left, bottom, right and top."""
Matrix = tuple[float, float, float, float, float, float]

PLACED = re.compile(rb"((?:[-+.\d]+\s+){6})cm\b")
UNIT: Box = (0.0, 0.0, 1.0, 1.0)
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


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
                yield piece.owner, _placed(times(_own(shown), matrix), _extent(shown))
        elif not piece.kind:
            for placed in PLACED.findall(piece.content):
                matrix = times(tuple(map(float, placed.split())), matrix)  # type: ignore[arg-type] # there are six


def times(first: Matrix, second: Matrix) -> Matrix:
    """Return the matrix that does what the first does, and then what the second does."""
    (a, b, c, d, e, f), (g, h, i, j, k, m) = first, second
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def _placed(matrix: Matrix, box: Box) -> Box:
    """Return the smallest box around a box that a matrix has moved."""
    a, b, c, d, e, f = matrix
    points = [(a * x + c * y + e, b * x + d * y + f) for x in box[::2] for y in box[1::2]]
    across, up = zip(*points, strict=True)
    return min(across), min(up), max(across), max(up)


def _own(shown: Any) -> Matrix:
    return tuple(map(float, shown.get("/Matrix", IDENTITY)))  # type: ignore[return-value] # there are six


def _extent(shown: Any) -> Box:
    return tuple(map(float, shown.get("/BBox", UNIT)))  # type: ignore[return-value] # there are four
