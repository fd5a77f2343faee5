"""Lines and areas of a page: their boxes, and how narrow they are."""

import math
from typing import Any

from toolchain.forms.pdf.reading.drawn import Box, Path, bounding_box, corners, intersection, moved
from toolchain.forms.pdf.reading.graphics import Canvas, SharedObjects

SLENDER = 4
"""An area is a line if it is so many times longer than wide."""
SHORTEST = 3.0
"""Points; a shorter area is a dot."""
PATH_PAINTING: dict[str, str] = {
    "f": "f",
    "F": "f",
    "f*": "f",
    "S": "s",
    "s": "s",
    "B": "fs",
    "B*": "fs",
    "b": "fs",
    "b*": "fs",
    "n": "",
}
"""What becomes of a path, by its operator: it is filled (f), stroked (s), both, or neither."""


class Paths(Canvas):
    """A page on which lines and areas are drawn."""

    def __init__(self, page: int, shared: SharedObjects, resources: Any, sheet: Box) -> None:
        """Begin the first path."""
        super().__init__(page, shared, resources, sheet)
        self.begin_path()

    def begin_path(self) -> None:
        """Forget the last path."""
        self.points: list[tuple[float, float]] = []
        self.areas: list[Box] = []
        self.only_areas = True
        self.cutting = False

    def go(self, operands: list[Any]) -> None:
        """Go on to a point, or along a curve."""
        for x, y in zip(operands[::2], operands[1::2], strict=True):
            self.points.append(moved(self.state.matrix, float(x), float(y)))
        self.only_areas = False

    def rectangle(self, operands: list[Any]) -> None:
        """Add a rectangle."""
        x, y, width, height = map(float, operands)
        points = corners(self.state.matrix, (x, y, x + width, y + height))
        self.points += points
        self.areas.append(bounding_box(points))

    def cut(self, _: list[Any]) -> None:
        """Say that what follows is seen within the path only."""
        self.cutting = True

    def end_path(self, painting: str) -> None:
        """Draw the path, as a value of PATH_PAINTING says, and let it cut what follows if it is to."""
        state = self.state
        if self.points:
            box = bounding_box(self.points)
            if painting and (visible := intersection(box, state.clip)) is not None:
                self._mark_path(painting, visible)
            if self.cutting:
                state.clip = intersection(box, state.clip) or (0.0, 0.0, -1.0, -1.0)
        self.begin_path()

    def _mark_path(self, painting: str, visible: Box) -> None:
        state = self.state
        fill = state.fill if "f" in painting else None
        stroke = state.stroke if "s" in painting else None
        if fill is not None and state.pattern is not None:
            self.tile(state.pattern, visible)
            fill = None
            if stroke is None:
                return
        width = self._width() if stroke is not None and stroke.printed else math.inf
        narrow = fill is not None and fill.printed and self.only_areas
        for left, bottom, right, top in self.areas if narrow else ():
            short, long = sorted((right - left, top - bottom))
            if long >= SHORTEST and long >= SLENDER * short:
                width = min(width, short)
        opacity = min(
            state.fill_opacity if fill is not None else 1.0,
            state.stroke_opacity if stroke is not None else 1.0,
        )
        path = Path(self.page, visible, fill, stroke, state.fill_opacity, width, self.depth > 0, self.drawing)
        self.mark(path, opacity)

    def _width(self) -> float:
        """Return how wide lines are on the page, in points."""
        a, b, c, d, *_ = self.state.matrix
        return self.state.width * math.sqrt(abs(a * d - b * c))
