"""What is drawn on the pages of a PDF, as records: letters, paths, pictures, shades, each with its place, size and colour."""

import math
from typing import NamedTuple

from toolchain.forms.pdf.reading.fonts import Font
from toolchain.forms.pdf.reading.inks import Colour

Box = tuple[float, float, float, float]
"""Left, bottom, right and top, in points from the lower left corner of the page."""
Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Text(NamedTuple):
    """Letters that are shown in one go."""

    page: int
    x: float
    """Of the first letter's origin."""
    y: float
    size: float
    """In points, on the page; 0 if it is not known."""
    font: Font
    colours: tuple[Colour, ...]
    """Of the letters and of their outlines; none of letters that cannot be seen."""
    figure: bool
    """Whether they are part of a drawing that was made elsewhere: a form XObject or a pattern."""
    drawing: int = 0
    """The number of that drawing's object; 0 if they are part of none."""


class Path(NamedTuple):
    """A line, an area, or both."""

    page: int
    box: Box
    """As far as it is seen."""
    fill: Colour | None
    stroke: Colour | None
    opacity: float
    """Of the area, from 0 to 1."""
    width: float
    """In points, of its line, or of an area that is as narrow as one; infinite of what is no line."""
    figure: bool
    drawing: int = 0


class Image(NamedTuple):
    """A picture of pixels."""

    page: int
    box: Box
    pixels: tuple[int, int]
    size: tuple[float, float]
    """Width and height in points, as it is printed."""
    coloured: bool
    """Whether it is stored so that it can have colours."""

    @property
    def resolution(self) -> float:
        """Pixels per inch, along the side that has fewer; along one with a single pixel there is nothing to be seen."""
        pairs = zip(self.pixels, self.size, strict=True)
        return min((72 * pixels / size if size and pixels > 1 else math.inf) for pixels, size in pairs)


class Shade(NamedTuple):
    """An area that goes from one colour to another."""

    page: int
    box: Box
    coloured: bool


class SeenThrough(NamedTuple):
    """Something through which what lies below is seen."""

    page: int
    box: Box
    how: str
    """Such as `an opacity of 50 %`."""


Mark = Text | Path | Image | Shade | SeenThrough


class DrawnPage(NamedTuple):
    """All that is drawn on a page."""

    number: int
    """Counted from 0."""
    trim: Box
    marks: tuple[Mark, ...]
    fonts: tuple[Font, ...]
    """Those that are used, in what lies upon the page too, such as the fields of a form."""


def times(first: Matrix, second: Matrix) -> Matrix:
    """Return the matrix that does what the first does, and then what the second does."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def moved(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """Return where a matrix moves a point."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def bounding_box(points: list[tuple[float, float]]) -> Box:
    """Return the smallest box that has all of some points in it."""
    across, up = zip(*points, strict=True)
    return min(across), min(up), max(across), max(up)


def corners(matrix: Matrix, box: Box) -> list[tuple[float, float]]:
    """Return where a matrix moves the corners of a box, from the lower left one on, anticlockwise."""
    left, bottom, right, top = box
    return [moved(matrix, x, y) for x, y in ((left, bottom), (right, bottom), (right, top), (left, top))]


def intersection(one: Box, other: Box) -> Box | None:
    """Return the box that two boxes have in common; None if they do not even touch."""
    box = max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])
    return box if box[0] <= box[2] and box[1] <= box[3] else None
