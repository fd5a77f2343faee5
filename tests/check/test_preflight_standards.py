"""The standard that a PDF keeps to: the finished file is looked at item by item, and whatever is not kept is found."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name, String
from support import coloured_pdfs
from support.projects import copy_project
from support.running import run_toolchain

from toolchain.check.preflight import inks
from toolchain.forms.pdf import standards
from toolchain.forms.pdf.postprocess import finish
from toolchain.forms.pdf.reading import conformity
from toolchain.project import settings
from toolchain.project.sections import Standard
from toolchain.project.settings import Edition

FILE, COVER = "_build/pdf/printable-print.pdf", "_build/pdf/printable-print-cover.pdf"
X1A_2001: Standard = "PDF/X-1a:2001"
X1A: Standard = "PDF/X-1a:2003"
X4: Standard = "PDF/X-4"
A2B: Standard = "PDF/A-2b"
EDITION = """[pdf.editions.print]
profile = "ingramspark"
colours = "cmyk"
"""

Change = Callable[[pikepdf.Pdf], None]


@pytest.fixture(scope="module")
def printable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a project for a printer who asks for a standard, with a plot in colours; tests only look at it."""
    project = copy_project("printable", tmp_path_factory.mktemp("standards"))
    toml = project / "_config/book.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8").replace("[pdf.editions.print]\n", EDITION), encoding="utf-8"
    )
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60">'
        '<linearGradient id="g"><stop offset="0" stop-color="#c03"/><stop offset="1" stop-color="#03c"/></linearGradient>'
        '<rect width="60" height="40" fill="url(#g)"/><rect x="60" width="30" height="40" fill="#0a3"/></svg>'
    )
    (project / "img/drawing.svg").write_text(drawing, encoding="utf-8")
    build = run_toolchain("build", "pdf", project=project)
    assert [line for line in build.stdout.splitlines() if "[PRE022]" in line or "[PRE023]" in line] == []
    return project


