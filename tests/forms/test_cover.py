"""The cover of an edition for print: as wide as its book is thick, with a code that scanners read."""

import shutil
from pathlib import Path

import msgspec
import pikepdf
import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageDraw
from support.pdf_tags import elements
from support.projects import copy_project
from support.running import report_of, run_toolchain

from toolchain.forms.pdf import barcode
from toolchain.forms.pdf.cover import sheet
from toolchain.forms.pdf.reading import tags
from toolchain.forms.pdf.tagging.spaces import FONT_NAME
from toolchain.project.settings import Edition

INCH = 25.4
ISBN = "978-3-16-148410-0"
BLURB = "Why & how: the \\\\dark 50 % of “waves”.\n\nA second paragraph."
WHOLE = "print"
EDITION = Edition(
    name=WHOLE,
    kind="print",
    paper=(6 * INCH, 9 * INCH),
    isbn="",
    profile="kdp",
    colours=None,
    stem="book-print",
    file="book-print.pdf",
    cover="book-print-cover.pdf",
)


@pytest.mark.parametrize(
    ("isbn", "digits"),
    [
        (ISBN, "9783161484100"),
        ("979-10-90636-07-1", "9791090636071"),
        ("978 0 00 000000 2", "9780000000002"),
        ("0-306-40615-2", "9780306406157"),
        ("080442957X", "9780804429573"),
    ],
)
def test_a_scanner_reads_the_isbn(isbn: str, digits: str) -> None:
    assert barcode.digits_of(isbn) == digits
    picture = Image.new("L", (4 * 130, 400), 255)
    draw = ImageDraw.Draw(picture)
    for area in barcode.areas(barcode.digits_of(isbn)).split(" re"):
        if area.strip():
            left, low, width, high = map(float, area.split())
            draw.rectangle(
                (4 * (left + 15), 350 - 4 * (low + high), 4 * (left + width + 15) - 1, 350 - 4 * low), fill=0
            )

    assert [(code.format, code.text) for code in zxingcpp.read_barcodes(picture)] == [
        (zxingcpp.BarcodeFormat.EAN13, digits)
    ]


def changed(**values: object) -> Edition:
    return msgspec.structs.replace(EDITION, **values)


