"""What a printer would refuse of what is drawn: each fault is one finding, and a book without faults has none."""

import re
import shutil
from base64 import b64encode
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image
from support.projects import copy_project
from support.running import run_toolchain

from toolchain.build import checking
from toolchain.check.preflight import base
from toolchain.forms.pdf import printers
from toolchain.forms.pdf.printers import Demand, Number, Profile, Rules, Steps
from toolchain.messages.progress import Plain
from toolchain.project import settings

PDF = "_build/pdf/printable-print.pdf"
LETTERS, PICTURES = "book/letters.md", "book/pictures.md"
HEADING = 1
"""The line of the letters' heading: what is drawn below it comes from there, as far as one can tell."""
PAGE = 6
"""Counted from 0: the page of the letters, a right-hand one, which is numbered 1."""
ORIGIN: dict[str, Any] = {"reason": "For the test.", "source": "This test."}
STRICT = Rules(
    fonts_embedded=Demand(**ORIGIN),
    fonts_subset=Demand(**ORIGIN),
    image_resolution=Number(value=300, **ORIGIN),
    no_rasterised_drawings=Demand(**ORIGIN),
    inner_margin=Steps(value=((0, 9.6), (151, 12.7)), **ORIGIN),
    outer_margin=Number(value=6.4, **ORIGIN),
    no_transparency=Demand(**ORIGIN),
    black_text=Demand(**ORIGIN),
    grey=Demand(**ORIGIN),
    text_size=Number(value=7, **ORIGIN),
    line_width=Number(value=0.75, **ORIGIN),
    lightest_grey=Number(value=10, **ORIGIN),
)
FILTER = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100">'
    '<filter id="blur"><feGaussianBlur stdDeviation="4"/></filter>'
    '<rect x="20" y="20" width="160" height="60" fill="#bbbbbb" filter="url(#blur)"/></svg>'
)
PIXELS = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="60">'
    '<image width="60" height="60" href="data:image/png;base64,%s"/></svg>'
)
COLOURS = ("0 0 0 rg", "1 0 0 rg", "0.4 0.4 0.4 rg", "0 g")
COVER = printers.load("generic").cover

Check = Callable[..., list[tuple[str, str, int | None, str]]]


def built(folder: Path, change: Callable[[Path], None] = lambda _: None, code: int = 0) -> Path:
    project = copy_project("printable", folder)
    change(project)
    build = run_toolchain("build", "pdf", "--edition", "print", project=project)
    assert build.code == code, build.stdout + build.stderr
    return project


@pytest.fixture(scope="module")
def printable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the project's edition for print; tests only look at it."""
    return built(tmp_path_factory.mktemp("printable"))


