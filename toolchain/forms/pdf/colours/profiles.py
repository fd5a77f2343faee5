"""ICC profiles: read ones, and those that describe what a PDF says in numbers; and how one is converted to another."""

import io
import struct
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

from PIL import Image, ImageCms

from toolchain.forms.pdf.colours.problems import UnconvertibleError

D50 = (0.9642, 1.0, 0.8249)
SRGB_CURVE = struct.pack(
    ">4sIHH5i",
    b"para",
    0,
    3,
    0,
    *(round(65536 * n) for n in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)),
)
"""How light a number of the screen is."""
TO_CONES = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
FROM_CONES = (
    (0.9869929, -0.1470543, 0.1599627),
    (0.4323053, 0.5183603, 0.0492912),
    (-0.0085287, 0.0400428, 0.9684867),
)
"""Bradford's: a white becomes another one for the cones of the eye."""

Profile = Any
"""As littlecms has it."""
Matrix = Sequence[Sequence[float]]


@lru_cache(maxsize=16)
def read(data: bytes, components: int) -> Profile | None:
    """Return the profile that some bytes are, for colours of so many numbers; None if they are none."""
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(data))
    except (ImageCms.PyCMSError, OSError):
        return None
    space = profile.profile.xcolor_space.strip()
    return profile if {"GRAY": 1, "RGB": 3, "CMYK": 4, "Lab": 3}.get(space) == components else None


@cache
def screen() -> Profile:
    """Return the profile of colours that say nothing of what they mean: those of screens."""
    return ImageCms.createProfile("sRGB")


@cache
def lab() -> Profile:
    """Return the profile of CIE's L*, a* and b*."""
    return ImageCms.createProfile("LAB")


@cache
def greys() -> Profile:
    """Return the profile of greys: as light as the same number is in red, green and blue."""
    return _made(b"GRAY", {b"kTRC": SRGB_CURVE})


@lru_cache(maxsize=16)
def of_greys(gamma: float) -> Profile:
    """Return the profile of the greys of a PDF that says how light they are."""
    return _made(b"GRAY", {b"kTRC": _power(gamma)})


@lru_cache(maxsize=16)
def of_lights(white: tuple[float, ...], gammas: tuple[float, ...], matrix: tuple[float, ...]) -> Profile:
    """Return the profile of three lights as a PDF describes them: each with its gamma and its X, Y and Z."""
    adapted = _adapted(white)
    lights = [_times(adapted, matrix[3 * at : 3 * at + 3]) for at in range(3)]
    tags = {name: _xyz(light) for name, light in zip((b"rXYZ", b"gXYZ", b"bXYZ"), lights, strict=True)}
    curves = {name: _power(gamma) for name, gamma in zip((b"rTRC", b"gTRC", b"bTRC"), gammas, strict=True)}
    return _made(b"RGB ", tags | curves)


@lru_cache(maxsize=64)
def transform(source: Profile, target: Profile, modes: tuple[str, str]) -> Any:
    """Return what converts pictures of the first mode to pictures of the second: white becomes white, black black."""
    try:
        return ImageCms.buildTransform(
            source,
            target,
            *modes,
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except ImageCms.PyCMSError as error:
        raise UnconvertibleError(f"its ICC profile is of no use ({error})") from error


def applied(data: bytes, size: tuple[int, int], how: Any, mode: str) -> Image.Image:
    """Return a picture, whose bytes are in this mode, converted."""
    picture = ImageCms.applyTransform(Image.frombytes(mode, size, data), how)
    if picture is None:  # pragma: no cover - only in place
        raise UnconvertibleError("littlecms does not answer")
    return picture


def _adapted(white: Sequence[float]) -> Matrix:
    """Return the matrix that makes a white that of profiles."""
    theirs, ours = _times(TO_CONES, white), _times(TO_CONES, D50)
    scaled = [
        [our / their * entry for entry in row] for row, our, their in zip(TO_CONES, ours, theirs, strict=True)
    ]
    columns = list(zip(*scaled, strict=True))
    return [
        [sum(a * b for a, b in zip(row, column, strict=True)) for column in columns] for row in FROM_CONES
    ]


def _times(matrix: Matrix, vector: Sequence[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def _xyz(values: Iterable[float]) -> bytes:
    return struct.pack(">4sI3i", b"XYZ ", 0, *(round(65536 * value) for value in values))


def _power(gamma: float) -> bytes:
    return struct.pack(">4sIHHi", b"para", 0, 0, 0, round(65536 * gamma))


def _made(space: bytes, tags: dict[bytes, bytes]) -> Profile:
    """Return a profile of a display with these tags."""
    tags = {b"wtpt": _xyz(D50), **tags}
    offset, directory, data = 128 + 4 + 12 * len(tags), [struct.pack(">I", len(tags))], []
    for name, tag in tags.items():
        content = tag + bytes(-len(tag) % 4)
        directory.append(struct.pack(">4sII", name, offset, len(content)))
        data.append(content)
        offset += len(content)
    header = struct.pack(
        ">I4sI4s4s4s12s4s28s3i48s",
        offset, b"", 0x04200000, b"mntr", space, b"XYZ ", b"", b"acsp", b"", *(round(65536 * value) for value in D50), b"",
    )  # fmt: skip
    return ImageCms.ImageCmsProfile(io.BytesIO(b"".join((header, *directory, *data))))
