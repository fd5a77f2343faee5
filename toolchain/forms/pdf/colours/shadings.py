"""Shades of a PDF: where a function says the colours it is asked at many places; where a mesh has them they are converted."""

from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Name

from toolchain.forms.pdf.colours.functions import function_of, pairs
from toolchain.forms.pdf.colours.problems import UnconvertibleError
from toolchain.forms.pdf.colours.spaces import Pattern, Space, space_of
from toolchain.forms.pdf.colours.targets import Target

STEPS, STEPS_OF_TWO = 1024, 128
"""Places at which functions are asked: of one number, and along each of two."""
FREE_TRIANGLES, LATTICE, COONS, TENSORS = 4, 5, 6, 7
POINTS = {COONS: (12, 8), TENSORS: (16, 12)}
"""Points of a patch that stands alone, and of one that goes on from another."""
CORNERS = (4, 2)
"""Colours of such patches."""
EXACT = 8
"""Bits of a number of a converted colour."""


def convert(pdf: pikepdf.Pdf, shading: Any, resources: Any, target: Target) -> None:
    """Give a shade the colours of a target. Raises UnconvertibleError if nobody can know which colours it has."""
    space = space_of(shading.ColorSpace, resources)
    if space.neutral:
        shading.ColorSpace = Name.DeviceGray
        return
    if isinstance(space, Pattern):
        raise UnconvertibleError("it has patterns for colours")
    if "/Background" in shading:
        numbers = list(map(float, shading.Background))
        shading.Background = Array(target.written(space.colour(numbers, target)))
    kind = int(shading.ShadingType)
    if "/Function" in shading:
        shading.Function = _sampled(pdf, shading, space, target, inputs=2 if kind == 1 else 1)
    elif kind in {FREE_TRIANGLES, LATTICE, COONS, TENSORS}:
        _convert_mesh(shading, kind, space, target)
    else:
        raise UnconvertibleError(f"it is a shade of the unknown type {kind}")
    shading.ColorSpace = target.name


def _sampled(pdf: pikepdf.Pdf, shading: Any, space: Space, target: Target, inputs: int) -> Any:
    """Return a table of a function's colours, converted."""
    function = function_of(shading.Function)
    domain = _domain(shading, inputs)
    count = STEPS if inputs == 1 else STEPS_OF_TWO
    colours = b"".join(space.coded(function(place)) for place in _places(domain, count))
    data = space.converted(colours, (count, count if inputs > 1 else 1), target)
    return pdf.make_stream(
        data,
        FunctionType=0,
        Domain=Array([bound for bounds in domain for bound in bounds]),
        Range=Array([0, 1] * target.components),
        Size=Array([count] * inputs),
        BitsPerSample=EXACT,
    )


def _domain(shading: Any, inputs: int) -> list[tuple[float, float]]:
    """Return from where to where a function is asked: of a mesh that is what its points may say."""
    if "/Decode" in shading:
        return pairs(shading.Decode)[2:3]
    return pairs(shading.get("/Domain", [0, 1] * inputs))


def _places(domain: list[tuple[float, float]], count: int) -> Iterator[list[float]]:
    """Yield the places of a table, the first number of each changing first."""
    axes = [[low + (high - low) * step / (count - 1) for step in range(count)] for low, high in domain]
    if len(axes) == 1:
        yield from ([x] for x in axes[0])
    else:
        yield from ([x, y] for y in axes[1] for x in axes[0])


class Bits:
    """Reads numbers of some bits each."""

    def __init__(self, data: bytes) -> None:
        """Begin at the first."""
        self._data, self.at = data, 0

    def more(self) -> bool:
        """Say whether there is a byte left."""
        return self.at // 8 < len(self._data)

    def number(self, bits: int) -> int:
        """Return the next number. Raises UnconvertibleError at the end."""
        first, self.at = self.at, self.at + bits
        if self.at > 8 * len(self._data):
            raise UnconvertibleError("its mesh ends too early")
        part = int.from_bytes(self._data[first // 8 : -(-self.at // 8)], "big")
        number: int = (part >> -self.at % 8) & (2**bits - 1)
        return number

    def align(self) -> None:
        """Go on with a whole byte."""
        self.at = -(-self.at // 8) * 8


def _convert_mesh(shading: Any, kind: int, space: Space, target: Target) -> None:
    """Convert the colours at the points of a mesh."""
    bits, decode = Bits(shading.read_bytes()), pairs(shading.Decode)
    of_colour, of_point = int(shading.BitsPerComponent), int(shading.BitsPerCoordinate)
    of_flag = 0 if kind == LATTICE else int(shading.BitsPerFlag)
    written = _Written()

    def point() -> None:
        for _ in range(2):
            written.add(bits.number(of_point), of_point)

    def colour() -> None:
        shares = [bits.number(of_colour) / (2**of_colour - 1) for _ in range(space.components)]
        numbers = [low + share * (high - low) for share, (low, high) in zip(shares, decode[2:], strict=True)]
        for byte in space.colour(numbers, target):
            written.add(byte, EXACT)

    while bits.more():
        flag = bits.number(of_flag) if of_flag else 0
        written.add(flag, of_flag)
        alone = 0 if flag == 0 else 1
        for _ in range(POINTS[kind][alone] if kind in POINTS else 1):
            point()
        for _ in range(CORNERS[alone] if kind in POINTS else 1):
            colour()
        bits.align()
        written.align()
    shading.write(written.data())
    shading.BitsPerComponent = EXACT
    bounds = [bound for pair in decode[:2] for bound in pair]
    shading.Decode = Array([*bounds, *([0, 1] * target.components)])


class _Written:
    """Writes numbers of some bits each."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._pending, self._bits = 0, 0

    def add(self, number: int, bits: int) -> None:
        """Write a number."""
        self._pending = self._pending << bits | number
        self._bits += bits

    def align(self) -> None:
        """Go on with a whole byte."""
        spare = -self._bits % 8
        self._parts.append((self._pending << spare).to_bytes((self._bits + spare) // 8, "big"))
        self._pending = self._bits = 0

    def data(self) -> bytes:
        """Return all that was written."""
        return b"".join(self._parts)
