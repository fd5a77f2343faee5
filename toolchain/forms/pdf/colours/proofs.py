"""What a colour of the screen looks like there, and printed with four inks."""

from functools import cache

from PIL import Image

from toolchain.forms.pdf.colours import profiles
from toolchain.forms.pdf.colours.targets import Cmyk

Lab = tuple[float, float, float]


@cache
def on_screen(light: bytes) -> Lab:
    """Return the L*, a* and b* of three lights."""
    how = profiles.transform(profiles.screen(), profiles.lab(), ("RGB", "LAB"))
    return _numbers(profiles.applied(light, (1, 1), how, "RGB"))


def printed(light: bytes, target: Cmyk) -> Lab:
    """Return the L*, a* and b* of what three lights become in print."""
    inks = target.of_profile(light, (1, 1), profiles.screen(), "RGB")
    how = profiles.transform(target.inks, profiles.lab(), ("CMYK", "LAB"))
    return _numbers(profiles.applied(inks, (1, 1), how, "CMYK"))


def distance(one: Lab, other: Lab) -> float:
    """Return how far two colours are from each other to the eye: 1 is hardly seen."""
    return float(sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5)


def _numbers(picture: Image.Image) -> Lab:
    lightness, *hues = picture.tobytes()
    a, b = ((hue + 128) % 256 - 128 for hue in hues)
    return lightness * 100 / 255, float(a), float(b)
