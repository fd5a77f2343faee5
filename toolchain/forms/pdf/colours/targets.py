"""What colours become: greys, or four inks. Both take colours as bytes, as pictures have them."""

from abc import ABC, abstractmethod
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import pikepdf
from PIL import Image, ImageChops, ImageFilter

from toolchain.forms.pdf.colours import profiles
from toolchain.forms.pdf.colours.problems import UnconvertibleError

GRID = 33
"""Steps of a light from none to all, between which pictures take the colours on a straight line."""
FULL = 255


class Target(ABC):
    """Where colours go."""

    device: ClassVar[str]
    """The name of its space in a PDF."""
    components: ClassVar[int]
    operators: ClassVar[tuple[str, str]]
    """What chooses a colour to fill with, and one to draw lines with."""

    def __init__(self, paper: Path | None) -> None:
        """`paper` is the ICC profile of four inks on paper; without it nothing can be known of such colours."""
        self.paper = paper
        self._known: dict[tuple[profiles.Profile, str, bytes], bytes] = {}
        """Single colours, of which there are few."""

    @cached_property
    def inks(self) -> profiles.Profile:
        """The profile of four inks. Raises UnconvertibleError if there is none."""
        profile = profiles.read(self.paper.read_bytes(), 4) if self.paper else None
        if profile is None:
            raise UnconvertibleError("there is no ICC profile of four inks to say what they look like")
        return profile

    @property
    def name(self) -> pikepdf.Name:
        """Its space in a PDF."""
        return pikepdf.Name(self.device)

    @abstractmethod
    def of_greys(self, data: bytes) -> bytes:
        """Return greys, a byte each, in this space."""

    @abstractmethod
    def of_inks(self, data: bytes, size: tuple[int, int]) -> bytes:
        """Return what four inks are in this space."""

    def of_profile(self, data: bytes, size: tuple[int, int], profile: profiles.Profile, mode: str) -> bytes:
        """Return what colours of a profile are in this space; `mode` is Pillow's name of how their bytes stand."""
        if size != (1, 1):
            return self._of_profile(data, size, profile, mode)
        key = profile, mode, data
        if key not in self._known:
            self._known[key] = self._of_profile(data, size, profile, mode)
        return self._known[key]

    @abstractmethod
    def _of_profile(
        self, data: bytes, size: tuple[int, int], profile: profiles.Profile, mode: str
    ) -> bytes: ...

    def written(self, value: bytes) -> list[float]:
        """Return the numbers of a colour, from 0 to 1, as a PDF has them."""
        return [round(byte / FULL, 3) for byte in value]


class Grey(Target):
    """Colours become greys that are as light as they are."""

    device = "/DeviceGray"
    components = 1
    operators = ("g", "G")

    def of_greys(self, data: bytes) -> bytes:
        """Return greys as they are."""
        return data

    def of_inks(self, data: bytes, size: tuple[int, int]) -> bytes:
        """Return how light the three coloured inks are, less what the black one takes: black ink alone is as grey as it says."""
        bands = Image.frombytes("CMYK", size, data).split()
        black = ImageChops.invert(bands[3])
        if not any(any(band.tobytes()) for band in bands[:3]):
            return black.tobytes()
        coloured = Image.merge("CMYK", (*bands[:3], Image.new("L", size, 0)))
        how = profiles.transform(self.inks, profiles.greys(), ("CMYK", "L"))
        light = profiles.applied(coloured.tobytes(), size, how, "CMYK")
        return ImageChops.multiply(light, black).tobytes()

    def _of_profile(self, data: bytes, size: tuple[int, int], profile: profiles.Profile, mode: str) -> bytes:
        """Return how light colours are."""
        how = profiles.transform(profile, profiles.greys(), (mode, "L"))
        return profiles.applied(data, size, how, mode).tobytes()


class Luminosity(Grey):
    """Colours of a soft mask become greys that let as much through as they do."""

    def _of_profile(self, data: bytes, size: tuple[int, int], profile: profiles.Profile, mode: str) -> bytes:
        """Weigh lights as they are written, as PDF has it for masks."""
        if profile is profiles.screen():
            return Image.frombytes(mode, size, data).convert("L").tobytes()
        return super()._of_profile(data, size, profile, mode)


class Cmyk(Target):
    """Colours become four inks on coated paper; greys have black ink alone."""

    device = "/DeviceCMYK"
    components = 4
    operators = ("k", "K")

    def __init__(self, paper: Path | None, most: float | None = None) -> None:
        """`most` is how much ink the paper takes in all, in percent of one."""
        super().__init__(paper)
        self._most = most * FULL / 100 if most else 4.0 * FULL
        self._grids: dict[profiles.Profile, ImageFilter.Color3DLUT] = {}

    def of_greys(self, data: bytes) -> bytes:
        """Return greys as black ink alone."""
        return b"".join(bytes((0, 0, 0, FULL - byte)) for byte in data)

    def of_inks(self, data: bytes, size: tuple[int, int]) -> bytes:
        """Return inks as somebody has chosen them."""
        del size
        return data

    def _of_profile(self, data: bytes, size: tuple[int, int], profile: profiles.Profile, mode: str) -> bytes:
        """Return the inks that look like some colours, and not more of them than the paper takes."""
        if mode == "L":
            how = profiles.transform(profile, profiles.greys(), ("L", "L"))
            return self.of_greys(profiles.applied(data, size, how, "L").tobytes())
        if mode == "RGB" and size[0] * size[1] > GRID**3:
            picture = Image.frombytes("RGB", size, data).filter(self._grid(profile))
            return picture.tobytes()
        how = profiles.transform(profile, self.inks, (mode, "CMYK"))
        inks = self._limited(profiles.applied(data, size, how, mode).tobytes())
        # Between the colours of a photograph a grey of another make would be seen; a list of colours is for drawings.
        return self._with_black_alone(data, inks) if mode == "RGB" and size[1] == 1 else inks

    def _with_black_alone(self, lights: bytes, inks: bytes) -> bytes:
        """Return inks, of which a grey is black alone: nothing has fringes where inks do not meet."""
        result = bytearray(inks)
        for at in range(len(lights) // 3):
            red, green, blue = lights[3 * at : 3 * at + 3]
            if red == green == blue:
                result[4 * at : 4 * at + 4] = (0, 0, 0, FULL - red)
        return bytes(result)

    def _limited(self, inks: bytes) -> bytes:
        """Return inks, of which no more are in one place than the paper takes: of the coloured ones there are fewer, then."""
        result = bytearray(inks)
        for at in range(0, len(inks), 4):
            *coloured, black = inks[at : at + 4]
            if sum(coloured) + black > self._most:
                share = max(self._most - black, 0) / sum(coloured)
                result[at : at + 3] = bytes(int(ink * share) for ink in coloured)
        return bytes(result)

    def _grid(self, profile: profiles.Profile) -> ImageFilter.Color3DLUT:
        """Return a table for pictures of many pixels: what lies between its inks has not more ink than they have."""
        if profile not in self._grids:
            steps = [round(FULL * step / (GRID - 1)) for step in range(GRID)]
            lights = bytes(
                v for blue in steps for green in steps for red in steps for v in (red, green, blue)
            )
            how = profiles.transform(profile, self.inks, ("RGB", "CMYK"))
            inks = self._limited(profiles.applied(lights, (GRID**3, 1), how, "RGB").tobytes())
            table = [ink / FULL for ink in inks]
            self._grids[profile] = ImageFilter.Color3DLUT(GRID, table, channels=4, target_mode="CMYK")
        return self._grids[profile]
