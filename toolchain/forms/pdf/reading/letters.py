"""Letters of a page: where they begin, how large they are, in which font and colour."""

import math
from typing import Any

from toolchain.forms.pdf.reading.drawn import IDENTITY, Box, Text, intersection, times
from toolchain.forms.pdf.reading.graphics import Canvas, SharedObjects, matrix_of

FILLED, STROKED, CLIPPING = {0, 2, 4, 6}, {1, 2, 5, 6}, 7
"""Kinds of letters: with an inside, with an outline, and only to cut with."""


class Letters(Canvas):
    """A page on which words are set."""

    def __init__(self, page: int, shared: SharedObjects, resources: Any, sheet: Box) -> None:
        """Begin where the page does."""
        super().__init__(page, shared, resources, sheet)
        self.line = self.place = IDENTITY
        self.leading = 0.0

    def begin_text(self, _: list[Any]) -> None:
        """Begin at the origin."""
        self.line = self.place = IDENTITY

    def set_font(self, operands: list[Any]) -> None:
        """Choose a font by its name."""
        font = self.resources.get("/Font", {}).get(str(operands[0]))
        if font is not None:
            self.choose_font(font, float(operands[1]))

    def set_mode(self, operands: list[Any]) -> None:
        """Choose whether letters are filled, outlined or unseen."""
        self.state.mode = int(operands[0])

    def set_leading(self, operands: list[Any]) -> None:
        """Choose how far lines are apart."""
        self.leading = float(operands[0])

    def move(self, operands: list[Any]) -> None:
        """Begin a line beside the last."""
        self.line = times((1, 0, 0, 1, float(operands[0]), float(operands[1])), self.line)
        self.place = self.line

    def move_and_lead(self, operands: list[Any]) -> None:
        """Begin a line beside the last, and let the next ones be as far apart."""
        self.leading = -float(operands[1])
        self.move(operands)

    def place_text(self, operands: list[Any]) -> None:
        """Begin a line anywhere."""
        self.line = self.place = matrix_of(operands)

    def next_line(self, *_: Any) -> None:
        """Begin the next line."""
        self.move([0, -self.leading])

    def show_on_next_line(self, *_: Any) -> None:
        """Show letters on the next line."""
        self.next_line()
        self.show()

    def show(self, *_: Any) -> None:
        """Show letters."""
        state = self.state
        if state.font is None:
            return
        self.fonts[state.font] = None
        if state.mode == CLIPPING:
            return
        matrix = times(self.place, state.matrix)
        c, d, x, y = matrix[2:]
        if intersection((x, y, x, y), state.clip) is None and self.depth:
            return
        colours = [state.fill] if state.mode in FILLED and state.pattern is None else []
        colours += [state.stroke] if state.mode in STROKED else []
        size = abs(state.size) * math.hypot(c, d) * state.font.em
        opacity = state.fill_opacity if state.mode in FILLED else 1.0
        self.mark(
            Text(self.page, x, y, size, state.font, tuple(colours), self.depth > 0, self.drawing),
            opacity if colours else 1.0,
        )