@pytest.fixture
def project(printable: Path, tmp_path: Path) -> Path:
    """Give a copy that a test may change."""
    shutil.copytree(printable.parent.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / "projects" / "printable"


def finished(project: Path, target: Path, standard: Standard) -> Path:
    """Make the edition anew, as one that keeps to another standard."""
    name = "screen" if standard == A2B else "print"
    edition = next(one for one in settings.load(project).all_editions if one.name == name)
    finish(
        project / f"_build/latex/printable-{name}.pdf",
        target,
        msgspec.structs.replace(edition, standard=standard),
        target.parent,
        tags=project / "_build/latex/printable.tags.json",
    )
    return target


def breaches(path: Path, standard: Standard) -> list[tuple[str, str]]:
    return [(breach.clause, breach.message) for breach in conformity.read(path, standard)]


@pytest.mark.parametrize("standard", [X1A_2001, X1A, X4, A2B])
def test_a_finished_edition_keeps_to_its_standard(
    standard: Standard, printable: Path, tmp_path: Path
) -> None:
    path = finished(printable, tmp_path / "made.pdf", standard)

    assert breaches(path, standard) == []
    with pikepdf.open(path) as pdf, pypdfium2.PdfDocument(path) as document:
        assert pdf.check_pdf_syntax() == []
        assert "/StructTreeRoot" in pdf.Root
        (intent,) = pdf.Root.OutputIntents
        version = {X1A_2001: "1.3", X1A: "1.4", X4: "1.6", A2B: "1.5"}[standard]
        assert pdf.pdf_version == version
        assert document.get_metadata_dict()["Title"] == "All that is printed"
        if standard == A2B:
            assert intent.S == "/GTS_PDFA1"
            with pdf.open_metadata() as metadata:
                assert metadata.pdfa_status == "2B"
        else:
            assert intent.S == "/GTS_PDFX"
            assert str(intent.OutputConditionIdentifier) == "FOGRA39"
            profile = (standards.paper() or Path()).read_bytes()
            assert intent.DestOutputProfile.read_bytes() == profile
            assert pdf.docinfo.Trapped == "/False"
            assert pdf.docinfo.CreationDate == pdf.docinfo.ModDate
            assert all("/TrimBox" in page.obj and "/BleedBox" in page.obj for page in pdf.pages)


def test_what_a_printer_asks_for_is_made_without_being_named(printable: Path) -> None:
    for file in (FILE, COVER):
        with pikepdf.open(printable / file) as pdf:
            assert str(pdf.docinfo.GTS_PDFXVersion) == "PDF/X-1:2001"
            assert str(pdf.docinfo.GTS_PDFXConformance) == X1A_2001
            assert "/OpenAction" not in pdf.Root
    with pikepdf.open(printable / COVER) as pdf:
        (page,) = pdf.pages
        left, bottom, *_ = map(float, page.trimbox)
        assert (left, bottom) == pytest.approx((9, 9), abs=0.1)


def change(path: Path, how: Change, **options: Any) -> None:
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        how(pdf)
        pdf.save(path, **{"force_version": pdf.pdf_version, **options})


def test_each_item_that_is_not_kept_is_named(printable: Path, tmp_path: Path) -> None:
    """One file with a flaw of each kind, so that it is read once."""
    path = finished(printable, tmp_path / "made.pdf", X1A)

    def spoil(pdf: pikepdf.Pdf) -> None:
        for key in ("/ModDate", "/Trapped", "/GTS_PDFXVersion"):
            del pdf.docinfo[key]
        pdf.Root.OutputIntents[0].DestOutputProfile.N = 3
        pdf.Root.OutputIntents[0].OutputConditionIdentifier = String("")
        pdf.Root.Names = Dictionary(JavaScript=Dictionary())
        pdf.Root.OCProperties = Dictionary()
        first, second, third, *_ = pdf.pages
        first.obj.ArtBox = first.obj.TrimBox
        second.obj.TrimBox = Array([-5, 0, 100, 100])
        third.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=[0, 0, 9, 9])])
        third.Resources.ExtGState = Dictionary(
            A=Dictionary(CA=0.5), B=Dictionary(BM=Name.Multiply), C=Dictionary(TR=Name.Odd)
        )
        third.obj.Group = Dictionary(S=Name.Transparency, CS=Name.DeviceRGB)
        third.Resources.Font = Dictionary(
            Bad=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Bad)
        )
        packed = coloured_pdfs.IMAGES["jpeg 2000"](pdf)
        packed.OPI = Dictionary()
        third.Resources.XObject = Dictionary(P=packed, Q=coloured_pdfs.form(b"", Subtype=Name.PS)(pdf))

    change(path, spoil, force_version="1.5")
    found = breaches(path, X1A)
    numberless = {
        (clause, " ".join(word for word in message.split() if not word.isdigit()))
        for clause, message in found
    }

    of = "ISO 15930-4, "
    others = f"{of}OPI, alternate images, transfer curves, PostScript"
    assert numberless == {
        (f"{of}file structure", "it is of PDF 1.5, and 1.4 is the newest that is allowed"),
        (f"{of}identification and trapping", "its description has no ModDate"),
        (f"{of}identification and trapping", "it does not say whether it is trapped"),
        (f"{of}identification and trapping", "GTS_PDFXVersion is not PDF/X-1a:2003"),
        (f"{of}output intent", "its output intent names no printing condition"),
        (f"{of}output intent", "the profile of its output intent is none of four inks"),
        (f"{of}bounding boxes", "it has not one of TrimBox and ArtBox"),
        (f"{of}bounding boxes", "it has not its TrimBox within its BleedBox"),
        (f"{of}fonts", "the font Bad is not embedded"),
        (f"{of}colour", "object has colours of DeviceRGB"),
        (f"{of}transparency", "object has an opacity"),
        (f"{of}transparency", "object has a blend mode"),
        (f"{of}transparency", "object has a group of transparency"),
        (f"{of}compression", "object is packed in JPXDecode"),
        (f"{of}annotations", "an annotation of the kind Text"),
        (f"{of}actions and JavaScript", "object has JavaScript"),
        (others, "object has TR"),
        (others, "object has OPI"),
        (others, "object is PostScript"),
        (others, "it has layers"),
    }
    # What is transparent, or packed so, is allowed where the standard knows it; what that asks for besides is not there.
    newer = {(clause.partition(", ")[2], message) for clause, message in breaches(path, X4)}
    assert not {subject for subject, _ in newer} & {"transparency", "compression", "file structure"}
    assert ("identification and trapping", "its metadata do not name the standard") in newer


