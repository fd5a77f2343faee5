"""Pictures of a PDF: their samples, or only the table of what these mean, become those of a target's space."""

from typing import Any

import pikepdf
from pikepdf import Array, Name
from PIL import Image

from toolchain.forms.pdf.colours import samples
from toolchain.forms.pdf.colours.functions import pairs
from toolchain.forms.pdf.colours.problems import UnconvertibleError
from toolchain.forms.pdf.colours.samples import JPX, WHOLE
from toolchain.forms.pdf.colours.spaces import Device, Indexed, Space, space_of
from toolchain.forms.pdf.colours.targets import FULL, Target
from toolchain.forms.pdf.reading.objects import filters

NO_LONGER = ("/Decode", "/DecodeParms", "/Alternates", "/Intent", "/SMaskInData")
"""Keys of a picture that say something of samples that it had."""


def convert(pdf: pikepdf.Pdf, image: Any, resources: Any, target: Target) -> None:
    """Give a picture the colours of a target. Raises UnconvertibleError if nobody can know which colours it has."""
    if image.get("/ImageMask", False):
        return
    if "/Alternates" in image:
        del image["/Alternates"]
    is_jpx = JPX in filters(image)
    if is_jpx and "/ColorSpace" not in image:
        _of_jpeg_2000(pdf, image, None, target)
        return
    space = space_of(image.get("/ColorSpace"), resources)
    if space.neutral:
        image.ColorSpace = Name.DeviceGray
    elif isinstance(space, Indexed):
        image.ColorSpace = _indexed(space.palette(target), space.last, target)
    elif isinstance(space, Device) and space.kind == "cmyk" and target.device == "/DeviceCMYK":
        image.ColorSpace = target.name
    elif is_jpx:
        _of_jpeg_2000(pdf, image, space, target)
    elif space.components == 1 and int(image.get("/BitsPerComponent", WHOLE)) <= WHOLE:
        _mean_otherwise(image, space, target)
    else:
        _of_samples(pdf, image, space, target)


def _indexed(palette: bytes, last: int, target: Target) -> Array:
    return Array([Name.Indexed, target.name, last, pikepdf.String(palette)])


def _mean_otherwise(image: Any, space: Space, target: Target) -> None:
    """Have samples of one number be those of a table with all colours that they can have: they stay what they are."""
    bits = WHOLE if "/DCTDecode" in filters(image) else int(image.get("/BitsPerComponent", WHOLE))
    last = 2**bits - 1
    values = bytes(FULL * number // last for number in range(last + 1))
    meant = samples.decoded(values, space.ranges, _decode(image, space))
    image.ColorSpace = _indexed(space.converted(meant, (last + 1, 1), target), last, target)
    if "/Decode" in image:
        del image["/Decode"]


def _decode(image: Any, space: Space) -> list[tuple[float, float]]:
    return pairs(image["/Decode"]) if "/Decode" in image else list(space.ranges)


def _of_samples(pdf: pikepdf.Pdf, image: Any, space: Space, target: Target) -> None:
    """Convert the samples of a picture."""
    size = int(image.Width), int(image.Height)
    if "/Matte" in image.get("/SMask", {}):
        raise UnconvertibleError("its colours are mixed with those behind its soft mask")
    data = samples.unpacked(image, space.components)
    stencil = samples.keyed(image, space.components, data)
    meant = samples.decoded(data, space.ranges, _decode(image, space))
    _convert(image, meant, size, space, target)
    if stencil is not None:
        image.Mask = pdf.make_stream(
            stencil,
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=size[0],
            Height=size[1],
            ImageMask=True,
            BitsPerComponent=1,
        )


def _of_jpeg_2000(pdf: pikepdf.Pdf, image: Any, space: Space | None, target: Target) -> None:
    """Convert a JPEG 2000, which knows its colours itself, and may know how opaque each is."""
    picture = samples.jpeg_2000(image)
    if space is None and picture.mode == "L":
        return
    with_alpha = picture.mode in samples.ALPHA and int(image.get("/SMaskInData", 0)) == 1
    alpha = picture.getchannel("A") if with_alpha else None
    if picture.mode in samples.ALPHA:
        picture = Image.merge(picture.mode[:-1], picture.split()[:-1])
    known = space or Device({1: "grey", 3: "rgb", 4: "cmyk"}[samples.MODES[picture.mode]])
    if known.components != samples.MODES[picture.mode]:
        raise UnconvertibleError("its JPEG 2000 has other colours than it says")
    image.Width, image.Height = picture.size
    data = samples.decoded(picture.tobytes(), known.ranges, _decode(image, known))
    _convert(image, data, picture.size, known, target)
    if alpha is not None:
        image.SMask = pdf.make_stream(
            alpha.tobytes(),
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=picture.width,
            Height=picture.height,
            ColorSpace=Name.DeviceGray,
            BitsPerComponent=WHOLE,
        )


def _convert(image: Any, data: bytes, size: tuple[int, int], space: Space, target: Target) -> None:
    """Give a picture the target's colours for some of a space; one in greys needs none of them."""
    in_greys = isinstance(space, Device) and space.kind == "rgb" and data[::3] == data[1::3] == data[2::3]
    name = Name.DeviceGray if in_greys else target.name
    _write(image, data[::3] if in_greys else space.converted(data, size, target), name)


def _write(image: Any, data: bytes, name: Name) -> None:
    """Give a picture these samples, a byte each, of a space of this name."""
    for key in NO_LONGER:
        if key in image:
            del image[key]
    image.write(data)
    image.ColorSpace, image.BitsPerComponent = name, WHOLE
