"""Colour spaces of a PDF: what numbers mean in them, and what they become."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import pikepdf

from toolchain.forms.pdf.colours import profiles
from toolchain.forms.pdf.colours.functions import function_of, pairs
from toolchain.forms.pdf.colours.problems import UnconvertibleError
from toolchain.forms.pdf.colours.targets import FULL, Target
from toolchain.forms.pdf.reading.inks import BLACK_INKS, COMPONENTS, COUNTS, KINDS

DEFAULTS = {"grey": "/DefaultGray", "rgb": "/DefaultRGB", "cmyk": "/DefaultCMYK"}
"""Names of resources that say what numbers mean that say nothing of it themselves."""
UNIT = (0.0, 1.0)
DEEPEST = 8
"""Spaces within spaces."""


class Space(ABC):
    """A colour space."""

    def __init__(self, ranges: Sequence[tuple[float, float]]) -> None:
        """`ranges` are the least and the most of each number of a colour."""
        self.ranges = tuple(ranges)

    @property
    def components(self) -> int:
        """How many numbers a colour has."""
        return len(self.ranges)

    @property
    def neutral(self) -> bool:
        """Whether its colours are greys that say no more than how light they are: they stay as they are."""
        return False

    @abstractmethod
    def converted(self, data: bytes, size: tuple[int, int], target: Target) -> bytes:
        """Return colours in a target's space; each byte stands for a number, from the least to the most that it can be."""

    def colour(self, numbers: Sequence[float], target: Target) -> bytes:
        """Return one colour in a target's space."""
        return self.converted(self.coded(numbers), (1, 1), target)

    def coded(self, numbers: Sequence[float]) -> bytes:
        """Return a byte for each number of a colour. Raises UnconvertibleError if it has too few or too many."""
        if len(numbers) != self.components:
            raise UnconvertibleError(f"a colour of {self.components} numbers has {len(numbers)}")
        scaled = ((x - low) / (high - low or 1) for x, (low, high) in zip(numbers, self.ranges, strict=True))
        return bytes(round(FULL * min(max(x, 0.0), 1.0)) for x in scaled)

    def initial(self, target: Target) -> bytes:
        """Return the colour before any is chosen."""
        return self.colour([min(max(0.0, low), high) for low, high in self.ranges], target)


class Device(Space):
    """Numbers that say nothing of what they mean: greys, three lights, or four inks."""

    def __init__(self, kind: str) -> None:
        """`kind` is that of a colour that was read."""
        super().__init__([UNIT] * COUNTS[kind])
        self.kind = kind

    @property
    def neutral(self) -> bool:
        """Whether they are greys."""
        return self.kind == "grey"

    def converted(self, data: bytes, size: tuple[int, int], target: Target) -> bytes:
        """Convert them as those of screens, or of the target's paper."""
        if self.kind == "grey":
            return target.of_greys(data)
        if self.kind == "cmyk":
            return target.of_inks(data, size)
        return target.of_profile(data, size, profiles.screen(), "RGB")

    def initial(self, target: Target) -> bytes:
        """Return black."""
        return target.of_greys(bytes(1))


class Described(Space):
    """Numbers that mean what a profile says."""

    def __init__(self, profile: profiles.Profile, ranges: Sequence[tuple[float, float]]) -> None:
        """`profile` is for as many numbers as there are ranges."""
        super().__init__(ranges)
        self._profile = profile

    def converted(self, data: bytes, size: tuple[int, int], target: Target) -> bytes:
        """Convert them by their profile."""
        mode = "L" if self.components == 1 else "RGB"
        return target.of_profile(data, size, self._profile, mode)


class Lab(Space):
    """CIE's L*, a* and b*."""

    def converted(self, data: bytes, size: tuple[int, int], target: Target) -> bytes:
        """Convert them: Pillow has a* and b* as bytes with a sign."""
        lights, *hues = (data[at::3] for at in range(3))
        coded = bytearray(len(data))
        coded[::3] = lights
        for at, (hue, (low, high)) in enumerate(zip(hues, self.ranges[1:], strict=True), start=1):
            table = bytes(
                round(min(max(low + byte / FULL * (high - low), -128), 127)) & FULL
                for byte in range(FULL + 1)
            )
            coded[at::3] = hue.translate(table)
        return target.of_profile(bytes(coded), size, profiles.lab(), "LAB")


class Tinted(Space):
    """Inks by their names, with a function that says how each looks in another space."""

    def __init__(self, names: Sequence[str], base: Space, tint: Any) -> None:
        """`names` are those of the inks."""
        super().__init__([UNIT] * len(names))
        self._black = all(name in BLACK_INKS for name in names) and len(names) == 1
        self._base, self._tint = base, function_of(tint)

    def converted(self, data: bytes, size: tuple[int, int], target: Target) -> bytes:
        """Convert each colour that there is, once."""
        del size
        if self._black:
            return target.of_greys(bytes(FULL - byte for byte in data))
        count, width = self.components, target.components
        colours = [data[at : at + count] for at in range(0, len(data), count)]
        each = list(dict.fromkeys(colours))
        meant = b"".join(self._base.coded(self._tint([byte / FULL for byte in one])) for one in each)
        became = self._base.converted(meant, (len(each), 1), target)
        found = {one: became[width * at : width * (at + 1)] for at, one in enumerate(each)}
        return b"".join(found[one] for one in colours)

    def initial(self, target: Target) -> bytes:
        """Return all inks at their fullest."""
        return self.colour([1.0] * self.components, target)


