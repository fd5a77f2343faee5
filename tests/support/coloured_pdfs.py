"""A PDF with colours of every kind that there is, one in each cell of a page."""

import io
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, ImageCms

CELL, ACROSS = 40, 6
LIGHTS = ((214, 39, 40), (31, 119, 180), (44, 160, 44), (255, 187, 120))
"""Colours of a picture of four points; none is a grey."""
INKS = ((0, 200, 180, 20), (220, 60, 0, 0), (120, 0, 200, 30), (0, 0, 90, 0))
WHITE = [0.9505, 1.0, 1.089]

Thing = Callable[[pikepdf.Pdf], Any]


def lights() -> bytes:
    return bytes(value for colour in LIGHTS for value in colour)


def inks() -> bytes:
    return bytes(value for colour in INKS for value in colour)


def squares(mode: str, data: bytes) -> Image.Image:
    """A picture of sixty-four points: each of four is a square."""
    return Image.frombytes(mode, (2, 2), data).resize((64, 64), Image.Resampling.NEAREST)


def packed(mode: str, data: bytes, form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    squares(mode, data).save(stream, form, **options)
    return stream.getvalue()


def icc() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def image(data: bytes, space: Thing | Any, size: int = 2, bits: int = 8, **entries: Any) -> Thing:
    def made(pdf: pikepdf.Pdf) -> Any:
        more = {name: value(pdf) if callable(value) else value for name, value in entries.items()}
        stream = pikepdf.Stream(pdf, data)
        described = {"Type": Name.XObject, "Subtype": Name.Image, "Width": size, "Height": size, **more}
        if space is not None:
            described["ColorSpace"] = space(pdf) if callable(space) else space
        if bits:
            described["BitsPerComponent"] = bits
        for name, value in described.items():
            stream[f"/{name}"] = value
        return pdf.make_indirect(stream)

    return made


def profiled(pdf: pikepdf.Pdf) -> Array:
    return Array([Name.ICCBased, pdf.make_stream(icc(), N=3)])


def calibrated(_: pikepdf.Pdf) -> Array:
    matrix = [0.4124, 0.2126, 0.0193, 0.3576, 0.7152, 0.1192, 0.1805, 0.0722, 0.9505]
    return Array([Name.CalRGB, Dictionary(WhitePoint=WHITE, Gamma=[2.2, 2.2, 2.2], Matrix=matrix)])


def lab(_: pikepdf.Pdf) -> Array:
    return Array([Name.Lab, Dictionary(WhitePoint=[0.9642, 1, 0.8249], Range=[-128, 127, -128, 127])])


def program(pdf: pikepdf.Pdf, text: str, inputs: int, outputs: int) -> Any:
    return pdf.make_stream(text.encode(), FunctionType=4, Domain=[0, 1] * inputs, Range=[0, 1] * outputs)


def gold(pdf: pikepdf.Pdf) -> Array:
    tint = program(pdf, "{ dup 0.2 mul exch dup 0.4 mul exch 0.9 mul 0 }", 1, 4)
    return Array([Name.Separation, Name.Gold, Name.DeviceCMYK, tint])


def black_ink(pdf: pikepdf.Pdf) -> Array:
    return Array(
        [Name.Separation, Name.Black, Name.DeviceCMYK, program(pdf, "{ 0 exch 0 exch 0 exch }", 1, 4)]
    )


def two_inks(pdf: pikepdf.Pdf) -> Array:
    tint = program(pdf, "{ 1 exch sub exch 1 exch sub exch 2 copy add 2 div }", 2, 3)
    return Array([Name.DeviceN, Array([Name.Moss, Name.Rust]), Name.DeviceRGB, tint])


def table(_: pikepdf.Pdf) -> Array:
    return Array([Name.Indexed, Name.DeviceRGB, 3, String(lights())])


def ramp(**ends: Any) -> Dictionary:
    return Dictionary(FunctionType=2, Domain=[0, 1], N=1, **ends)


def joined() -> Dictionary:
    parts = [ramp(C0=[0.8, 0.1, 0.1], C1=[0.1, 0.7, 0.2]), ramp(C0=[0.1, 0.7, 0.2], C1=[0.1, 0.2, 0.9])]
    return Dictionary(FunctionType=3, Domain=[0, 1], Functions=parts, Bounds=[0.5], Encode=[0, 1, 0, 1])


def sampled(pdf: pikepdf.Pdf) -> Any:
    return pdf.make_stream(
        lights(), FunctionType=0, Domain=[0, 1], Range=[0, 1] * 3, Size=[4], BitsPerSample=8
    )


def shade(kind: int, function: Any, **entries: Any) -> Thing:
    def made(pdf: pikepdf.Pdf) -> Any:
        of = function(pdf) if callable(function) else function
        named = {"ColorSpace": Name.DeviceRGB, **entries}
        return pdf.make_indirect(Dictionary(ShadingType=kind, Function=of, **named))

    return made


def triangles(pdf: pikepdf.Pdf) -> Any:
    """A mesh of two triangles, with a colour at each corner."""
    corners = [(0, 0, 0), (0, 255, 0), (0, 0, 255), (1, 255, 255)]
    data = b"".join(
        bytes((flag, x, y, *colour)) for (flag, x, y), colour in zip(corners, LIGHTS, strict=True)
    )
    return pdf.make_stream(
        data,
        ShadingType=4,
        ColorSpace=Name.DeviceRGB,
        BitsPerCoordinate=8,
        BitsPerComponent=8,
        BitsPerFlag=8,
        Decode=[0, CELL - 6, 0, CELL - 6, 0, 1, 0, 1, 0, 1],
    )


def lattice(pdf: pikepdf.Pdf) -> Any:
    corners = [(0, 0), (15, 0), (0, 15), (15, 15)]
    data = b"".join(
        bytes((x << 4 | y, *(value & 0xF0 | value >> 4 for value in colour)))
        for (x, y), colour in zip(corners, LIGHTS, strict=True)
    )
    return pdf.make_stream(
        data,
        ShadingType=5,
        ColorSpace=Name.DeviceRGB,
        BitsPerCoordinate=4,
        BitsPerComponent=8,
        VerticesPerRow=2,
        Decode=[0, CELL - 6, 0, CELL - 6, 0, 1, 0, 1, 0, 1],
    )


def patch(pdf: pikepdf.Pdf) -> Any:
    """A Coons patch that fills its cell."""
    edge = [(0, 0), (0, 85), (0, 170), (0, 255), (85, 255), (170, 255), (255, 255)]
    edge += [(255, 170), (255, 85), (255, 0), (170, 0), (85, 0)]
    data = bytes((0, *(value for point in edge for value in point))) + lights()
    return pdf.make_stream(
        data,
        ShadingType=6,
        ColorSpace=Name.DeviceRGB,
        BitsPerCoordinate=8,
        BitsPerComponent=8,
        BitsPerFlag=8,
        Decode=[0, CELL - 6, 0, CELL - 6, 0, 1, 0, 1, 0, 1],
    )


def tile(pdf: pikepdf.Pdf, content: bytes, paint: int, **resources: Any) -> Any:
    return pdf.make_stream(
        content,
        PatternType=1,
        PaintType=paint,
        TilingType=1,
        BBox=[0, 0, 8, 8],
        XStep=8,
        YStep=8,
        Resources=Dictionary(**resources),
    )


def form(content: bytes, **entries: Any) -> Thing:
    def made(pdf: pikepdf.Pdf) -> Any:
        more = {name: value(pdf) if callable(value) else value for name, value in entries.items()}
        names = {"Type": Name.XObject, "Subtype": Name.Form, "BBox": [0, 0, 34, 34], **more}
        return pdf.make_stream(content, **names)

    return made


def masked(pdf: pikepdf.Pdf) -> Any:
    """A state in which a coloured drawing says how much is seen."""
    group = Dictionary(Type=Name.Group, S=Name.Transparency, CS=Name.DeviceRGB)
    light = form(b"0.2 0.9 0.3 rg 0 0 400 400 re f", Group=group)(pdf)
    light.BBox = Array([0, 0, 400, 400])
    return Dictionary(SMask=Dictionary(S=Name.Luminosity, G=light, BC=[0, 0, 0]))


FILL = " 0 0 34 34 re f"
OPERATORS = {
    "rgb": "0.84 0.15 0.16 rg" + FILL,
    "lines of rgb": "0.12 0.47 0.71 RG 20 w 0 17 m 34 17 l S",
    "inks": "0 0.8 0.7 0.1 k" + FILL,
    "lines of inks": "0.8 0.2 0 0 K 20 w 0 17 m 34 17 l S",
    "grey of lights": "0.4 0.4 0.4 rg" + FILL,
    "first colour": "/DeviceRGB cs" + FILL,
    "chosen twice": "/DeviceRGB cs q 0.9 0.1 0.1 sc 0 0 17 34 re f Q 0.1 0.1 0.9 scn 17 0 17 34 re f",
    "strings": "0.1 0.6 0.1 rg 0 0 34 34 re f BT /F1 6 Tf 2 2 Td (1 0 0 rg \\) ((1 0 0 rg)) % x) Tj ET",
    "comment": "0.1 0.1 0.6 rg % 1 0 0 rg\n 0 0 34 34 re f",
    "inline": "q 34 0 0 34 0 0 cm BI /W 2 /H 2 /CS /RGB /BPC 8 /F /AHx ID " + lights().hex() + "> EI Q",
    "inline table": "q 34 0 0 34 0 0 cm BI /W 2 /H 2 /CS /T /BPC 8 /F /AHx ID 00010203> EI Q",
    "stencil": "0.7 0.2 0.6 rg q 34 0 0 34 0 0 cm BI /W 2 /H 2 /IM true /BPC 1 /F /AHx ID 8040> EI Q",
    "icc": "/P cs 0.8 0.2 0.1 sc" + FILL,
    "calibrated": "/C cs 0.8 0.2 0.1 sc" + FILL,
    "lab": "/L cs 50 60 30 sc" + FILL,
    "gold": "/G1 cs 0.8 scn" + FILL,
    "black ink": "/K1 cs 0.6 scn" + FILL,
    "two inks": "/N cs 0.3 0.8 scn" + FILL,
    "table": "/T cs 2 sc" + FILL,
    "pattern": "/Pattern cs /T1 scn" + FILL,
    "pattern with a colour": "/U cs 0.9 0.3 0.1 /T2 scn" + FILL,
    "shade as a pattern": "/Pattern cs /S1 scn" + FILL,
    "drawing": "/Drawing Do",
    "letters": "0.2 0.2 0.8 rg BT /F3 30 Tf 2 2 Td (a) Tj ET",
    "soft mask": "/Masked gs 0.8 0.1 0.1 rg" + FILL,
    "axial": "q 0 0 34 34 re W n /Axial sh Q",
    "axial of parts": "q 0 0 34 34 re W n /Joined sh Q",
    "axial of samples": "q 0 0 34 34 re W n /Sampled sh Q",
    "radial": "q 0 0 34 34 re W n /Radial sh Q",
    "of two": "q 0 0 34 34 re W n /OfTwo sh Q",
    "triangles": "q 0 0 34 34 re W n /Triangles sh Q",
    "lattice": "q 0 0 34 34 re W n /Lattice sh Q",
    "patch": "q 0 0 34 34 re W n /Patch sh Q",
}
SHADES: dict[str, Thing] = {
    "Axial": shade(2, ramp(C0=[0.9, 0.2, 0.1], C1=[0.1, 0.3, 0.9]), Coords=[0, 0, 34, 0]),
    "Joined": shade(2, joined(), Coords=[0, 0, 34, 0]),
    "Sampled": shade(2, sampled, Coords=[0, 0, 0, 34]),
    "Radial": shade(
        3, ramp(C0=[0.9, 0.8, 0.1], C1=[0.4, 0.1, 0.6]), Coords=[17, 17, 0, 17, 17, 20], Extend=[True, True]
    ),
    "OfTwo": shade(
        1,
        lambda pdf: program(pdf, "{ 2 copy add 2 div }", 2, 3),
        Matrix=[34, 0, 0, 34, 0, 0],
        Domain=[0, 1, 0, 1],
    ),
    "Triangles": triangles,
    "Lattice": lattice,
    "Patch": patch,
}
ONE_BIT = bytes((0b10000000, 0b01000000))
IMAGES: dict[str, Thing] = {
    "rgb": image(lights(), Name.DeviceRGB),
    "rgb turned": image(lights(), Name.DeviceRGB, Decode=[1, 0, 1, 0, 0, 1]),
    "four bits": image(bytes.fromhex("d22177") + bytes.fromhex("2a2fb7"), Name.DeviceRGB, bits=4),
    "sixteen bits": image(bytes(v for value in lights() for v in (value, 0)), Name.DeviceRGB, bits=16),
    "flate": image(zlib.compress(lights()), Name.DeviceRGB, Filter=Name.FlateDecode),
    "icc": image(lights(), profiled),
    "calibrated": image(lights(), calibrated),
    "lab": image(bytes((128, 190, 160, 150, 90, 170, 200, 128, 60, 90, 128, 200)), lab),
    "inks": image(inks(), Name.DeviceCMYK),
    "gold": image(bytes((0, 90, 180, 255)), gold),
    "gold of bits": image(ONE_BIT, gold, bits=1, Decode=[1, 0]),
    "two inks": image(bytes((0, 255, 128, 60, 255, 0, 200, 200)), two_inks),
    "table": image(bytes((0, 1, 2, 3)), table),
    "table of two bits": image(bytes((0b00011011, 0b11100100)), table, bits=2),
    "key": image(lights(), Name.DeviceRGB, Mask=[200, 220, 30, 50, 30, 50]),
    "soft mask": image(lights(), Name.DeviceRGB, SMask=image(bytes((255, 128, 60, 255)), Name.DeviceGray)),
    "jpeg": image(
        packed("RGB", lights(), "JPEG", quality=95), Name.DeviceRGB, size=64, Filter=Name.DCTDecode
    ),
    "jpeg of inks": image(
        packed("CMYK", inks(), "JPEG", quality=95),
        Name.DeviceCMYK,
        size=64,
        Filter=Name.DCTDecode,
        Decode=[1, 0] * 4,
    ),
    "jpeg 2000": image(packed("RGB", lights(), "JPEG2000"), Name.DeviceRGB, size=64, Filter=Name.JPXDecode),
    "jpeg 2000 alone": image(
        packed("RGB", lights(), "JPEG2000"), None, size=64, bits=0, Filter=Name.JPXDecode
    ),
    "grey": image(bytes((0, 90, 180, 255)), Name.DeviceGray),
    "greys of lights": image(
        bytes(value for grey in (0, 90, 180, 255) for value in [grey] * 3), Name.DeviceRGB
    ),
}


def _resources(pdf: pikepdf.Pdf) -> Dictionary:
    glyph = pdf.make_stream(b"1 0 d0 0.7 0.2 0.2 rg 0 0 1 1 re f")
    letters = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type3,
        FontBBox=[0, 0, 1, 1],
        FontMatrix=[1, 0, 0, 1, 0, 0],
        CharProcs=Dictionary(a=glyph),
        Encoding=Dictionary(Type=Name.Encoding, Differences=[97, Name.a]),
        FirstChar=97,
        LastChar=97,
        Widths=[1],
        Resources=Dictionary(),
    )
    inner = Dictionary(XObject=Dictionary(Inner=IMAGES["rgb"](pdf)))
    across = Dictionary(PatternType=2, Shading=SHADES["Axial"](pdf), Matrix=[6, 0, 0, 6, 0, 0])
    return Dictionary(
        ColorSpace=Dictionary(
            P=profiled(pdf),
            C=calibrated(pdf),
            L=lab(pdf),
            G1=gold(pdf),
            K1=black_ink(pdf),
            N=two_inks(pdf),
            T=table(pdf),
            U=Array([Name.Pattern, Name.DeviceRGB]),
        ),
        Pattern=Dictionary(
            T1=tile(pdf, b"0.9 0.2 0.2 rg 0 0 4 8 re f 0.2 0.2 0.9 rg 4 0 4 8 re f", 1),
            T2=tile(pdf, b"0 0 4 8 re f", 2),
            S1=pdf.make_indirect(across),
        ),
        Shading=Dictionary({f"/{name}": made(pdf) for name, made in SHADES.items()}),
        XObject=Dictionary(
            {
                "/Drawing": form(
                    b"0.1 0.7 0.6 rg 0 0 34 17 re f q 34 0 0 17 0 17 cm /Inner Do Q",
                    Resources=inner,
                    Group=Dictionary(S=Name.Transparency, CS=Name.DeviceRGB),
                )(pdf),
                **{f"/I{number}": made(pdf) for number, made in enumerate(IMAGES.values())},
            }
        ),
        ExtGState=Dictionary(Masked=masked(pdf)),
        Font=Dictionary(
            F1=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica), F3=letters
        ),
    )