def cmyk_shade(pdf: pikepdf.Pdf) -> None:
    shade = pdf.make_indirect(Dictionary(ShadingType=2, ColorSpace=Name.DeviceCMYK, Coords=[0, 0, 1, 1]))
    pdf.pages[0].Resources.Shading = Dictionary(S=shade)


def opening(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("1"))


def hidden(pdf: pikepdf.Pdf) -> None:
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], F=2)
    pdf.pages[0].Annots = Array([pdf.make_indirect(link)])


def four_inks(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].contents_add(pdf.make_stream(b"0 1 0 0 k 0 0 9 9 re f"))


def without_intent(pdf: pikepdf.Pdf) -> None:
    del pdf.Root["/OutputIntents"]


@pytest.mark.parametrize(
    ("how", "clause"),
    [
        (cmyk_shade, "6.2.4.3"),
        (opening, "all that it allows"),
        (hidden, "6.3.2"),
        (four_inks, "6.2.4.3"),
        (without_intent, "6.2.4.3"),
    ],
)
def test_an_archive_refuses_what_its_clauses_forbid(
    how: Change, clause: str, printable: Path, tmp_path: Path
) -> None:
    path = finished(printable, tmp_path / "made.pdf", A2B)

    change(path, how)

    assert f"ISO 19005-2, {clause}" in {found for found, _ in breaches(path, A2B)}


def check(project: Path) -> list[tuple[str, str]]:
    found = run_toolchain("check", "PRE005", "PRE022", "PRE023", "--json", project=project)
    assert "Traceback" not in found.stderr
    return [(finding["id"], finding["message"]) for finding in found.json]


def test_what_is_not_kept_is_a_finding_with_its_page_and_too_much_ink_another(project: Path) -> None:
    def spoil(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[6]
        page.Resources.ExtGState = Dictionary(T=Dictionary(ca=0.5))
        picture = coloured_pdfs.image(bytes((255, 255, 128, 128)) * 4, Name.DeviceCMYK)(pdf)
        page.Resources.XObject = Dictionary(P=picture)
        drawn = b"/Artifact BMC q 1 0 0 rg 0 0 9 9 re f 1 1 0.2 0.4 k 0 0 9 9 re f /T gs 0 g 0 0 9 9 re f Q"
        page.contents_add(pdf.make_stream(drawn + b" q 9 0 0 9 50 50 cm /P Do Q EMC"))

    change(project / FILE, spoil)

    assert sorted(check(project)) == [
        ("PRE005", "page 1: an opacity of 50 %"),
        (
            "PRE022",
            "page 1: something is drawn in colours of screens; PDF/X-1a:2001 forbids it (ISO 15930-1, colour)",
        ),
        ("PRE023", "page 1: a colour of 260 % of ink; the printer takes 240 %"),
        ("PRE023", "page 1: a picture of 2 by 2 pixels has 300 % of ink; the printer takes 240 %"),
    ]


def test_a_printer_who_asks_for_a_standard_that_is_not_kept_is_a_finding(project: Path) -> None:
    toml = project / "_config/book.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text.replace('colours = "cmyk"\n', ""), encoding="utf-8")
    assert ("PRE022", "the printer asks for PDF/X-1a:2001") in check(project)

    toml.write_text(
        text.replace('colours = "cmyk"\n', 'colours = "cmyk"\nstandard = "PDF/X-4"\n'), encoding="utf-8"
    )
    assert ("PRE022", "the printer asks for PDF/X-1a:2001") in check(project)


def test_an_edition_names_its_own_colours_and_standard(printable: Path) -> None:
    screen, printed = settings.load(printable).all_editions
    assert isinstance(printed, Edition)
    assert (screen.colours, printed.colours, printed.standard) == (None, "cmyk", None)
    assert inks.TooMuchInk.id == "PRE023"
