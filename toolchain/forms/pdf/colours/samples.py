"""The samples of a picture in a PDF, whatever they are packed in: a byte for each."""

import io
from collections.abc import Sequence
from typing import Any

import pikepdf
from PIL import Image

from toolchain.forms.pdf.colours.problems import UnconvertibleError
from toolchain.forms.pdf.colours.targets import FULL
from toolchain.forms.pdf.reading.objects import filters

JPX = "/JPXDecode"
MODES = {"L": 1, "LA": 1, "RGB": 3, "RGBA": 3, "CMYK": 4}
"""Pillow's names of what a JPEG 2000 is, and how many numbers its colours have."""
ALPHA = ("LA", "RGBA")
WHOLE, DOUBLE = 8, 16
"""Bits of a sample that is a byte, or two."""


def unpacked(image: Any, components: int) -> bytes:
    """Return the samples of a picture, a byte each, the greater the more. Raises UnconvertibleError if nobody can read it."""
    width, height = int(image.Width), int(image.Height)
    try:
        data: bytes = image.read_bytes(pikepdf.StreamDecodeLevel.all)
    except pikepdf.PdfError as error:
        raise UnconvertibleError(
            f"it is packed in {', '.join(filters(image)) or 'nothing'}, which cannot be read"
        ) from error
    bits = WHOLE if "/DCTDecode" in filters(image) else int(image.get("/BitsPerComponent", WHOLE))
    row = -(-width * components * bits // WHOLE)
    if len(data) < row * height:
        data = data.ljust(row * height, b"\0")
    data = data[: row * height]
    if bits == WHOLE:
        return data
    if bits == DOUBLE:
        return data[::2]
    table = _table(bits)
    rows = (data[at : at + row] for at in range(0, len(data), row))
    return b"".join(b"".join(table[byte] for byte in one)[: width * components] for one in rows)


def _table(bits: int) -> list[bytes]:
    """Return the samples in each byte."""
    most, shifts = 2**bits - 1, range(WHOLE - bits, -1, -bits)
    return [bytes(((byte >> shift) & most) * FULL // most for shift in shifts) for byte in range(FULL + 1)]


def jpeg_2000(image: Any) -> Image.Image:
    """Return the picture in a JPEG 2000. Raises UnconvertibleError if it is of no known kind."""
    data = image.read_raw_bytes()
    if filters(image) != [JPX]:
        raise UnconvertibleError("its JPEG 2000 is packed once more")
    try:
        with Image.open(io.BytesIO(data)) as opened:
            opened.load()
            picture = opened.copy()
    except (OSError, SyntaxError, ValueError) as error:
        raise UnconvertibleError(f"its JPEG 2000 cannot be read ({error})") from error
    if picture.mode not in MODES:
        raise UnconvertibleError(f"its JPEG 2000 is of the kind {picture.mode}")
    return picture


def decoded(
    data: bytes, ranges: Sequence[tuple[float, float]], decode: Sequence[tuple[float, float]]
) -> bytes:
    """Return samples as what `decode` makes of them: bytes of the interval that each number of a colour is from."""
    if list(decode) == list(ranges):
        return data
    result = bytearray(data)
    count = len(ranges)
    for at, ((low, high), (least, most)) in enumerate(zip(decode, ranges, strict=True)):
        width = most - least or 1
        values = ((low + byte / FULL * (high - low) - least) / width for byte in range(FULL + 1))
        table = bytes(round(FULL * min(max(value, 0.0), 1.0)) for value in values)
        result[at::count] = data[at::count].translate(table)
    return bytes(result)


def keyed(image: Any, components: int, data: bytes) -> bytes | None:
    """Return the stencil of a picture of which some colours are not painted: a bit for each that is; None if all are."""
    mask = image.get("/Mask")
    if not isinstance(mask, pikepdf.Array):
        return None
    bits = int(image.get("/BitsPerComponent", WHOLE))
    scale = FULL / (2 ** min(bits, WHOLE) - 1)
    shift = max(bits - WHOLE, 0)
    bounds = [round((int(number) >> shift) * scale) for number in mask]
    width = int(image.Width)
    hidden: bytes | None = None
    for at in range(components):
        low, high = bounds[2 * at : 2 * at + 2]
        band = data[at::components].translate(bytes(low <= byte <= high for byte in range(FULL + 1)))
        hidden = band if hidden is None else bytes(map(int.__and__, hidden, band))
    picture = Image.frombytes(
        "L", (width, int(image.Height)), (hidden or b"").translate(bytes([0] + [FULL] * FULL))
    )
    return picture.convert("1", dither=Image.Dither.NONE).tobytes()
