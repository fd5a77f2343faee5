"""Pictures of pixels: that they are what they say they are, whole, and not so large that a machine is busy with nothing else."""

import io
import re
import warnings
from base64 import b64decode
from collections.abc import Iterator

from PIL import Image, ImageSequence, UnidentifiedImageError

from toolchain.outputs.limits import MOST_PIXELS
from toolchain.outputs.refusal import NotAdmittedError, words_of

FORMATS = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
}
"""What Pillow calls what an output may be."""
TEX_DPI = 72
"""Pixels per inch of a picture that does not say how many it has, as TeX takes it before it is told its size."""
LONGEST_SIDE = 200
"""Inches: TeX can reckon with 226."""
MOST_FRAMES = 5_000
MOST_PIXELS_IN_ALL = 1_000_000_000
"""Of all frames together."""
DATA_ADDRESS = re.compile(
    r"\s*data:(?P<kind>image/(?:png|jpeg|gif|webp));base64,(?P<data>[A-Za-z0-9+/=\s]*)\s*"
)


def decoded(text: str) -> bytes:
    """Return the bytes that base64 stands for. Raises NotAdmittedError if it is none."""
    try:
        return b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise NotAdmittedError("it is no base64") from None


def require_raster(content: bytes, kind: str) -> None:
    """Raise NotAdmittedError if a picture is not of a kind such as `image/png`, is cut off, or has too many pixels."""
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(content), formats=[FORMATS[kind]]) as picture:
            warnings.simplefilter("ignore")
            require_size(picture)
            for frame in _frames(picture):
                frame.load()
    except NotAdmittedError:
        raise
    # Whatever a decoder raises for what somebody else has made: OSError, ValueError, SyntaxError, struct.error, and so on.
    except Exception as error:  # noqa: BLE001
        raise NotAdmittedError(f"it cannot be decoded: {_words(error, content, kind)}") from None


def require_size(picture: Image.Image) -> None:
    """Raise NotAdmittedError if the head of a picture promises too many pixels; nothing is decoded."""
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise NotAdmittedError(
            f"it has {width:,} by {height:,} pixels, and {MOST_PIXELS:,} at most are shown"
        )
    dots = picture.info.get("dpi", (TEX_DPI, TEX_DPI))
    across, down = (float(number) if number > 0 else TEX_DPI for number in dots)
    if not max(width / across, height / down) <= LONGEST_SIDE:
        raise NotAdmittedError(f"it says that it is more than {LONGEST_SIDE} inches long")


def require_data_addresses(addresses: Iterator[str]) -> None:
    """Raise NotAdmittedError if one of the pictures that are written into addresses is none that could be shown alone."""
    for address in addresses:
        if match := DATA_ADDRESS.fullmatch(address):
            require_raster(decoded(match["data"]), match["kind"])


def _frames(picture: Image.Image) -> Iterator[Image.Image]:
    """Yield the frames of a picture. Raises NotAdmittedError if there are too many."""
    pixels = 0
    for number, frame in enumerate(ImageSequence.Iterator(picture), start=1):
        pixels += picture.size[0] * picture.size[1]
        if number > MOST_FRAMES or pixels > MOST_PIXELS_IN_ALL:
            raise NotAdmittedError(f"it moves for more than {number - 1:,} frames")
        yield frame


def _words(error: Exception, content: bytes, kind: str) -> str:
    """Return why a picture cannot be decoded."""
    if isinstance(error, Image.DecompressionBombError):
        return f"it has more than {MOST_PIXELS:,} pixels"
    if isinstance(error, UnidentifiedImageError):
        return f"it is no {FORMATS[kind]}, it begins with {content[:4]!r}"
    return words_of(error)
