"""What holds while a page is drawn, until it is changed: where, in which colours, how transparent."""

from abc import ABC, abstractmethod
from typing import Any

import pikepdf

from toolchain.forms.pdf.reading import inks
from toolchain.forms.pdf.reading.drawn import IDENTITY, Box, Mark, Matrix, SeenThrough, Text, times
from toolchain.forms.pdf.reading.fonts import Font, font_of
from toolchain.forms.pdf.reading.inks import BLACK, Colour, Space

PLAIN_MODES = ("/Normal", "/Compatible")


def matrix_of(told: Any) -> Matrix:
    """Return the matrix that six numbers are."""
    a, b, c, d, e, f = map(float, told)
    return a, b, c, d, e, f


class SharedObjects:
    """What is read once for all pages: fonts, and what drawings tell to draw."""

    def __init__(self) -> None:
        """Nothing is read yet."""
        self._fonts: dict[tuple[int, int], Font] = {}
        self._told: dict[tuple[int, int], Any] = {}

    def font(self, told: Any) -> Font:
        """Read a font, once."""
        key = told.objgen
        if not key[0] or key not in self._fonts:
            self._fonts[key] = font_of(told)
        return self._fonts[key]

    def told(self, stream: Any) -> Any:
        """Return the operators of a stream; those of a drawing are read once."""
        key = stream.objgen
        if not key[0] or stream.get("/Type") == "/Page":
            return pikepdf.parse_content_stream(stream)
        if key not in self._told:
            self._told[key] = pikepdf.parse_content_stream(stream)
        return self._told[key]


class State:
    """What holds until it is changed."""

    __slots__ = (
        "blend",
        "clip",
        "fill",
        "fill_opacity",
        "fill_space",
        "font",
        "masked",
        "matrix",
        "mode",
        "pattern",
        "size",
        "stroke",
        "stroke_opacity",
        "stroke_space",
        "width",
    )  # fmt: skip

    def __init__(self, matrix: Matrix, clip: Box) -> None:
        """Begin as every page does."""
        self.matrix, self.clip = matrix, clip
        self.fill_space = self.stroke_space = inks.GREY
        self.fill = self.stroke = BLACK
        self.fill_opacity = self.stroke_opacity = 1.0
        self.blend, self.masked = "/Normal", False
        self.width, self.size, self.mode = 1.0, 0.0, 0
        self.font: Font | None = None
        self.pattern: Any = None

    def copy(self) -> "State":
        """Return what can be changed without changing this."""
        other = object.__new__(State)
        for each in self.__slots__:
            setattr(other, each, getattr(self, each))
        return other


class Canvas(ABC):
    """A page, with all that holds on it, and the list of what is drawn."""

    def __init__(self, page: int, known: SharedObjects, resources: Any, sheet: Box) -> None:
        """`sheet` is the paper."""
        self.marks: list[Mark] = []
        self.fonts: dict[Font, None] = {}
        self.page, self.known, self.resources = page, known, resources
        self.state = State(IDENTITY, sheet)
        self.base = IDENTITY
        """Where patterns count from."""
        self.depth = 0
        """In how many drawings what is drawn is."""

    @abstractmethod
    def tile(self, pattern: Any, seen: Box) -> None:
        """Fill an area with a pattern."""

    def concat(self, told: list[Any]) -> None:
        """Place what follows."""
        self.state.matrix = times(matrix_of(told), self.state.matrix)

    def set_width(self, told: list[Any]) -> None:
        """Choose how wide lines are."""
        self.state.width = float(told[0])

    def set_space(self, told: list[Any], *, stroke: bool) -> None:
        """Choose how colours are told."""
        space = inks.space_of(told[0], self.resources)
        self.set_colour(space, space.initial, stroke=stroke)

    def set_colour(self, space: Space, colour: Colour, *, stroke: bool) -> None:
        """Choose a colour."""
        if stroke:
            self.state.stroke_space, self.state.stroke = space, colour
        else:
            self.state.fill_space, self.state.fill, self.state.pattern = space, colour, None

    def choose(self, told: list[Any], *, stroke: bool) -> None:
        """Choose a colour, or a pattern, of the space that was chosen."""
        space = self.state.stroke_space if stroke else self.state.fill_space
        if space.kind == "pattern":
            if not stroke and told and isinstance(told[-1], pikepdf.Name):
                self.state.pattern = self.resources.get("/Pattern", {}).get(str(told[-1]))
        else:
            self.set_colour(space, space.colour(list(map(float, told))), stroke=stroke)

    def set_graphics(self, told: list[Any]) -> None:
        """Choose several things at once."""
        its = self.resources.get("/ExtGState", {}).get(str(told[0]), {})
        state = self.state
        state.fill_opacity = float(its.get("/ca", state.fill_opacity))
        state.stroke_opacity = float(its.get("/CA", state.stroke_opacity))
        state.width = float(its.get("/LW", state.width))
        if "/BM" in its:
            mode = its["/BM"]
            state.blend = str(mode if isinstance(mode, pikepdf.Name) else mode[0])
        if "/SMask" in its:
            state.masked = not isinstance(its["/SMask"], pikepdf.Name)
        if "/Font" in its:
            self.choose_font(its["/Font"][0], float(its["/Font"][1]))

    def mark(self, mark: Mark, opacity: float = 1.0) -> None:
        """Write down what is drawn, and that it is seen through."""
        box = (mark.x, mark.y, mark.x, mark.y) if isinstance(mark, Text) else mark.box
        if opacity < 1:
            self.marks.append(SeenThrough(self.page, box, f"an opacity of {100 * opacity:.3g} %"))
        if self.state.masked:
            self.marks.append(SeenThrough(self.page, box, "a soft mask"))
        if self.state.blend not in PLAIN_MODES:
            self.marks.append(SeenThrough(self.page, box, f"the blend mode {self.state.blend[1:]}"))
        if opacity > 0:
            self.marks.append(mark)

    def choose_font(self, font: Any, size: float) -> None:
        """Choose a font."""
        self.state.font, self.state.size = self.known.font(font), size