class Indexed(Space):
    """Numbers of the colours in a table."""

    def __init__(self, base: Space, last: int, table: bytes) -> None:
        """`last` is the number of the last colour."""
        super().__init__([(0.0, float(FULL))])
        self.base, self.last = base, last
        length = (last + 1) * base.components
        self._table = table[:length].ljust(length, b"\0")

    def palette(self, target: Target) -> bytes:
        """Return the table in a target's space."""
        return self.base.converted(self._table, (self.last + 1, 1), target)

    def converted(self, data: bytes, size: tuple[int, int], target: Target) -> bytes:
        """Look each colour up."""
        del size
        palette, count = self.palette(target), target.components
        return b"".join(palette[count * min(byte, self.last) :][:count] for byte in data)


class Pattern(Space):
    """Patterns; those without colours take one of the base."""

    def __init__(self, base: Space | None) -> None:
        """Patterns of `base` take a colour of it; None where all have their own."""
        super().__init__([])
        self.base = base

    def converted(self, data: bytes, size: tuple[int, int], target: Target) -> bytes:
        """Refuse: no picture has patterns for colours."""
        del data, size, target
        raise UnconvertibleError("it has patterns for colours")


GREY = Device("grey")


def space_of(definition: Any, resources: Any, depth: int = 0) -> Space:
    """Return the space that a name or an array describes. Raises UnconvertibleError if nobody knows it."""
    if depth > DEEPEST:
        raise UnconvertibleError("its colour space has no end")
    if isinstance(definition, pikepdf.Name):
        return _named(str(definition), resources, depth)
    if not isinstance(definition, pikepdf.Array) or not len(definition):
        raise UnconvertibleError("it has no colour space")
    family, *rest = definition
    name = str(family)
    if not rest:
        return _named(name, resources, depth)
    if name in {"/Indexed", "/I"}:
        base, last, table = rest
        data = table.read_bytes() if isinstance(table, pikepdf.Stream) else bytes(table)
        return Indexed(space_of(base, resources, depth + 1), int(last), data)
    if name == "/Pattern":
        return Pattern(space_of(rest[0], resources, depth + 1))
    if name in {"/Separation", "/DeviceN"}:
        names = [str(ink) for ink in (rest[0] if name == "/DeviceN" else [rest[0]])]
        if all(ink == "/None" for ink in names):
            raise UnconvertibleError("it is drawn in an ink that is none")
        return Tinted(names, space_of(rest[1], resources, depth + 1), rest[2])
    if name in DESCRIBED:
        return DESCRIBED[name](rest[0], resources, depth)
    raise UnconvertibleError(f"its colour space {name} is not known")


def _named(name: str, resources: Any, depth: int) -> Space:
    """Return the space of a name: a resource's, or one that says nothing of what its numbers mean, unless the resources do."""
    spaces = resources.get("/ColorSpace", {})
    if name == "/Pattern":
        return Pattern(None)
    kind = KINDS.get(name, "") if name not in spaces else ""
    if kind in DEFAULTS:
        said = spaces.get(DEFAULTS[kind])
        return space_of(said, {}, depth + 1) if said is not None else Device(kind)
    if name not in spaces:
        raise UnconvertibleError(f"its colour space {name} is nowhere")
    return space_of(spaces[name], resources, depth + 1)


def _icc(stream: Any, resources: Any, depth: int) -> Space:
    """Return the space of an ICC profile: four inks stay what they are; a profile that cannot be read is as if it were not there."""
    count = int(stream.N)
    if COMPONENTS.get(count) == "cmyk":
        return Device("cmyk")
    ranges = pairs(stream.get("/Range", [0, 1] * count))
    profile = profiles.read(stream.read_bytes(), count)
    if profile is not None and profile.profile.xcolor_space.strip() == "Lab":
        return Lab(ranges)
    if profile is not None:
        return Described(profile, ranges)
    if "/Alternate" in stream:
        return space_of(stream.Alternate, resources, depth + 1)
    if count not in COMPONENTS:
        raise UnconvertibleError(f"it has an ICC profile of {count} numbers")
    return Device(COMPONENTS[count])


def _lights(dictionary: Any, *_: Any) -> Space:
    matrix = tuple(map(float, dictionary.get("/Matrix", [1, 0, 0, 0, 1, 0, 0, 0, 1])))
    gammas = tuple(map(float, dictionary.get("/Gamma", [1, 1, 1])))
    return Described(profiles.of_lights(tuple(map(float, dictionary.WhitePoint)), gammas, matrix), [UNIT] * 3)


def _greys(dictionary: Any, *_: Any) -> Space:
    return Described(profiles.of_greys(float(dictionary.get("/Gamma", 1))), [UNIT])


def _lab(dictionary: Any, *_: Any) -> Space:
    return Lab([(0.0, 100.0), *pairs(dictionary.get("/Range", [-100, 100, -100, 100]))])


DESCRIBED: dict[str, Callable[[Any, Any, int], Space]] = {
    "/ICCBased": _icc,
    "/CalRGB": _lights,
    "/CalGray": _greys,
    "/Lab": _lab,
}
