"""Colours of every kind become greys or four inks: looked at as they are drawn, and in the file, where none is left."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageChops, ImageStat
from support import coloured_pdfs
from support.coloured_pdfs import CELL, image

from toolchain.base.errors import BuilderError
from toolchain.forms.pdf import standards
from toolchain.forms.pdf.colours import Cmyk, Grey, Target, convert, profiles
from toolchain.forms.pdf.colours.functions import function_of
from toolchain.forms.pdf.reading.pixels import most_ink

SCALE = 3
MOST_INK = 240
NEAR, NEAR_IN_INKS = 2.0, 15.0
"""Of 255: how far greys may be from what was meant, and inks from the lights that they stand for, both as pdfium has them."""
OTHERWISE = {
    # pdfium does not know our paper, and what is seen through is mixed as greys, not before.
    "inks": 8.0,
    "lines of inks": 8.0,
    "picture: inks": 8.0,
    "picture: jpeg of inks": 8.0,
    "gold": 8.0,
    "picture: gold": 8.0,
    "picture: lab": 8.0,
    "black ink": 30.0,
    "soft mask": 16.0,
    # Between the corners of a mesh greys are mixed.
    "triangles": 14.0,
    "lattice": 14.0,
    "patch": 14.0,
}
BEYOND_INKS = {
    *(
        "chosen twice",
        "strings",
        "comment",
        "table",
        "pattern",
        "picture: lab",
        "picture: two inks",
        "black ink",
    ),
}
"""Cells with colours so bright that no inks are."""
OF_GREYS = {"g", "G"}
OF_COLOURS = {"rg", "RG", "k", "K", "sc", "SC", "scn", "SCN", "cs", "CS"}


def converted(path: Path, target: Target) -> Path:
    made = path.with_name(f"{path.stem}-{type(target).__name__}.pdf")
    with pikepdf.open(path) as pdf:
        convert(pdf, target)
        pdf.save(made, deterministic_id=True)
    return made


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Give a PDF of colours of every kind, as it is and as it becomes."""
    path = tmp_path_factory.mktemp("kinds") / "kinds.pdf"
    coloured_pdfs.write(path)
    paper = standards.paper()
    return {
        "as it is": path,
        "grey": converted(path, Grey(paper)),
        "cmyk": converted(path, Cmyk(paper, MOST_INK)),
    }


def drawn(path: Path) -> Image.Image:
    with pypdfium2.PdfDocument(path) as document:
        picture: Image.Image = document[0].render(scale=SCALE, may_draw_forms=True).to_pil()
    return picture.convert("RGB")


def cells(picture: Image.Image) -> Iterator[tuple[str, Image.Image]]:
    for name, (x, y) in coloured_pdfs.cells().items():
        left, top = SCALE * (x + 5), picture.height - SCALE * (y + CELL - 5)
        side = SCALE * (CELL - 10)
        yield name, picture.crop((left, top, left + side, top + side))


def difference(one: Image.Image, other: Image.Image) -> float:
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


def test_greys_are_as_light_as_what_they_were(kinds: dict[str, Path]) -> None:
    before, after = drawn(kinds["as it is"]), drawn(kinds["grey"])
    how = profiles.transform(profiles.screen(), profiles.greys(), ("RGB", "L"))
    light = profiles.applied(before.tobytes(), before.size, how, "RGB")

    far = {
        name: found
        for (name, meant), (_, seen) in zip(cells(light), cells(after), strict=True)
        if (found := difference(meant, seen.convert("L"))) > OTHERWISE.get(name, NEAR)
    }
    assert far == {}
    red, green, blue = after.split()
    assert red.tobytes() == green.tobytes() == blue.tobytes()
    # Nothing is empty that was not.
    assert {name for name, cell in cells(after) if len(set(cell.convert("L").tobytes())) == 1} == {
        name
        for name, cell in cells(before)
        if len(set(cell.tobytes()[::3])) == len(set(cell.tobytes()[1::3])) == 1
    }


def test_inks_look_like_the_lights_that_they_stand_for(kinds: dict[str, Path]) -> None:
    before, after = drawn(kinds["as it is"]), drawn(kinds["cmyk"])

    far = {
        name
        for (name, meant), (_, seen) in zip(cells(before), cells(after), strict=True)
        if difference(meant, seen) > NEAR_IN_INKS
    }
    assert far <= BEYOND_INKS