@pytest.fixture
def project(printable: Path, tmp_path: Path) -> Path:
    """Give a copy that a test may change."""
    shutil.copytree(printable.parent.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / "projects" / "printable"


@pytest.fixture
def printer(monkeypatch: pytest.MonkeyPatch) -> Check:
    """Check with rules that no profile has all together."""

    def findings(project: Path, rules: Rules = STRICT) -> list[tuple[str, str, int | None, str]]:
        monkeypatch.setattr(
            base, "load", lambda _: Profile(title="a test", read="2026-11-23", rules=rules, cover=COVER)
        )
        reported = checking.recheck(settings.load(project), (), Plain(lambda _: None))
        return [(finding.id, finding.path, finding.line, finding.message) for finding in reported]

    return findings


def draw(project: Path, content: str, **resources: Any) -> None:
    """Draw something more on a page."""

    def change(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[PAGE]
        for kind, entries in resources.items():
            dictionary = page.Resources.get(f"/{kind}", pikepdf.Dictionary())
            for name, value in entries.items():
                dictionary[f"/{name}"] = value(pdf) if callable(value) else value
            page.Resources[f"/{kind}"] = dictionary
        page.contents_add(pdf.make_stream(f"q {content} Q".encode()))

    change_pdf(project, change)


def change_pdf(project: Path, change: Callable[[pikepdf.Pdf], None]) -> None:
    with pikepdf.open(project / PDF, allow_overwriting_input=True) as pdf:
        change(pdf)
        pdf.save(project / PDF)


def state(**entries: Any) -> pikepdf.Dictionary:
    return pikepdf.Dictionary(**entries)


def picture(pdf: pikepdf.Pdf, *, size: int = 900, mask: bool = False, kind: str = "/DeviceGray") -> Any:
    count = 3 if kind == "/DeviceRGB" else 1
    names = {"Type": "/XObject", "Subtype": "/Image", "ColorSpace": kind}
    entries = {key: pikepdf.Name(name) for key, name in names.items()}
    image = pdf.make_stream(
        bytes(size * size * count), Width=size, Height=size, BitsPerComponent=8, **entries
    )
    if mask:
        image.SMask = picture(pdf, size=8)
    return image


def drawing(content: bytes, **entries: Any) -> Callable[[pikepdf.Pdf], Any]:
    names = {"Type": pikepdf.Name.XObject, "Subtype": pikepdf.Name.Form}
    return lambda pdf: pdf.make_stream(content, **{"BBox": [0, 0, 90, 90], **names, **entries})


def test_a_good_edition_has_no_finding(printable: Path, printer: Check) -> None:
    assert printer(printable) == []


@pytest.mark.parametrize("name", printers.names())
def test_no_profile_finds_anything(name: str, printable: Path, printer: Check) -> None:
    assert [
        finding for finding in printer(printable, printers.load(name).rules) if finding[0] <= "PRE010"
    ] == []


def test_a_legend_that_greys_make_useless_is_found(project: Path, printer: Check) -> None:
    signs = "".join(
        f'<g id="line2d_{name}"><path d="M 0 0 L 9 0" style="stroke: {colour}"/></g><g id="text_{name}"><!-- {name} --></g>'
        for name, colour in (("bias", "#c02020"), ("variance", "#20688c"))
    )
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><g id="legend_1">{signs}</g></svg>'
    (project / "img/drawing.svg").write_text(svg, encoding="utf-8")
    message = "img/drawing.svg: “bias” and “variance” in the legend become the same grey"

    assert ("PRE020", PICTURES, 3, message) in printer(project)
    assert printer(project, Rules()) == []


def test_no_rule_no_finding(project: Path, printer: Check) -> None:
    draw(project, "1 0 0 RG 0.1 w 0 0 m 9 9 l S 0.99 g 100 100 50 50 re f")

    assert printer(project, Rules()) == []


@pytest.mark.parametrize(
    ("content", "identifier", "message"),
    [
        ("0.3 w 100 100 m 200 100 l S", "PRE009", "page 1: a line of 0.30 pt; 0.75 pt are asked for"),
        ("0 w 100 100 m 200 150 l S", "PRE009", "page 1: a line of 0.00 pt; 0.75 pt are asked for"),
        # The width after all matrices, and an area that is as narrow as a line.
        (
            "0.5 0 0 0.5 0 0 cm 1 w 200 200 m 400 200 l S",
            "PRE009",
            "page 1: a line of 0.50 pt; 0.75 pt are asked for",
        ),
        ("100 100 50 0.2 re f", "PRE009", "page 1: a line of 0.20 pt; 0.75 pt are asked for"),
        (
            "0.96 g 100 100 50 50 re f",
            "PRE010",
            "page 1: an area with 4 % of ink; 10 % are asked for",
        ),
        (
            "/DeviceCMYK cs 0 0 0 0.05 scn 100 100 50 50 re f",
            "PRE010",
            "page 1: an area with 5 % of ink; 10 % are asked for",
        ),
        ("1 0 0 rg 100 100 50 50 re f", "PRE007", "page 1: a line or an area in RGB 100 0 0"),
        ("0.5 0.2 0 0 K 2 w 100 100 m 200 100 l S", "PRE007", "page 1: a line or an area in CMYK 50 20 0 0"),
        (
            "100 3 50 20 re f",
            "PRE004",
            "page 1: 1.1 mm from the lower edge something is printed; 6.4 mm are asked for",
        ),
        (
            "20 100 50 20 re f",
            "PRE004",
            "page 1: 7.1 mm from the back something is printed; 9.6 mm are asked for",
        ),
    ],
)
def test_what_is_drawn_badly_is_one_finding(
    content: str, identifier: str, message: str, project: Path, printer: Check
) -> None:
    draw(project, content)

    line = None if identifier == "PRE004" else HEADING  # margins are measured on all of a page
    assert printer(project) == [(identifier, LETTERS, line, message)]


@pytest.mark.parametrize(
    "content",
    [
        "1 g 0 0 500 20 re f",  # white is not printed
        "0.2 w 100 100 50 50 re n",  # nor is what is neither filled nor stroked
        "100 100 50 50 re W n 0 0 500 500 re f",  # nor what is cut away
        "0.96 g 600 900 50 50 re f",  # nor what is outside
        "0 0 0 0.5 k 100 100 50 50 re f",  # black ink alone is grey
        "3 Tr BT /F1 3 Tf 1 0 0 1 100 100 Tm (a) Tj ET",  # nobody sees letters that are not painted
        "7 Tr BT /F1 3 Tf 1 0 0 1 100 100 Tm (a) Tj ET",  # nor those that only cut
        "BT /None 3 Tf 1 0 0 1 100 100 Tm (a) Tj ET",  # nor those of no font
        "/None sh",
    ],
)
def test_what_is_not_printed_is_no_finding(content: str, project: Path, printer: Check) -> None:
    draw(project, content)

    assert printer(project) == []


def test_what_is_in_no_drawing_is_no_finding(project: Path, printer: Check) -> None:
    light = b"0.96 g 0 0 50 50 re f"

    def endless(pdf: pikepdf.Pdf) -> Any:
        form = drawing(b"/E Do")(pdf)
        form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(E=form))
        return form

    draw(
        project,
        "/E Do /P Do q 1 0 0 1 600 900 cm /A Do Q",
        XObject={
            "A": drawing(light),  # outside of the page
            "E": endless,
            "P": drawing(light, Subtype=pikepdf.Name.PS),  # of the days of PostScript
        },
    )

    assert printer(project) == []


def tint(pdf: pikepdf.Pdf) -> Any:
    return pdf.make_stream(b"{0}", FunctionType=4, Domain=[0, 1], Range=[0, 1])


@pytest.mark.parametrize(
    ("definition", "numbers", "found"),
    [
        (("/Indexed", "/DeviceRGB", 1, b"\0\0\0\xff\0\0"), "1", ("PRE007", "in RGB 100 0 0")),
        (("/Indexed", "/DeviceRGB", 1, b"\0\0\0\xff\0\0"), "0", None),
        (("/Lab", {"/WhitePoint": [1, 1, 1]}), "50 20 -3.5", ("PRE007", "in LAB 50 20 -3.5")),
        (("/Separation", "/Gold", "/DeviceGray", tint), "0.5", ("PRE007", "in a spot colour 50")),
        (("/Separation", "/Black", "/DeviceGray", tint), "0.5", None),
        (
            ("/Separation", "/Black", "/DeviceGray", tint),
            "0.05",
            ("PRE010", "with 5 % of ink; 10 % are asked for"),
        ),
        (("/DeviceN", ("/Black",), "/DeviceGray", tint), "0.5", None),
        (
            ("/DeviceN", ("/Black", "/Gold"), "/DeviceGray", tint),
            "0.5 1",
            ("PRE007", "in a spot colour 50 100"),
        ),
    ],
)
def test_colours_of_every_space_are_named(
    definition: tuple[Any, ...], numbers: str, found: tuple[str, str] | None, project: Path, printer: Check
) -> None:
    def part(value: Any, pdf: pikepdf.Pdf) -> Any:
        if isinstance(value, tuple):
            return pikepdf.Array([part(inner, pdf) for inner in value])
        if isinstance(value, dict):
            return pikepdf.Dictionary(value)
        if callable(value):
            return value(pdf)
        return pikepdf.Name(value) if isinstance(value, str) else value

    draw(
        project,
        f"/C cs {numbers} sc 100 100 50 50 re f",
        ColorSpace={"C": lambda pdf: part(definition, pdf)},
    )

    words = [("a line or an area" if found[0] == "PRE007" else "an area") + f" {found[1]}"] if found else []
    assert [finding[0::3] for finding in printer(project)] == [
        (found[0], f"page 1: {message}") for message in words if found
    ]


def test_shades_and_patterns_are_named(project: Path, printer: Check) -> None:
    between = pikepdf.Dictionary(FunctionType=2, Domain=[0, 1], C0=[1, 0, 0], C1=[0, 0, 1], N=1)
    shade = pikepdf.Dictionary(
        ShadingType=2, ColorSpace=pikepdf.Name.DeviceRGB, Coords=[0, 0, 9, 9], Function=between
    )
    tiles = {"PatternType": 1, "PaintType": 1, "TilingType": 1, "XStep": 9, "YStep": 9, "BBox": [0, 0, 9, 9]}
    draw(
        project,
        "q 100 100 50 50 re W n /S sh Q 0.3 w /Pattern cs /P scn 200 100 50 50 re B",
        Shading={"S": shade},
        Pattern={"P": lambda pdf: pdf.make_stream(b"0.96 g 0 0 5 5 re f", **tiles)},
    )

    assert [finding[0::3] for finding in printer(project)] == [
        ("PRE007", "page 1: a shade in colours"),
        ("PRE009", "page 1: a line of 0.30 pt; 0.75 pt are asked for"),
        ("PRE010", "page 1: an area with 4 % of ink; 10 % are asked for"),
    ]


def font_of(project: Path) -> str:
    """Return the name that the page has for one of its fonts."""
    with pikepdf.open(project / PDF) as pdf:
        return str(min(pdf.pages[PAGE].Resources.Font.keys()))


def test_small_letters_are_named(project: Path, printer: Check) -> None:
    draw(project, f"BT {font_of(project)} 10 Tf 0.3 0 0 0.3 100 100 Tm (a) Tj ET")

    ((identifier, path, _, message),) = printer(project)

    assert (identifier, path) == ("PRE008", LETTERS)
    assert ": letters of 3.0 pt in " in message
    assert message.endswith("; 7 pt are asked for")


def test_a_font_may_be_chosen_with_the_graphics_state_and_be_that_of_all_pages(
    project: Path, printer: Check
) -> None:
    name = font_of(project)
    draw(
        project,
        f"BT {name} 9 Tf /T gs 1 0 0 1 100 100 Tm (a) Tj ET",
        ExtGState={"T": lambda pdf: state(Font=[pdf.pages[PAGE].Resources.Font[name], 3])},
    )

    def inherit(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[PAGE].obj
        page.Parent.Resources = page.Resources
        del page.Resources

    change_pdf(project, inherit)

    ((identifier, _, _, message),) = printer(project)

    assert identifier == "PRE008"
    assert re.fullmatch(r"page 1, “.*”: letters of 3.0 pt in .*; 7 pt are asked for", message)


@pytest.mark.parametrize(
    ("colour", "ink"),
    [("0 0 0 rg", "RGB 0 0 0"), ("1 0 0 1 k", "CMYK 100 0 0 100"), ("1 1 1 1 k", "CMYK 100 100 100 100")],
)
def test_letters_that_are_not_black_are_named(colour: str, ink: str, project: Path, printer: Check) -> None:
    draw(project, f"{colour} BT {font_of(project)} 10 Tf 100 100 Td (a) Tj ET")

    ((identifier, path, _, message),) = printer(project, Rules(black_text=STRICT.black_text))

    assert (identifier, path) == ("PRE006", LETTERS)
    assert message.endswith(f": letters in {ink}")


@pytest.mark.parametrize("colour", ["1 g", "1 1 1 rg", "0.4 g", "0 0 0 1 k", "0 0 0 0.5 k"])
def test_letters_without_any_other_ink_are_no_finding(colour: str, project: Path, printer: Check) -> None:
    draw(project, f"{colour} BT {font_of(project)} 10 Tf 100 100 Td (a) Tj ET")

    assert printer(project) == []


@pytest.mark.parametrize(
    ("entries", "how"),
    [
        ({"ca": 0.5}, "an opacity of 50 %"),
        ({"ca": 0}, "an opacity of 0 %"),
        ({"BM": pikepdf.Name("/Multiply")}, "the blend mode Multiply"),
        ({"SMask": pikepdf.Dictionary(S=pikepdf.Name("/Alpha"))}, "a soft mask"),
    ],
)
def test_what_is_transparent_is_named(
    entries: dict[str, Any], how: str, project: Path, printer: Check
) -> None:
    draw(project, "/T gs 100 100 50 50 re f", ExtGState={"T": state(**entries)})

    assert printer(project) == [("PRE005", LETTERS, HEADING, f"page 1: {how}")]


def test_a_group_in_which_nothing_is_transparent_is_no_finding(project: Path, printer: Check) -> None:
    def group(pdf: pikepdf.Pdf) -> None:
        pdf.pages[PAGE].Group = pikepdf.Dictionary(S=pikepdf.Name.Transparency)

    change_pdf(project, group)

    assert printer(project) == []


def test_pictures_with_alpha_with_colours_and_with_few_pixels_are_named(
    project: Path, printer: Check
) -> None:
    draw(
        project,
        "q 100 0 0 100 100 100 cm /A Do Q q 100 0 0 100 200 100 cm /B Do Q q 9 0 0 9 300 100 cm /C Do Q "
        "q 144 0 0 72 100 300 cm /D Do Q q 72 0 0 72 300 300 cm /D Do Q",
        XObject={
            "A": lambda pdf: picture(pdf, mask=True),
            "B": lambda pdf: picture(pdf, kind="/DeviceRGB"),
            "C": lambda pdf: picture(pdf, size=8),
            "D": lambda pdf: picture(pdf, size=80),
        },
    )

    assert printer(project) == [
        (
            "PRE002",
            LETTERS,
            HEADING,
            "page 1: printed 3 mm wide a picture has 64 pixels per inch; 300 are asked for",
        ),
        (
            "PRE002",
            LETTERS,
            HEADING,
            "page 1: printed 51 mm wide a picture has 40 pixels per inch; 300 are asked for (2 times)",
        ),
        ("PRE005", LETTERS, HEADING, "page 1: a picture with a soft mask"),
        ("PRE007", LETTERS, HEADING, "page 1: a picture in colours"),
    ]


def test_pixels_that_are_drawn_on_purpose_are_no_finding(project: Path, printer: Check) -> None:
    """A matrix of squares that one is to see, an area of a single pixel."""
    draw(
        project,
        "q 100 0 0 100 100 100 cm /A Do Q q 100 0 0 100 200 100 cm /B Do Q",
        XObject={"A": lambda pdf: picture(pdf, size=8), "B": lambda pdf: picture(pdf, size=1)},
    )

    assert printer(project) == []


def test_the_back_takes_more_of_a_thicker_book(project: Path, printer: Check) -> None:
    with pikepdf.open(project / PDF) as pdf:
        number = len(pdf.pages)

    def margins(pages: int) -> Rules:
        return Rules(inner_margin=Steps(value=((1, 1), (pages, 40)), **ORIGIN))

    assert printer(project, margins(number + 1)) == []
    assert {finding[0] for finding in printer(project, margins(number))} == {"PRE004"}


def test_letters_of_a_drawing_may_have_colours_but_no_mixed_black(project: Path, printer: Check) -> None:
    name = font_of(project)
    lines = [f"{colour} BT {name} 10 Tf 9 {10 * n} Td (a) Tj ET" for n, colour in enumerate(COLOURS)]
    content = "\n".join(lines).encode()

    def coloured_letters(pdf: pikepdf.Pdf) -> Any:
        fonts = pikepdf.Dictionary(Font=pdf.pages[PAGE].Resources.Font)
        return drawing(content, Resources=fonts)(pdf)

    draw(project, "q 1 0 0 1 100 100 cm /D Do Q", XObject={"D": coloured_letters})

    coloured = Rules(black_text=STRICT.black_text)
    assert [finding[0] for finding in printer(project, coloured)] == ["PRE006"]
    assert printer(project, coloured)[0][3].endswith(": letters in RGB 0 0 0")
    black = Rules(black_text=STRICT.black_text, grey=STRICT.grey)
    assert [finding[0] for finding in printer(project, black)] == ["PRE006", "PRE006", "PRE006", "PRE007"]


def test_what_is_too_thin_in_a_drawing_is_to_be_changed_there(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = b"0.3 w 9 9 m 80 9 l S 0 w 9 20 m 80 20 l S"
    draw(project, "0.3 w 9 9 m 9 90 l S q 1 0 0 1 100 100 cm /D Do Q", XObject={"D": drawing(lines)})
    rules = Rules(line_width=STRICT.line_width)
    monkeypatch.setattr(
        base, "load", lambda _: Profile(title="a test", read="2026-11-23", rules=rules, cover=COVER)
    )

    reported = checking.recheck(settings.load(project), (), Plain(lambda _: None))

    assert [(finding.message, finding.remedy) for finding in reported] == [
        ("page 1: a line of 0.00 pt; 0.75 pt are asked for", "Give its lines a width."),
        (
            "page 1: a line of 0.30 pt; 0.75 pt are asked for",
            "Change the macro that sets it, in _config/conf.py.",
        ),
        (
            "page 1: a line of 0.30 pt; 0.75 pt are asked for",
            "Make its lines 2.5 times as large in the picture, or draw it as wide as it is printed.",
        ),
    ]


def test_a_page_that_has_become_pixels_is_named(project: Path, printer: Check) -> None:
    draw(project, "540 0 0 670 0 0 cm /A Do", XObject={"A": picture})

    assert printer(project, Rules(no_rasterised_drawings=STRICT.no_rasterised_drawings)) == [
        ("PRE003", LETTERS, None, "page 1: the whole page has become pixels")
    ]


def descriptor_of(font: Any) -> Any:
    return font.DescendantFonts[0].FontDescriptor


def test_a_font_that_is_not_embedded_is_named_once(project: Path, printer: Check) -> None:
    names = set()

    def drop(pdf: pikepdf.Pdf) -> None:
        for font in pdf.pages[PAGE].Resources.Font.values():
            if "Mono" in str(font.BaseFont):
                names.add(str(font.BaseFont).partition("+")[2])
                descriptor = descriptor_of(font)
                for key in ("/FontFile2", "/FontFile3"):
                    if key in descriptor:
                        del descriptor[key]

    change_pdf(project, drop)

    findings = printer(project)
    assert {finding[:3] for finding in findings} == {("PRE001", LETTERS, None)}
    assert {finding[3] for finding in findings} == {
        f"the font {name} is not embedded (first on page 1)" for name in names
    }


def test_the_font_of_an_annotation_is_looked_at(project: Path, printer: Check) -> None:
    def annotate(pdf: pikepdf.Pdf) -> None:
        looks: list[Any] = []
        for name in ("Helvetica", "Courier"):
            font = pikepdf.Dictionary(
                Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name(f"/{name}")
            )
            fonts = pikepdf.Dictionary(Font=pikepdf.Dictionary(H=font))
            looks.append(drawing(b"BT /H 9 Tf (a) Tj ET", Resources=fonts)(pdf))
        one, states = looks[0], pikepdf.Dictionary(On=looks[1])
        annotations = [
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Stamp,
                Rect=[0, 0, 9, 9],
                AP=pikepdf.Dictionary(N=look),
            )
            for look in (one, states)
        ]
        pdf.pages[PAGE].Annots = pikepdf.Array([pdf.make_indirect(note) for note in annotations])

    change_pdf(project, annotate)

    assert printer(project) == [
        ("PRE001", LETTERS, None, f"the font {name} is not embedded (first on page 1)")
        for name in ("Courier", "Helvetica")
    ]


def test_a_font_that_is_embedded_as_a_whole_is_named(project: Path, printer: Check) -> None:
    def rename(pdf: pikepdf.Pdf) -> None:
        for font in pdf.pages[PAGE].Resources.Font.values():
            if str(font.BaseFont).endswith("DejaVuSansMono"):
                font.BaseFont = pikepdf.Name("/DejaVuSansMono")

    change_pdf(project, rename)

    assert printer(project) == [
        ("PRE001", LETTERS, None, "the font DejaVuSansMono is embedded as a whole (first on page 1)")
    ]


def test_pictures_are_named_by_their_sources(tmp_path: Path, printer: Check) -> None:
    def spoil(project: Path) -> None:
        (project / "img/drawing.svg").write_text(FILTER, encoding="utf-8")
        Image.linear_gradient("L").resize((300, 200)).save(project / "img/photograph.png")
        pixels = BytesIO()
        Image.linear_gradient("L").resize((600, 600)).save(pixels, "PNG")
        (project / "img/pixels.svg").write_text(PIXELS % b64encode(pixels.getvalue()).decode())
        with (project / "book/pictures.md").open("a") as page:
            page.write("\n![A square](../img/drawing.svg)\n\n![A gradient](../img/pixels.svg)\n")

    rules = Rules(
        image_resolution=STRICT.image_resolution, no_rasterised_drawings=STRICT.no_rasterised_drawings
    )
    project = built(tmp_path, spoil, code=1)
    assert printer(project, rules) == [
        (
            "PRE003",
            PICTURES,
            3,
            "page 3: img/drawing.svg is printed as pixels because it has a filter",
        ),
        (
            "PRE002",
            PICTURES,
            9,
            "page 3: printed 58 mm wide img/photograph.png has 131 pixels per inch; 300 are asked for",
        ),
    ]

    # What is gone or damaged since then is not known by its source.
    (project / "img/photograph.png").unlink()
    (project / "_build/latex/drawing.pdf").write_bytes(b"")
    unknown = [
        ("PRE002", PICTURES, HEADING, f"page 3: printed {words}; 300 are asked for{times}")
        for words, times in (
            ("53 mm wide a picture has 72 pixels per inch", " (2 times)"),
            ("58 mm wide a picture has 131 pixels per inch", ""),
        )
    ]
    assert printer(project, rules) == unknown
    (project / "img/drawing.svg").unlink()
    assert printer(project, rules) == unknown


@pytest.mark.parametrize(
    "content",
    [
        b"q q Q Q Q Q 1 w",
        b"/None Do /None gs",
        b"(",
        b"1 2 re S",
        b"\xff\x00 BT Tj ET",
        b"/DeviceRGB cs 1 scn 0 0 9 9 re f",
    ],
)
def test_a_malformed_page_is_no_traceback(content: bytes, project: Path, printer: Check) -> None:
    change_pdf(project, lambda pdf: pdf.pages[PAGE].contents_add(pdf.make_stream(content)))

    assert {finding[0] for finding in printer(project)} <= {"PDF006"}
