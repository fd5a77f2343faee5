"""What holds while a page is drawn, until it is changed: where, in which colours, how transparent."""

from abc import ABC, abstractmethod
from typing import Any

import pikepdf

from toolchain.forms.pdf.reading import inks
from toolchain.forms.pdf.reading.drawn import IDENTITY, Box, Mark, Matrix, SeenThrough, Text, times
from toolchain.forms.pdf.reading.fonts import Font, font_of
from toolchain.forms.pdf.reading.inks import BLACK, Colour, Space

PLAIN_MODES = ("/Normal", "/Compatible")


def matrix_of(numbers: Any) -> Matrix:
    """Return the matrix that six numbers are."""
    a, b, c, d, e, f = map(float, numbers)
    return a, b, c, d, e, f


class SharedObjects:
    """What is read once for all pages: fonts, and the instructions of drawings."""

    def __init__(self) -> None:
        """Nothing is read yet."""
        self._fonts: dict[tuple[int, int], Font] = {}
        self._instructions: dict[tuple[int, int], Any] = {}

    def font(self, dictionary: Any) -> Font:
        """Read a font, once."""
        key = dictionary.objgen
        if not key[0] or key not in self._fonts:
            self._fonts[key] = font_of(dictionary)
        return self._fonts[key]

    def instructions(self, stream: Any) -> Any:
        """Return a stream's instructions, operators with their operands; those of a drawing are read once."""
        key = stream.objgen
        if not key[0] or stream.get("/Type") == "/Page":
            return pikepdf.parse_content_stream(stream)
        if key not in self._instructions:
            self._instructions[key] = pikepdf.parse_content_stream(stream)
        return self._instructions[key]


class State:
    """The graphics state: what holds until it is changed."""

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
        """Return a copy that can be changed without changing this one."""
        other = object.__new__(State)
        for name in self.__slots__:
            setattr(other, name, getattr(self, name))
        return other


class Canvas(ABC):
    """A page, with all that holds on it, and the list of what is drawn."""

    def __init__(self, page: int, shared: SharedObjects, resources: Any, sheet: Box) -> None:
        """`sheet` is the paper."""
        self.marks: list[Mark] = []
        self.fonts: dict[Font, None] = {}
        self.page, self.shared, self.resources = page, shared, resources
        self.state = State(IDENTITY, sheet)
        self.base = IDENTITY
        """Where patterns count from."""
        self.drawing = 0
        """The number of the drawing's object that the current operator is in, or of the outermost of several; 0 outside."""
        self.depth = 0
        """How many drawings, one within the other, the current operator is in."""

    @abstractmethod
    def tile(self, pattern: Any, visible: Box) -> None:
        """Fill an area with a pattern."""

    def concat(self, operands: list[Any]) -> None:
        """Place what follows."""
        self.state.matrix = times(matrix_of(operands), self.state.matrix)

    def set_width(self, operands: list[Any]) -> None:
        """Choose how wide lines are."""
        self.state.width = float(operands[0])

    def set_space(self, operands: list[Any], *, stroke: bool) -> None:
        """Choose the space of the colours that follow."""
        space = inks.space_of(operands[0], self.resources)
        self.set_colour(space, space.initial, stroke=stroke)

    def set_colour(self, space: Space, colour: Colour, *, stroke: bool) -> None:
        """Choose a colour."""
        if stroke:
            self.state.stroke_space, self.state.stroke = space, colour
        else:
            self.state.fill_space, self.state.fill, self.state.pattern = space, colour, None

    def choose(self, operands: list[Any], *, stroke: bool) -> None:
        """Choose a colour, or a pattern, by its numbers or its name in the space that was chosen."""
        space = self.state.stroke_space if stroke else self.state.fill_space
        if space.kind == "pattern":
            if not stroke and operands and isinstance(operands[-1], pikepdf.Name):
                self.state.pattern = self.resources.get("/Pattern", {}).get(str(operands[-1]))
        else:
            self.set_colour(space, space.colour(list(map(float, operands))), stroke=stroke)

    def set_graphics(self, operands: list[Any]) -> None:
        """Choose several things at once, as a dictionary of the resources has them."""
        parameters = self.resources.get("/ExtGState", {}).get(str(operands[0]), {})
        state = self.state
        state.fill_opacity = float(parameters.get("/ca", state.fill_opacity))
        state.stroke_opacity = float(parameters.get("/CA", state.stroke_opacity))
        state.width = float(parameters.get("/LW", state.width))
        if "/BM" in parameters:
            mode = parameters["/BM"]
            state.blend = str(mode if isinstance(mode, pikepdf.Name) else mode[0])
        if "/SMask" in parameters:
            state.masked = not isinstance(parameters["/SMask"], pikepdf.Name)
        if "/Font" in parameters:
            self.choose_font(parameters["/Font"][0], float(parameters["/Font"][1]))

    def mark(self, mark: Mark, opacity: float = 1.0) -> None:
        """Add a mark to the list, after records of all through which what lies below it is seen."""
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
        self.state.font, self.state.size = self.shared.font(font), size