@pytest.mark.parametrize(
    ("values", "pages", "spine", "words"),
    [
        ({}, 200, 200 * 0.002252 * INCH, True),
        ({"stock": "cream"}, 200, 200 * 0.0025 * INCH, True),
        ({"stock": "colour"}, 200, 200 * 0.002347 * INCH, True),
        ({}, 78, 78 * 0.002252 * INCH, False),
        # Words are allowed, and letters that can be read have no room.
        ({}, 79, 79 * 0.002252 * INCH, False),
        ({"profile": "lulu"}, 200, (200 / 444 + 0.06) * INCH, True),
        ({"spine": 8.5}, 200, 8.5, True),
    ],
)
def test_the_sheet_is_as_large_as_the_printer_says(
    values: dict[str, object],
    pages: int,
    spine: float,
    words: bool,  # noqa: FBT001 - a case
) -> None:
    of = sheet(changed(**values), pages)

    assert of.spine == pytest.approx(spine, abs=0.01)
    assert of.width == pytest.approx(2 * 6 * INCH + of.spine + 0.25 * INCH)
    assert of.height == pytest.approx(9.25 * INCH)
    assert bool(of.letters) == words
    assert not of.letters or of.letters / 72 * INCH + 2 * 1.6 <= of.spine + 0.01


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book whose edition for print says all that a cover may have, and is printed in black by KDP."""
    project = copy_project("printable", tmp_path_factory.mktemp("covers"))
    toml = project / "_config/book.toml"
    text = toml.read_text(encoding="utf-8")
    text = text.replace("[kernel]", f'publisher = "Shore & Sons"\nblurb = """{BLURB}"""\n\n[kernel]', 1)
    toml.write_text(f'{text}isbn = "{ISBN}"\nspine = 12\n', encoding="utf-8")
    (project / "_config/latex").mkdir()
    (project / "_config/latex/cover.tex").write_text(
        "\\renewcommand{\\covermotif}{\\put(9mm,40mm){\\color{coveraccent}\\rule{20mm}{33mm}}}\n",
        encoding="utf-8",
    )
    built(project, 0)
    return project


def built(project: Path, code: int) -> str:
    run = run_toolchain(
        "build", "pdf", "--edition", WHOLE, project=project, env={"SOURCE_DATE_EPOCH": "1700000000"}
    )
    assert run.code == code, run.stdout + run.stderr
    return run.stdout + run.stderr


@pytest.fixture
def copied(project: Path, tmp_path: Path) -> Path:
    """Give a copy that a test may change."""
    shutil.copytree(project.parent.parent, tmp_path, dirs_exist_ok=True, symlinks=True)
    return tmp_path / "projects/printable"


def cover_of(project: Path) -> Path:
    return project / "_build/pdf/printable-print-cover.pdf"


def findings(project: Path) -> list[tuple[str, str, str]]:
    return [(found["id"], found["path"], found["message"]) for found in report_of(project)["findings"]]


def test_a_cover_has_the_words_and_the_code_of_its_book(project: Path) -> None:
    with pypdfium2.PdfDocument(cover_of(project)) as document:
        (page,) = document
        text = " ".join(page.get_textpage().get_text_bounded().split())
        codes = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
        width, height = page.get_size()

    assert (width / 72 * INCH, height / 72 * INCH) == pytest.approx(
        (2 * 187 + 12 + 6.35, 235 + 6.35), abs=0.01
    )
    for words in (
        "All that is printed",
        "Its author",
        "Shore & Sons",
        "Why & how: the \\dark 50 % of “waves”.",
        ISBN,
    ):
        assert words in text
    assert [code.text for code in codes] == ["9783161484100"]
    with pikepdf.open(cover_of(project)) as pdf:
        bleed = 3.175 / INCH * 72
        trim = [float(side) for side in pdf.pages[0].trimbox]
        assert trim == pytest.approx([bleed, bleed, width - bleed, height - bleed], abs=0.01)
        operators = [
            (str(operator), [*map(float, operands)] if str(operator) in "kg" else [])
            for operands, operator in pikepdf.parse_content_stream(pdf.pages[0])
        ]
        fonts = [
            font
            for font in pdf.objects
            if isinstance(font, pikepdf.Dictionary) and font.get("/Type") == "/FontDescriptor"
        ]
    assert not {"rg", "RG", "gs"} & {name for name, _ in operators}
    assert ("k", [0, 0.22, 0.68, 0]) in operators  # the book's own motif
    assert max(sum(inks) for name, inks in operators if name == "k") <= 2.4
    assert all("/FontFile3" in font or font.FontName == FONT_NAME for font in fonts)


def test_a_cover_says_its_words_to_those_who_do_not_see_it(project: Path) -> None:
    with pikepdf.open(cover_of(project)) as pdf:
        said = [(str(element.S)[1:], str(element.get("/Alt", ""))) for element in elements(pdf)]

        assert tags.read(pdf).untagged == frozenset()
    # The title, the author, the blurb, who publishes it, and the code.
    assert said == [("Document", ""), ("H1", ""), ("P", ""), ("P", ""), ("P", ""), ("Figure", f"ISBN {ISBN}")]


def test_the_contact_sheet_shows_the_cover(project: Path) -> None:
    run = run_toolchain("proof", "--edition", WHOLE, project=project)
    assert run.code == 0, run.stderr

    with pikepdf.open(project / run.stdout.strip()) as sheets, pikepdf.open(cover_of(project)) as cover:
        (shown,) = (form for name, form in sheets.pages[0].Resources.XObject.items() if name == "/P0")
        assert shown.read_bytes().split() == cover.pages[0].Contents.read_bytes().split()
        contents = sheets.pages[0].Contents
        drawn = contents[-1] if isinstance(contents, pikepdf.Array) else contents
        assert b"(cover) Tj" in drawn.read_bytes()


def test_an_edit_of_the_text_sets_no_cover_again(project: Path) -> None:
    before, set_page = cover_of(project).read_bytes(), project / "_build/typeset/printable-print-cover"
    page = project / "book/letters.md"
    page.write_text(f"{page.read_text(encoding='utf-8')}\nMore words.\n", encoding="utf-8")
    set_at = (set_page / "printable-print-cover.xdv").stat().st_mtime_ns
    body = (project / "_build/pdf/printable-print.pdf").read_bytes()
    built(project, 0)

    assert (project / "_build/pdf/printable-print.pdf").read_bytes() != body
    assert (set_page / "printable-print-cover.xdv").stat().st_mtime_ns == set_at
    assert cover_of(project).read_bytes() == before


def test_what_does_not_fit_is_found(copied: Path) -> None:
    toml = copied / "_config/book.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8").replace("A second", "Word after word. " * 400), encoding="utf-8"
    )
    built(copied, 1)
    ((identifier, path, message),) = findings(copied)
    assert (identifier, path) == ("PRE021", "_build/pdf/printable-print-cover.pdf")
    assert message.startswith("what stands on the back is ")
    assert message.endswith(" pt too high for its place")

    # A cover that somebody has drawn for another number of pages.
    (copied / "_config/latex/cover.tex").write_text(
        "\\AtBeginDocument{\\pdfpagewidth=400mm}\n", encoding="utf-8"
    )
    toml.write_text(toml.read_text(encoding="utf-8").replace("Word after word. " * 400, ""), encoding="utf-8")
    built(copied, 1)
    (found,) = findings(copied)
    assert found[0] == "PRE021"
    assert found[2].startswith("it is 400.0 by 241.3 mm; a book of ")


def test_an_error_in_the_books_own_cover_is_named(copied: Path) -> None:
    (copied / "_config/latex/cover.tex").write_text(
        "\\renewcommand{\\covermotif}{\\nowhere}\n", encoding="utf-8"
    )

    said = built(copied, 5)

    assert "nowhere" in said


def test_without_isbn_and_blurb_there_are_spine_and_front(copied: Path) -> None:
    toml = copied / "_config/book.toml"
    text = toml.read_text(encoding="utf-8")
    for said in (f'isbn = "{ISBN}"\n', f'blurb = """{BLURB}"""\n', 'publisher = "Shore & Sons"\n'):
        text = text.replace(said, "")
    toml.write_text(text, encoding="utf-8")
    built(copied, 0)

    with pypdfium2.PdfDocument(cover_of(copied)) as document:
        (page,) = document
        assert page.get_textpage().get_text_bounded().split() == [
            "All",
            "that",
            "is",
            "printed",
            "Its",
            "author",
        ]
        assert not zxingcpp.read_barcodes(page.render(scale=3).to_pil())
    toml.write_text(f"{text}cover = false\n", encoding="utf-8")
    built(copied, 0)
    assert not cover_of(copied).exists()
