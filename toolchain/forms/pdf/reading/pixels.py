"""How much ink the pixels of a picture have."""

from typing import Any

import pikepdf
from pikepdf import Array
from PIL import Image, ImageChops

FULL, COUNT = 255, 4
"""Of an ink, and how many there are."""


def most_ink(image: Any) -> float:
    """Return the percent of ink of the pixel that has most, of one ink that is full; 0 of a picture that has other colours."""
    space = image.get("/ColorSpace")
    if isinstance(space, Array) and len(space) > COUNT - 1 and space[1] == "/DeviceCMYK":
        table = bytes(space[3])
        return (
            max((sum(table[at : at + COUNT]) for at in range(0, len(table), COUNT)), default=0) * 100 / FULL
        )
    if space != "/DeviceCMYK" or int(image.get("/BitsPerComponent", 0)) != 8:  # noqa: PLR2004 - a byte
        return 0.0
    size = int(image.Width), int(image.Height)
    try:
        data = image.read_bytes(pikepdf.StreamDecodeLevel.all)
    except pikepdf.PdfError:
        return 0.0
    bands = Image.frombytes("CMYK", size, data).split()
    if next(map(float, image.get("/Decode", [0]))) > 0:
        bands = tuple(ImageChops.invert(band) for band in bands)
    first, second = (ImageChops.add(one, other, scale=2) for one, other in (bands[:2], bands[2:]))
    most = max(ImageChops.add(first, second, scale=2).tobytes())
    return most * COUNT * 100 / FULL