def cells() -> dict[str, tuple[int, int]]:
    """The lower left corner of each cell, by what is in it."""
    names = [*OPERATORS, *(f"picture: {name}" for name in IMAGES)]
    return {name: (CELL * (at % ACROSS), CELL * (at // ACROSS)) for at, name in enumerate(names)}


def write(path: Path) -> None:
    """Write the PDF."""
    pdf = pikepdf.new()
    places = cells()
    page = pdf.add_blank_page(page_size=(CELL * ACROSS, CELL * (len(places) // ACROSS + 1)))
    content = []
    drawings = {f"picture: {name}": f"34 0 0 34 0 0 cm /I{number} Do" for number, name in enumerate(IMAGES)}
    for name, (x, y) in places.items():
        drawn = OPERATORS.get(name) or drawings[name]
        content.append(f"q 1 0 0 1 {x + 3} {y + 3} cm\n{drawn}\nQ")
    page.Contents = pdf.make_stream("\n".join(content).encode())
    page.Resources = _resources(pdf)
    page.Group = Dictionary(S=Name.Transparency, CS=Name.DeviceRGB)
    look = form(b"0.9 0.5 0.1 rg 0 0 34 34 re f")(pdf)
    page.Annots = Array(
        [
            pdf.make_indirect(
                Dictionary(
                    Type=Name.Annot,
                    Subtype=Name.Square,
                    Rect=[
                        CELL * (ACROSS - 1) + 3,
                        CELL * (len(places) // ACROSS) + 3,
                        CELL * ACROSS - 3,
                        CELL * (len(places) // ACROSS + 1) - 3,
                    ],
                    C=[1, 0, 0],
                    F=4,
                    AP=Dictionary(N=look),
                )
            )
        ]
    )
    pdf.save(path)
