"""Follows what a page makes a printer draw, operator by operator, and lists the marks that come of it."""

import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pikepdf

from toolchain.forms.pdf.reading import inks
from toolchain.forms.pdf.reading.drawn import (
    IDENTITY,
    Box,
    DrawnPage,
    Image,
    Matrix,
    SeenThrough,
    Shade,
    bounding_box,
    corners,
    intersection,
    moved,
    times,
)
from toolchain.forms.pdf.reading.graphics import SharedObjects, State, matrix_of
from toolchain.forms.pdf.reading.inks import Space
from toolchain.forms.pdf.reading.letters import Letters
from toolchain.forms.pdf.reading.paths import PATH_PAINTING, Paths

BROKEN = (pikepdf.PdfError, AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)
"""What a malformed page is to those who read it; its file is looked at by other checks."""
DEEPEST = 12
"""Drawings within drawings."""
EVERYWHERE: Box = (-math.inf, -math.inf, math.inf, math.inf)


def read_pages(path: Path) -> Iterator[DrawnPage]:
    """Yield what each page draws; of a page that is malformed, what comes before that."""
    with pikepdf.open(path) as pdf:
        yield from pages_of(pdf)


def pages_of(pdf: pikepdf.Pdf) -> Iterator[DrawnPage]:
    """Yield the same of a PDF that is open."""
    shared = SharedObjects()
    for number, page in enumerate(pdf.pages):
        trim: Box = tuple(map(float, page.trimbox))  # type: ignore[assignment]
        sheet: Box = tuple(map(float, page.mediabox))  # type: ignore[assignment]
        painter = Painter(number, shared, resources_of(page.obj), sheet)
        with suppress(*BROKEN):
            painter.run(page.obj)
        marks = tuple(painter.marks)
        for annotation in page.get("/Annots", ()):
            with suppress(*BROKEN):
                painter.appearance(annotation)
        yield DrawnPage(number, trim, marks, tuple(painter.fonts))


def resources_of(page: Any) -> Any:
    """Return a page's resources, which may be those of the pages around it."""
    inherited = "/Resources" not in page and "/Parent" in page
    return resources_of(page.Parent) if inherited else page.get("/Resources", {})


