"""Letters of a page: where they begin, how large they are, in which font and colour."""

import math
from typing import Any

from toolchain.forms.pdf.reading.drawn import IDENTITY, Box, Text, both, times
from toolchain.forms.pdf.reading.graphics import Canvas, SharedObjects, matrix_of

FILLED, STROKED, CLIPPING = {0, 2, 4, 6}, {1, 2, 5, 6}, 7
"""Kinds of letters: with an inside, with an outline, and only to cut with."""


class Letters(Canvas):
    """A page on which words are set."""

    def __init__(self, page: int, known: SharedObjects, resources: Any, sheet: Box) -> None:
        """Begin where the page does."""
        super().__init__(page, known, resources, sheet)
        self.line = self.place = IDENTITY
        self.leading = 0.0

    def begin_text(self, _: list[Any]) -> None:
        """Begin at the origin."""
        self.line = self.place = IDENTITY

    def set_font(self, told: list[Any]) -> None:
        """Choose a font by its name."""
        found = self.resources.get("/Font", {}).get(str(told[0]))
        if found is not None:
            self.choose_font(found, float(told[1]))

    def set_mode(self, told: list[Any]) -> None:
        """Choose whether letters are filled, outlined or unseen."""
        self.state.mode = int(told[0])

    def set_leading(self, told: list[Any]) -> None:
        """Choose how far lines are apart."""
        self.leading = float(told[0])

    def move(self, told: list[Any]) -> None:
        """Begin a line beside the last."""
        self.line = times((1, 0, 0, 1, float(told[0]), float(told[1])), self.line)
        self.place = self.line

    def move_and_lead(self, told: list[Any]) -> None:
        """Begin a line, and so far apart the next ones."""
        self.leading = -float(told[1])
        self.move(told)

    def place_text(self, told: list[Any]) -> None:
        """Begin a line anywhere."""
        self.line = self.place = matrix_of(told)

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
        if both((x, y, x, y), state.clip) is None and self.depth:
            return
        colours = [state.fill] if state.mode in FILLED and state.pattern is None else []
        colours += [state.stroke] if state.mode in STROKED else []
        size = abs(state.size) * math.hypot(c, d) * state.font.em
        opacity = state.fill_opacity if state.mode in FILLED else 1.0
        self.mark(
            Text(self.page, x, y, size, state.font, tuple(colours), self.depth > 0),
            opacity if colours else 1.0,
        )