def operators(path: Path) -> dict[str, list[list[Any]]]:
    """Return the operands of each operator of all streams of operators that a PDF has."""
    found: dict[str, list[list[Any]]] = {}
    with pikepdf.open(path) as pdf:
        streams: list[Any] = list(pdf.pages)
        for thing in pdf.objects:
            if isinstance(thing, Dictionary) and thing.get("/Subtype") == "/Type3":
                streams += [glyph for _, glyph in thing.CharProcs.items()]
            if isinstance(thing, pikepdf.Stream) and (
                thing.get("/Subtype") == "/Form" or thing.get("/PatternType") == 1
            ):
                streams.append(thing)
        for stream in streams:
            for instruction in pikepdf.parse_content_stream(stream):
                found.setdefault(str(instruction.operator), []).append(list(instruction.operands))
    return found


def written_out(path: Path) -> bytes:
    """Return a PDF without compression, and without the data of its pictures."""
    stream = io.BytesIO()
    with pikepdf.open(path) as pdf:
        for thing in pdf.objects:
            if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image":
                thing.write(b"")
        pdf.save(
            stream, qdf=True, compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable
        )
    return stream.getvalue()


@pytest.mark.parametrize(
    ("kind", "allowed", "refused"),
    [
        (
            "grey",
            OF_GREYS,
            (b"/DeviceRGB", b"/DeviceCMYK", b"/ICCBased", b"/CalRGB", b"/Lab", b"/Separation", b"/DeviceN"),
        ),
        (
            "cmyk",
            {*OF_GREYS, "k", "K"},
            (b"/DeviceRGB", b"/ICCBased", b"/CalRGB", b"/Lab", b"/Separation", b"/DeviceN"),
        ),
    ],
)
def test_no_other_colour_is_left_in_the_file(
    kind: str, allowed: set[str], refused: tuple[bytes, ...], kinds: dict[str, Path]
) -> None:
    assert len(OF_COLOURS & set(operators(kinds["as it is"]))) > len(OF_COLOURS) / 2
    found = operators(kinds[kind])

    assert "INLINE IMAGE" not in found
    assert OF_COLOURS & set(found) <= {*allowed, "cs", "scn"}
    assert {str(name) for (name,) in found["cs"]} == {"/Pattern", "/ToolchainPatterns"}
    assert all(isinstance(operands[-1], Name) for operands in found["scn"])
    data = written_out(kinds[kind])
    assert [name for name in refused if name in data.replace(b"/LabelledBy", b"")] == []


def test_what_is_no_colour_stays_as_it_is(kinds: dict[str, Path]) -> None:
    before, after = operators(kinds["as it is"]), operators(kinds["grey"])

    for name in ("Tj", "Td", "Tf", "re", "w", "gs", "BT", "ET", "q", "Q"):
        assert before[name] == after[name]
    assert [bytes(operands[0]) for operands in after["Tj"]] == [b"1 0 0 rg ) ((1 0 0 rg)) % x", b"a"]


def test_greys_are_black_ink_alone_and_no_place_has_more_ink_than_the_paper_takes(
    kinds: dict[str, Path],
) -> None:
    found = operators(kinds["cmyk"])

    assert ["0.4"] in [[str(number) for number in operands] for operands in found["g"]]
    inks = [sum(map(float, operands)) for name in ("k", "K") for operands in found[name]]
    assert 100 * max(inks) <= MOST_INK + 1
    with pikepdf.open(kinds["cmyk"]) as pdf:
        pictures = [
            most_ink(thing)
            for thing in pdf.objects
            if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image"
        ]
        (greys,) = [
            thing.read_bytes()
            for thing in pdf.objects
            if isinstance(thing, pikepdf.Stream)
            and thing.get("/ColorSpace") == "/DeviceGray"
            and thing.read_bytes() == bytes((0, 90, 180, 255))
        ][1:]
    assert greys
    assert len([ink for ink in pictures if ink]) > 10
    assert max(pictures) <= MOST_INK + 2