class Painter(Paths, Letters):
    """Draws a page, on nothing but a list."""

    def run(self, stream: Any) -> None:
        """Follow the operators of a page or of a drawing."""
        stack: list[State] = []
        for instruction in self.shared.instructions(stream):
            name = str(instruction.operator)
            if name == "q":
                stack.append(self.state.copy())
            elif name == "Q":
                self.state = stack.pop() if stack else self.state
            elif name == "INLINE IMAGE":
                self.inline(instruction.iimage)
            elif name in PATH_PAINTING:
                self.end_path(PATH_PAINTING[name])
            elif (operator := OPERATORS.get(name)) is not None:
                operator(self, list(instruction.operands))

    def appearance(self, annotation: Any) -> None:
        """Follow the streams that draw an annotation, for their fonts."""
        self.state = State(IDENTITY, EVERYWHERE)
        for look in annotation.get("/AP", {}).values():
            streams = [look] if isinstance(look, pikepdf.Stream) else list(look.values())
            for stream in streams:
                self.form(stream)

    def draw(self, operands: list[Any]) -> None:
        """Draw a picture or a drawing by its name."""
        xobject = self.resources.get("/XObject", {}).get(str(operands[0]))
        if xobject is None:
            return
        if xobject.get("/Subtype") == "/Form":
            self.form(xobject)
        elif xobject.get("/Subtype") == "/Image":
            pixels = int(xobject.Width), int(xobject.Height)
            self.image(pixels, xobject.get("/ColorSpace"), stencil=bool(xobject.get("/ImageMask", False)))
            if "/SMask" in xobject or xobject.get("/SMaskInData", 0):
                box = bounding_box(corners(self.state.matrix, (0, 0, 1, 1)))
                self.marks.append(SeenThrough(self.page, box, "a picture with a soft mask"))

    def form(self, form: Any, matrix: Matrix | None = None) -> None:
        """Draw a drawing, within its box and with its own resources."""
        if self.depth >= DEEPEST:
            return
        saved = self.state, self.resources, self.line, self.place, self.base, self.drawing
        self.state = self.state.copy()
        self.state.matrix = times(matrix_of(form.get("/Matrix", IDENTITY)), matrix or self.state.matrix)
        box: Any = tuple(map(float, form.get("/BBox", ())))
        inside = (
            intersection(bounding_box(corners(self.state.matrix, box)), self.state.clip)
            if box
            else self.state.clip
        )
        self.resources = form.get("/Resources", self.resources)
        self.drawing = self.drawing or int(form.objgen[0])
        self.depth += 1
        try:
            if inside is not None:
                self.state.clip, self.base = inside, self.state.matrix
                self.run(form)
        finally:
            self.depth -= 1
            self.state, self.resources, self.line, self.place, self.base, self.drawing = saved

    def inline(self, image: Any) -> None:
        """Draw a picture that stands among the operators."""
        dictionary = image.obj
        stencil = bool(dictionary.get("/IM", dictionary.get("/ImageMask", False)))
        self.image(
            (image.width, image.height), dictionary.get("/CS", dictionary.get("/ColorSpace")), stencil=stencil
        )

    def image(self, pixels: tuple[int, int], space: Any, *, stencil: bool) -> None:
        """Draw a picture; of a stencil its paper is seen, and its ink has the colour that is chosen."""
        a, b, c, d, *_ = self.state.matrix
        visible = intersection(bounding_box(corners(self.state.matrix, (0, 0, 1, 1))), self.state.clip)
        if visible is None:
            return
        if stencil:
            coloured = self.state.fill.coloured
        else:
            # What says nothing of its colours has them in its data, as JPEG 2000 does.
            coloured = space is None or inks.space_of(space, self.resources).coloured
        image = Image(self.page, visible, pixels, (math.hypot(a, b), math.hypot(c, d)), coloured)
        self.mark(image, self.state.fill_opacity)

    def shade(self, operands: list[Any]) -> None:
        """Fill what is seen with a shade."""
        shading = self.resources.get("/Shading", {}).get(str(operands[0]))
        if shading is not None:
            coloured = inks.space_of(shading.ColorSpace, self.resources).coloured
            self.mark(Shade(self.page, self.state.clip, coloured), self.state.fill_opacity)

    def tile(self, pattern: Any, visible: Box) -> None:
        """Fill an area with a pattern: what it repeats is drawn once, or it is a shade."""
        if pattern.get("/PatternType") == 1:
            self.state, saved = self.state.copy(), self.state
            self.state.clip, self.state.pattern = visible, None
            self.draw_tile(pattern)
            self.state = saved
        else:
            space = inks.space_of(pattern.Shading.ColorSpace, self.resources)
            self.mark(Shade(self.page, visible, space.coloured), self.state.fill_opacity)

    def draw_tile(self, pattern: Any) -> None:
        """Draw what a pattern repeats over the area, wherever its first tile lies."""
        points, cutting = (self.points, self.areas, self.only_areas), self.cutting
        self.begin_path()
        a, b, c, d, *_ = times(matrix_of(pattern.get("/Matrix", IDENTITY)), self.base)
        left, bottom, *_ = map(float, pattern.BBox)
        x, y = moved((a, b, c, d, 0, 0), left, bottom)
        corner = self.state.clip
        self.form(pattern, (a, b, c, d, corner[0] - x, corner[1] - y))
        (self.points, self.areas, self.only_areas), self.cutting = points, cutting


def _colour_operator(space: Space, *, stroke: bool) -> Callable[[Painter, list[Any]], None]:
    """Return an operator that chooses a space and a colour in it, both at once."""

    def operator(self: Painter, operands: list[Any]) -> None:
        self.set_colour(space, space.colour(list(map(float, operands))), stroke=stroke)

    return operator


OPERATORS: dict[str, Callable[[Painter, list[Any]], None]] = {
    "cm": Painter.concat,
    "w": Painter.set_width,
    "gs": Painter.set_graphics,
    "g": _colour_operator(inks.GREY, stroke=False),
    "G": _colour_operator(inks.GREY, stroke=True),
    "rg": _colour_operator(inks.RGB, stroke=False),
    "RG": _colour_operator(inks.RGB, stroke=True),
    "k": _colour_operator(inks.CMYK, stroke=False),
    "K": _colour_operator(inks.CMYK, stroke=True),
    "cs": lambda self, operands: self.set_space(operands, stroke=False),
    "CS": lambda self, operands: self.set_space(operands, stroke=True),
    "sc": lambda self, operands: self.choose(operands, stroke=False),
    "scn": lambda self, operands: self.choose(operands, stroke=False),
    "SC": lambda self, operands: self.choose(operands, stroke=True),
    "SCN": lambda self, operands: self.choose(operands, stroke=True),
    "m": Painter.go,
    "l": Painter.go,
    "c": Painter.go,
    "v": Painter.go,
    "y": Painter.go,
    "re": Painter.rectangle,
    "W": Painter.cut,
    "W*": Painter.cut,
    "BT": Painter.begin_text,
    "Tf": Painter.set_font,
    "Tr": Painter.set_mode,
    "TL": Painter.set_leading,
    "Td": Painter.move,
    "TD": Painter.move_and_lead,
    "Tm": Painter.place_text,
    "T*": Painter.next_line,
    "Tj": Painter.show,
    "TJ": Painter.show,
    "'": Painter.show_on_next_line,
    '"': Painter.show_on_next_line,
    "Do": Painter.draw,
    "sh": Painter.shade,
}
"""All that changes what is drawn; what is not among them does not matter to a printer."""
