"""A book of all that is hard to print, its PDF opened: what is on which page, in which font, how large and how aligned."""

import ctypes
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from lxml import html
from pypdfium2 import raw
from support.projects import copy_project
from support.running import report_of, run_toolchain

INCH = 72.0
MILLIMETRE = INCH / 25.4
LINE = 145 * MILLIMETRE
"""Of text."""
MARGIN = 21 * MILLIMETRE
GUTTER = 6.0
"""Points by which code and its rule stand out of the text."""
WARNING = (178, 90, 40)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the book, built in all forms."""
    project = copy_project("torture", tmp_path_factory.mktemp("torture"))
    build = run_toolchain("build", project=project)
    assert build.code == 0, build.stdout + build.stderr
    return project


@pytest.fixture(scope="module")
def screen(project: Path) -> Iterator[pypdfium2.PdfDocument]:
    """Give the edition for the screen."""
    document = pypdfium2.PdfDocument(project / "_build/pdf/torture.pdf")
    yield document
    document.close()


@pytest.fixture(scope="module")
def printed(project: Path) -> Iterator[pypdfium2.PdfDocument]:
    """Give the edition for paper."""
    document = pypdfium2.PdfDocument(project / "_build/pdf/torture-print.pdf")
    yield document
    document.close()


def text_of(page: pypdfium2.PdfPage) -> str:
    textpage = page.get_textpage()
    text = str(textpage.get_text_bounded()).replace("\r\n", "\n")
    textpage.close()
    return text


def page_with(document: pypdfium2.PdfDocument, words: str) -> pypdfium2.PdfPage:
    """Return the first page after the contents that has some words."""
    return next(page for page in list(document)[3:] if words in " ".join(text_of(page).split()))


def whole_text(document: pypdfium2.PdfDocument) -> str:
    return "\n".join(text_of(page) for page in document)


def lines_of(document: pypdfium2.PdfDocument) -> list[str]:
    return [line.strip() for line in whole_text(document).split("\n")]


def boxes(page: pypdfium2.PdfPage, kind: int) -> list[tuple[float, float, float]]:
    """Return width, height and left edge of what is drawn on a page, from its head to its foot."""
    rectangles = [shape.get_bounds() for shape in page.get_objects(filter=[kind], max_depth=1)]
    rectangles.sort(key=lambda rectangle: -rectangle[3])
    return [(right - left, top - bottom, left) for left, bottom, right, top in rectangles]


def places(page: pypdfium2.PdfPage, words: str) -> list[tuple[float, float]]:
    """Return the left and the right edges of some words on a page."""
    textpage = page.get_textpage()
    searcher = textpage.search(words)
    edges = []
    while (at := searcher.get_next()) is not None:
        rects = [textpage.get_rect(n) for n in range(textpage.count_rects(*at))]
        edges.append((min(rectangle[0] for rectangle in rects), max(rectangle[2] for rectangle in rects)))
    searcher.close()
    textpage.close()
    return edges


def site(project: Path, page: str) -> Any:
    return html.parse(str(project / f"_build/html/{page}.html")).getroot()


def test_it_is_built_without_a_finding(project: Path) -> None:
    assert report_of(project)["findings"] == []


def test_every_character_has_a_glyph(screen: pypdfium2.PdfDocument, project: Path) -> None:
    page = page_with(screen, "Text may have")
    text = " ".join(text_of(page).split())

    for words in ("漢字", "Ελληνικά, Привет", "注释", "│日│本│", "░▒▓█", "0.5 → ⇒ ≤ ≠ ∞ ∑ √", "引用"):
        assert words in text
    assert "李明" in text_of(screen[0])
    with pikepdf.open(project / "_build/pdf/torture.pdf") as pdf:
        fonts = {str(font.BaseFont).rpartition("+")[2] for font in pdf.pages[3].Resources.Font.values()}
    assert {"DroidSansFallback", "DejaVuSansMono", "DejaVuSansMono-Oblique"} <= fonts


def test_letters_of_plots_are_outlines(project: Path) -> None:
    with pikepdf.open(project / "_build/pdf/torture.pdf") as pdf:
        fonts = [
            entry
            for entry in pdf.objects
            if isinstance(entry, pikepdf.Dictionary) and entry.get("/Type") == "/Font"
        ]

    assert any(str(font.BaseFont).endswith("+DejaVuSans") for font in fonts)
    assert "/Type3" not in {str(font.Subtype) for font in fonts}


def test_chinese_characters_in_code_take_two_columns(screen: pypdfium2.PdfDocument) -> None:
    page = page_with(screen, "Text may have")
    (_, above), (_, code) = places(page, "┌──┬──┐")[-1], places(page, "│日│本│")[-1]

    assert above == pytest.approx(code, abs=0.5)


def test_nothing_runs_into_the_margins(screen: pypdfium2.PdfDocument) -> None:
    for number, page in enumerate(screen):
        width, _ = page.get_size()
        textpage = page.get_textpage()
        edges = [textpage.get_charbox(n) for n in range(textpage.count_chars())]
        textpage.close()
        if page.get_rotation() == 0:
            assert max(edge[2] for edge in edges) <= width - MARGIN + GUTTER, number + 1
            assert all(box[0] <= LINE + GUTTER for box in boxes(page, raw.FPDF_PAGEOBJ_IMAGE))


def test_long_lines_go_on_after_an_arrow(screen: pypdfium2.PdfDocument) -> None:
    digits = [line for line in lines_of(screen) if re.fullmatch(r"[↪\d\s]{19,}", line)]

    assert "".join(re.sub(r"\D", "", line) for line in digits) == "0123456789" * 20
    assert [line.startswith("↪") for line in digits] == [False, True, True]


def test_long_outputs_are_cut_with_the_address_of_the_rest(
    screen: pypdfium2.PdfDocument, project: Path
) -> None:
    lines = lines_of(screen)
    address = "https://book.example/chapter_results/index.html"

    assert "line 39" in lines
    assert "line 40" not in lines
    assert f"… 2,960 more lines: {address}" in lines
    assert f"… 196,800 more characters in this line: {address}" in lines
    assert "line 2999" in site(project, "chapter_results/index").text_content()


def test_progress_is_shown_as_it_ended(screen: pypdfium2.PdfDocument, project: Path) -> None:
    page = site(project, "chapter_results/index")
    outputs = "".join(
        output.text_content() for output in page.xpath("//div[contains(@class, 'cell_output')]")
    )

    for lines in (lines_of(screen), outputs.split("\n")):
        assert [line for line in lines if re.match(r"(?:loading|training) +\d", line)] == [
            "loading 100%",
            "training 100%",
        ]
        assert "xyz" in lines


def test_what_only_a_terminal_obeys_is_nowhere(screen: pypdfium2.PdfDocument, project: Path) -> None:
    lines = lines_of(screen)
    page = site(project, "chapter_results/index")

    for line in (
        "red bold green plain",
        "orange bright",
        "bell title null form done",
        "link text end",
        "true colour",  # which was written over what a terminal goes back to
        "magenta value",
    ):
        assert line in lines
        assert line in [text_line.strip() for text_line in page.text_content().split("\n")]
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", whole_text(screen).replace("\x02", ""))
    assert page.xpath("//span[contains(@class, '-Color-Red')]/text()") == ["red"]


def test_complaints_have_a_rule_of_their_own(screen: pypdfium2.PdfDocument) -> None:
    page = page_with(screen, "this is a warning")
    colours = set()
    for path in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH]):
        red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
        raw.FPDFPageObj_GetFillColor(path, red, green, blue, alpha)
        colours.add((red.value, green.value, blue.value))

    assert any(all(abs(a - b) <= 1 for a, b in zip(colour, WARNING, strict=True)) for colour in colours)


def test_vector_pictures_have_their_own_size_or_that_of_the_text(screen: pypdfium2.PdfDocument) -> None:
    first = boxes(page_with(screen, "Pictures"), raw.FPDF_PAGEOBJ_FORM)
    pages = [page for page in screen if "Vectors" in text_of(page) or "preserveAspect" in text_of(page)]
    drawn = [box for page in pages for box in boxes(page, raw.FPDF_PAGEOBJ_FORM)]

    assert first[0][:2] == pytest.approx((3.5 * INCH, INCH), abs=0.5)
    assert first[0][2] + first[0][0] / 2 == pytest.approx(MARGIN + LINE / 2, abs=1)
    assert first[1][:2] == pytest.approx((LINE, LINE / 12), abs=0.5)
    tall = next(box for box in drawn if box[1] > 5 * INCH)
    assert tall[1] == pytest.approx(0.85 * 195 * MILLIMETRE, rel=0.02)
    assert tall[0] / tall[1] == pytest.approx(4 / 20, abs=0.01)


def test_pixels_have_their_resolution_and_no_more_than_the_line(screen: pypdfium2.PdfDocument) -> None:
    pages = list(screen)
    drawn = [box for page in pages for box in boxes(page, raw.FPDF_PAGEOBJ_IMAGE)]
    widths = [round(box[0] / INCH, 2) for box in drawn]

    # 150 dpi, none said, a width of 200 pixels, 100 dpi, wider than the line, a film's first frame,
    # and what stands in for a video, a plot that moves, and a poster.
    assert widths == [2.0, 1.5, 2.08, 3.0, round(LINE / INCH, 2), 1.0, 1.0, 1.25, 1.0]
    for width, _, left in drawn:
        assert left + width / 2 == pytest.approx(MARGIN + LINE / 2, abs=1)


def test_html_of_words_is_printed_as_words(screen: pypdfium2.PdfDocument) -> None:
    assert "Words, bold, and a script." in lines_of(screen)


def test_tables_of_cells_are_tables(screen: pypdfium2.PdfDocument) -> None:
    page = page_with(screen, "share & more")
    lines = lines_of(screen)

    for line in (
        "name size share & more",
        "0 ant 1.5 10 %",
        "1 bee_1 \N{MINUS SIGN}22.25 NaN",
        "2 rows \N{MULTIPLICATION SIGN} 3 columns",
    ):
        assert line in lines
    (_, above), (_, below) = places(page, "1.5")[-1], places(page, "\N{MINUS SIGN}22.25")[-1]
    assert above == pytest.approx(below, abs=0.5)


def test_entries_that_span_rows_and_columns_stay_where_they_are(screen: pypdfium2.PdfDocument) -> None:
    lines = lines_of(screen)

    assert "size weight" in lines
    assert "small 1.0 0.5 100" in lines
    assert "2.0 0.25 2000" in lines
    assert "large 3.0 0.125 30000" in lines


def test_a_table_wider_than_the_page_goes_on_below_with_its_rows_named(screen: pypdfium2.PdfDocument) -> None:
    lines = lines_of(screen)
    heads = [line for line in lines if line.startswith("measured_")]

    assert " ".join(heads).split() == [f"measured_{n}" for n in range(14)]
    assert len(heads) == 2
    assert "3 0.0000 0.4286 0.8571 1.2857 1.7143 2.1429 2.5714" in lines
    assert any(line.startswith("3 3.0000") for line in lines)


def test_a_long_table_goes_over_pages_and_ends(screen: pypdfium2.PdfDocument) -> None:
    text = whole_text(screen)
    lines = lines_of(screen)

    assert "continued from previous page" in text
    assert lines.count("square cube") == 2
    assert "39 1521 59319" in lines
    assert "40 1600 64000" not in lines
    assert "… 20 more rows: https://book.example/chapter_results/tables.html" in lines


def test_a_table_within_a_table_and_a_long_one_with_code_have_all_their_entries(
    screen: pypdfium2.PdfDocument,
) -> None:
    lines = lines_of(screen)

    at = lines.index("A table within a table:")
    assert lines[at : at + 5] == [
        "A table within a table:",
        "outer",
        "inner more",
        "one two",
        "A long one, with code:",
    ]
    pages_with_steps = [text for text in map(text_of, screen) if "do(step=" in text]
    assert len(pages_with_steps) > 1
    assert lines.count("Step What How") == len(pages_with_steps)
    steps = [line.rpartition(" ")[2] for line in lines if "do(step=" in line]
    assert steps == [f"do(step={n})" for n in range(1, 31)]


def test_what_is_no_proper_table_is_printed_as_its_text(screen: pypdfium2.PdfDocument) -> None:
    assert "a table that" in lines_of(screen)
    assert "was not well formed" in lines_of(screen)


def test_latex_of_cells_is_set_as_what_it_is(screen: pypdfium2.PdfDocument) -> None:
    lines = lines_of(screen)

    assert "ant 1.5" in lines
    assert any("1.41 is not a table." in line for line in lines)


def test_a_wide_table_lies_on_its_side(screen: pypdfium2.PdfDocument, printed: pypdfium2.PdfDocument) -> None:
    caption = "Table 4.1: A wide table whose caption has"

    assert page_with(screen, caption).get_rotation() == 90
    assert page_with(printed, caption).get_rotation() == 0
    assert "Table 4.1 is wide." in " ".join(whole_text(screen).split())


def test_the_note_of_a_cell_stands_below_its_table(screen: pypdfium2.PdfDocument) -> None:
    assert "Below the table, or at the foot of the page." in text_of(page_with(screen, "An image"))


def test_what_folds_on_the_site_is_open_in_print(screen: pypdfium2.PdfDocument) -> None:
    lines = lines_of(screen)

    for line in (
        "Linux",
        "Install it with apt:",
        "macOS",
        "First card",
        "What the first says.",
        "The head of it",
        "What the third says.",
        "The foot of it",
        "A question",
        "The answer is printed.",
        "Theorem of somebody",
        "a warning inside.",
        "A sidebar has its words.",
        "In the margin",
        "Only in print.",
    ):
        assert line in lines
    assert "Only on the site." not in lines


def test_the_proof_shows_what_is_special_and_what_is_wrong(project: Path) -> None:
    report = project / "_build/report.json"
    before = report.read_text(encoding="utf-8")
    found = [
        {
            "id": name,
            "path": "book/index.md",
            "message": message,
            "severity": "error",
            "edition": edition,
            "page": 9,
        }
        for name, message, edition in (
            ("PRE009", "page 5: a line is thin", "screen"),
            ("PRE009", "page 5: another is thin", "screen"),
            ("PRE010", "page 5: an area is light", "screen"),
            ("PRE010", "page 5: an area is light", "print"),
        )
    ]
    report.write_text(json.dumps(json.loads(before) | {"findings": found}), encoding="utf-8")

    run = run_toolchain("proof", "--edition", "screen", project=project)

    report.write_text(before, encoding="utf-8")
    assert run.code == 0, run.stderr
    with pypdfium2.PdfDocument(project / "_build/pdf/torture-screen-proof.pdf") as sheets:
        text = " ".join(" ".join(text_of(page) for page in sheets).split())
    for caption in ("long line of code", "Summary", "PRE009 (2 times), PRE010"):
        assert caption in text
    assert "PRE010 (" not in text


def test_bookmarks_are_words(screen: pypdfium2.PdfDocument) -> None:
    titles = [bookmark.get_title() for bookmark in screen.get_toc()]

    assert any("code_like_this in a heading" in title for title in titles)
    assert any("中文" in title for title in titles)
    assert not any(set(title) & set("\\${}") for title in titles)