def test_what_is_converted_stays_so_and_is_the_same_each_time(kinds: dict[str, Path], tmp_path: Path) -> None:
    for kind, target in (("grey", Grey), ("cmyk", Cmyk)):
        again = tmp_path / f"{kind}.pdf"
        again.write_bytes(kinds["as it is"].read_bytes())
        assert (
            converted(again, target(standards.paper(), *([MOST_INK] if target is Cmyk else []))).read_bytes()
            == kinds[kind].read_bytes()
        )
        twice = converted(kinds[kind], target(standards.paper()))
        assert difference(drawn(kinds[kind]), drawn(twice)) < 0.5


def one_page(folder: Path, content: str, **resources: Any) -> Path:
    path = folder / "one.pdf"
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(CELL, CELL))
        page.Contents = pdf.make_stream(content.encode())
        made = {
            f"/{kind}": Dictionary(
                {f"/{name}": value(pdf) if callable(value) else value for name, value in entries.items()}
            )
            for kind, entries in resources.items()
        }
        page.Resources = Dictionary(made)
        pdf.save(path)
    return path


def content_of(path: Path) -> str:
    with pikepdf.open(path) as pdf:
        return str(pdf.pages[0].Contents.read_bytes().decode())


def test_a_picture_of_many_pixels_has_the_inks_of_its_colours(tmp_path: Path) -> None:
    side = 256
    data = bytes(value for y in range(side) for x in range(side) for value in (x, y, (x + y) // 2))
    path = one_page(tmp_path, "/P Do", XObject={"P": image(data, Name.DeviceRGB, size=side)})
    target = Cmyk(standards.paper(), MOST_INK)

    with pikepdf.open(converted(path, target)) as pdf:
        picture = pdf.pages[0].Resources.XObject.P
        inks, most = picture.read_bytes(), most_ink(picture)

    assert most <= MOST_INK + 1
    for x, y in ((200, 30), (30, 220), (120, 10)):
        at = side * y + x
        alone = target.of_profile(data[3 * at : 3 * at + 3], (1, 1), profiles.screen(), "RGB")
        assert max(abs(a - b) for a, b in zip(inks[4 * at : 4 * at + 4], alone, strict=True)) <= 8


def separation(ink: str) -> Callable[[pikepdf.Pdf], Array]:
    return lambda pdf: Array(
        [Name.Separation, Name(f"/{ink}"), Name.DeviceRGB, coloured_pdfs.program(pdf, "{ dup dup }", 1, 3)]
    )


def matted(pdf: pikepdf.Pdf) -> Any:
    picture = coloured_pdfs.IMAGES["soft mask"](pdf)
    picture.SMask.Matte = Array([0, 0, 0])
    return picture


def broken(pdf: pikepdf.Pdf) -> Any:
    return image(b"no JPEG", Name.DeviceRGB, Filter=Name.DCTDecode)(pdf)


@pytest.mark.parametrize(
    ("content", "resources", "message"),
    [
        ("/N cs 1 scn 0 0 9 9 re f", {"ColorSpace": {"N": separation("None")}}, "page 1: its colours cannot become greys: it is drawn in an ink that is none"),
        ("/X cs 1 scn 0 0 9 9 re f", {}, "page 1: its colours cannot become greys: its colour space /X is nowhere"),
        ("1 0 rg 0 0 9 9 re f", {}, "page 1: its colours cannot become greys: a colour of 3 numbers has 2"),
        ("/P Do", {"XObject": {"P": matted}}, "page 1, XObject P: its colours cannot become greys: its colours are mixed with those behind its soft mask"),
        ("/P Do", {"XObject": {"P": broken}}, "page 1, XObject P: its colours cannot become greys: it is packed in /DCTDecode, which cannot be read"),
        ("/P Do", {"XObject": {"P": image(b"", Array([Name.Strange, 1]))}}, "page 1, XObject P: its colours cannot become greys: its colour space /Strange is not known"),
        ("/F Do", {"XObject": {"F": coloured_pdfs.form(b"/DeviceRGB cs Q 1 0 0 sc")}}, ""),
        ("/F Do", {"XObject": {"F": coloured_pdfs.form(b"q /DeviceRGB cs Q 1 0 0 sc 0 0 9 9 re f")}}, "page 1, XObject F: its colours cannot become greys: it has a colour of a space that is chosen elsewhere"),
        ("/S sh", {"Shading": {"S": coloured_pdfs.shade(2, Dictionary(FunctionType=9, Domain=[0, 1]), Coords=[0, 0, 1, 1])}}, "page 1, Shading S: its colours cannot become greys: it has a function of the unknown type 9"),
        ("/S sh", {"Shading": {"S": Dictionary(ShadingType=2)}}, "page 1, Shading S: it is malformed"),
        ("/P Do", {"XObject": {"P": coloured_pdfs.form(b"", Subtype=Name.PS)}}, "page 1, XObject P: its colours cannot become greys: it is of the kind /PS"),
    ],
)  # fmt: skip
def test_what_nobody_can_convert_is_named(
    content: str, resources: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = one_page(tmp_path, content, **resources)
    if not message:
        converted(path, Grey(standards.paper()))
        return

    with pytest.raises(BuilderError) as raised:
        converted(path, Grey(standards.paper()))

    assert raised.value.message.startswith(message)
    assert "`colours`" in raised.value.remedy


def test_four_inks_need_a_paper_to_become_greys_and_black_alone_does_not(tmp_path: Path) -> None:
    black = one_page(tmp_path, "0 0 0 0.25 k 0 0 9 9 re f")
    assert content_of(converted(black, Grey(None))) == "0.75 g 0 0 9 9 re f"

    with pytest.raises(BuilderError, match="there is no ICC profile of four inks"):
        converted(one_page(tmp_path, "1 0 0 0 k 0 0 9 9 re f"), Grey(None))


def test_resources_may_say_what_numbers_mean(tmp_path: Path) -> None:
    swapped = "{ exch }"

    def turned(pdf: pikepdf.Pdf) -> Array:
        tint = coloured_pdfs.program(pdf, swapped, 3, 3)
        return Array([Name.DeviceN, Array([Name.A, Name.B, Name.C]), Name.DeviceRGB, tint])

    plain = converted(one_page(tmp_path, "0.9 0.1 0.5 rg 0 0 9 9 re f"), Grey(None))
    before = content_of(plain)
    path = one_page(tmp_path, "0.9 0.5 0.1 rg 0 0 9 9 re f", ColorSpace={"DefaultRGB": turned})

    assert content_of(converted(path, Grey(None))) == before
    with pikepdf.open(converted(path, Grey(None))) as pdf:
        assert "/ColorSpace" not in pdf.pages[0].Resources


@pytest.mark.parametrize(
    ("program", "inputs", "outputs"),
    [
        ("{ 2 copy add 3 1 roll sub }", [0.75, 0.25], [1.0, 0.5]),
        ("{ dup 0.5 gt { pop 1 } { pop 0 } ifelse }", [0.6], [1.0]),
        ("{ dup 0.5 lt { 2 mul } if }", [0.25], [0.5]),
        ("{ 360 mul sin abs }", [0.25], [1.0]),
        ("{ 1 index exch div exch pop }", [0.5, 0.8], [0.625]),
        ("{ 10 mul cvi 3 idiv 10 div }", [0.75], [0.2]),
        ("{ 2 exp % a square\n }", [0.5], [0.25]),
        ("{ true false or { sqrt } if }", [0.25], [0.5]),
        ("{ 4 mul round 4 div neg 1 add }", [0.6], [0.5]),
    ],
)
def test_programs_count_as_postscript_does(program: str, inputs: list[float], outputs: list[float]) -> None:
    with pikepdf.new() as pdf:
        function = function_of(coloured_pdfs.program(pdf, program, len(inputs), len(outputs)))
        assert function(inputs) == pytest.approx(outputs)


def test_tables_have_straight_lines_between_their_samples() -> None:
    with pikepdf.new() as pdf:
        samples = bytes.fromhex("000fff" + "fff000")  # four of twelve bits
        table = pdf.make_stream(
            samples, FunctionType=0, Domain=[0, 1, 0, 1], Range=[0, 1], Size=[2, 2], BitsPerSample=12
        )
        function = function_of(table)
        assert function([0, 0]) == [0]
        assert function([1, 0]) == [1]
        assert function([0.25, 0]) == pytest.approx([0.25])
        assert function([0.5, 0.5]) == pytest.approx([0.5])
        assert function([2, 1]) == [0]


def test_annotations_keep_their_looks_in_greys(kinds: dict[str, Path]) -> None:
    with pikepdf.open(kinds["grey"]) as pdf:
        (annotation,) = pdf.pages[0].Annots
        assert len(annotation.C) == 1
        assert float(annotation.C[0]) == pytest.approx(0.51, abs=0.01)
