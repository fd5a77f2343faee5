"""Colours as a PDF has them: grey, three colours of light, four inks, a spot colour; and how much ink each is."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import pikepdf

KINDS = {
    "/DeviceGray": "grey",
    "/G": "grey",
    "/CalGray": "grey",
    "/DeviceRGB": "rgb",
    "/RGB": "rgb",
    "/CalRGB": "rgb",
    "/DeviceCMYK": "cmyk",
    "/CMYK": "cmyk",
    "/Lab": "lab",
    "/Pattern": "pattern",
}
COMPONENTS = {1: "grey", 3: "rgb", 4: "cmyk"}
COUNTS = {"grey": 1, "rgb": 3, "cmyk": 4, "lab": 3, "spot": 1, "pattern": 0}
BLACK_INKS = ("/Black", "/All")
WEIGHTS = (0.3, 0.59, 0.11)
"""How light red, green and blue are to the eye."""
NEAR = 0.002
"""Colours are written with three digits."""
DARK = 0.95
"""Of all ink: nobody can distinguish such a colour from black."""


class Colour(NamedTuple):
    """A colour in its own terms."""

    kind: str
    """`grey`, `rgb`, `cmyk`, `lab`, `spot` or `pattern`."""
    values: tuple[float, ...]
    """From 0 to 1: light of `grey` and `rgb`, ink of `cmyk` and `spot`; of `lab` as they are."""

    @property
    def ink(self) -> float:
        """How dark it is: 0 is paper, 1 is black."""
        if self.kind == "grey":
            return 1 - self.values[0]
        if self.kind == "rgb":
            return 1 - _weighted_sum(self.values)
        if self.kind == "cmyk":
            return 1 - (1 - _weighted_sum(self.values[:3])) * (1 - self.values[3])
        return max(self.values, default=1.0) if self.kind == "spot" else 1.0

    @property
    def printed(self) -> bool:
        """Whether there is any ink."""
        return self.ink > NEAR

    @property
    def coloured(self) -> bool:
        """Whether it is no grey."""
        if self.kind == "rgb":
            return max(self.values) - min(self.values) > NEAR
        if self.kind == "cmyk":
            return max(self.values[:3]) > NEAR
        return self.kind in {"lab", "spot"}

    @property
    def dark(self) -> bool:
        """Whether it is black to the eye, with whatever inks."""
        return self.ink > DARK

    def __str__(self) -> str:
        """Return it in words, as people call it."""
        scale = 1 if self.kind == "lab" else 100
        numbers = " ".join(f"{scale * component:.3g}" for component in self.values)
        return f"{self.kind.upper() if self.kind != 'spot' else 'a spot colour'} {numbers}".strip()


BLACK = Colour("grey", (0.0,))


class Space(NamedTuple):
    """A colour space: a way to describe colours by numbers."""

    kind: str
    """As of a colour."""
    palette: tuple[Colour, ...] = ()
    """Of an indexed one."""
    subtractive: bool = False
    """Whether a grey is given as ink: a separation of black."""

    @property
    def coloured(self) -> bool:
        """Whether there can be colours in it that are no greys."""
        if self.palette:
            return any(colour.coloured for colour in self.palette)
        return self.kind not in {"grey", "pattern"}

    @property
    def initial(self) -> Colour:
        """The colour before any is chosen."""
        light = 1.0 if self.kind == "spot" or self.subtractive else 0.0
        values = [0.0, 0.0, 0.0, 1.0] if self.kind == "cmyk" else [light] * COUNTS[self.kind]
        return self.colour(values if not self.palette else [0.0])

    def colour(self, values: Sequence[float]) -> Colour:
        """Return the colour that some numbers describe.

        Raises ValueError if they are too few.
        """
        if self.palette:
            return self.palette[min(max(int(values[0]), 0), len(self.palette) - 1)]
        if self.subtractive:
            return Colour("grey", (1 - values[0],))
        if self.kind != "spot" and len(values) < COUNTS[self.kind]:
            raise ValueError(f"a colour of {self.kind} has {len(values)} numbers")
        return Colour(self.kind, tuple(values))


GREY, RGB, CMYK = Space("grey"), Space("rgb"), Space("cmyk")


def space_of(definition: Any, resources: Any) -> Space:
    """Return the space that a name or an array describes."""
    if isinstance(definition, pikepdf.Name):
        named = (
            resources.get("/ColorSpace", {}).get(str(definition)) if str(definition) not in KINDS else None
        )
        return space_of(named, {}) if named is not None else Space(KINDS.get(str(definition), "spot"))
    family = str(definition[0])
    if family == "/ICCBased":
        return Space(COMPONENTS.get(int(definition[1].N), "spot"))
    if family in {"/Indexed", "/I"}:
        return _indexed(space_of(definition[1], resources), definition[3])
    if family == "/Separation":
        return Space("grey", subtractive=True) if str(definition[1]) in BLACK_INKS else Space("spot")
    if family == "/DeviceN":
        alone = [str(ink) for ink in definition[1]] == ["/Black"]
        return Space("grey", subtractive=True) if alone else Space("spot")
    return Space(KINDS.get(family, "spot"))


def _indexed(base: Space, table: Any) -> Space:
    """Return the space of a palette, whose colours a table of bytes describes in the base space."""
    data = table.read_bytes() if isinstance(table, pikepdf.Stream) else bytes(table)
    count = COUNTS[base.kind]
    rows = (data[at : at + count] for at in range(0, len(data) - count + 1, count))
    palette = tuple(base.colour([byte / 255 for byte in row]) for row in rows)
    return Space(base.kind, palette or (BLACK,))


def _weighted_sum(components: Iterable[float]) -> float:
    return sum(weight * component for weight, component in zip(WEIGHTS, components, strict=True))
