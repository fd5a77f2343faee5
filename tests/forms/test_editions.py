"""The editions of a book, made of one text: their pages, links, colours and marks, as they are in the PDFs."""

import re
import subprocess
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from support.projects import copy_project
from support.running import report_of, run_toolchain

MILLIMETRE = 72 / 25.4
COLOURED = ("rg", "RG", "k", "K", "sc", "SC", "scn", "SCN")
INNER = 7 + 9.6
"""Millimetres at the back of a thin book."""
OUTER = 42 - INNER
SITE = "https://book.example.org/latest"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the project, committed and built once."""
    project = copy_project("editions", tmp_path_factory.mktemp("editions"))
    committed(project)
    build = run_toolchain("build", "pdf", project=project)
    assert build.code == 0, build.stdout + build.stderr
    return project


def committed(project: Path) -> None:
    git = ["git", "-C", str(project), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for arguments in (
        ("init", "--quiet"),
        ("add", "book", "_config"),
        ("commit", "--quiet", "--message", "Text", "--date", "2025-03-14T12:00:00Z"),
    ):
        subprocess.run(
            [*git, *arguments],
            check=True,
            env={"PATH": "/usr/bin:/bin", "GIT_COMMITTER_DATE": "2025-03-14T12:00:00Z"},
        )


def pdf_of(project: Path, edition: str = "") -> Path:
    return project / "_build/pdf" / (f"one-text-{edition}.pdf" if edition else "one-text.pdf")


def texts(path: Path) -> list[str]:
    """Return the text of each page in one line."""
    with pypdfium2.PdfDocument(path) as pdf:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in pdf]


def annotations(path: Path) -> list[str]:
    with pikepdf.open(path) as pdf:
        return [
            str(annotation.get("/A", {}).get("/URI", ""))
            for page in pdf.pages
            for annotation in page.get("/Annots", ())
        ]


def colours(path: Path) -> set[tuple[float, ...]]:
    """Return the colours that pages set which are no greys."""
    with pikepdf.open(path) as pdf:
        set_ = (
            tuple(map(float, operands))
            for page in pdf.pages
            for operands, operator in pikepdf.parse_content_stream(page)
            if str(operator) in COLOURED
        )
        return {colour for colour in set_ if len(set(colour)) > 1}


def edges(path: Path, number: int) -> tuple[float, float]:
    """Return the distances of a page's widest text from its left and right edge, in millimetres."""
    with pypdfium2.PdfDocument(path) as pdf:
        page = pdf[number]
        text = page.get_textpage()
        boxes = [text.get_rect(n) for n in range(text.count_rects())]
        left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
        return left / MILLIMETRE, (page.get_width() - right) / MILLIMETRE


def test_the_report_has_every_edition(project: Path) -> None:
    names = ("one-text", "one-text-print", "one-text-print-cover", "one-text-draft")
    paths = [artefact["path"] for artefact in report_of(project)["artefacts"]]

    assert paths == [f"_build/pdf/{name}.pdf" for name in names]


@pytest.mark.parametrize(
    ("edition", "paper"), [("", (187, 235)), ("print", (152, 229)), ("draft", (187, 235))]
)
def test_every_page_has_the_paper_of_its_edition(project: Path, edition: str, paper: tuple[int, int]) -> None:
    with pikepdf.open(pdf_of(project, edition)) as pdf:
        boxes = {tuple(float(side) for side in page.mediabox) for page in pdf.pages}

    ((left, bottom, right, top),) = boxes
    assert (left, bottom) == (0, 0)
    assert (right / MILLIMETRE, top / MILLIMETRE) == pytest.approx(paper, abs=0.1)


def test_the_screen_has_links_bookmarks_and_colours_and_no_empty_page(project: Path) -> None:
    path = pdf_of(project)

    with pikepdf.open(path) as pdf:
        titles = [str(bookmark.title) for bookmark in pdf.open_outline().root]
    assert titles[-2:] == ["1 Links", "2 Code"]
    assert "https://docs.example.org/manual_1#part%202" in annotations(path)
    assert "" in annotations(path)  # those within the book
    assert colours(path)
    assert all(texts(path))
    left, right = edges(path, len(texts(path)) - 2)
    assert left == pytest.approx(21, abs=1)
    assert right >= 20.5


def test_on_paper_nothing_can_be_clicked_and_addresses_can_be_read(project: Path) -> None:
    path = pdf_of(project, "print")
    (page,) = (text for text in texts(path) if "explains it" in text)

    assert annotations(path) == []
    with pikepdf.open(path) as pdf:
        assert "/Outlines" not in pdf.Root
    assert re.search(r"The manual\s?a explains it", page)
    assert re.search(r"a\s?https://docs\.example\.org/manual_1#part%202", page)
    assert re.search(r"b\s?https://forum\.example\.org/t/42", page)
    assert page.count("https://typed.example.org") == 1
    assert "Where numbers (https://docs.example.org/numbers) come from" in page
    assert "a survey (https://docs.example.org/survey)" in page
    assert "A note with a link (https://docs.example.org/note) of its own" in page
    assert "The guide in a heading" in page
    assert "docs.example.org/guide" not in page


def test_paper_gets_black_and_greys_only(project: Path) -> None:
    assert colours(pdf_of(project, "print")) == set()


def test_paper_tells_the_parts_of_code_by_weight_and_slant(project: Path) -> None:
    with pypdfium2.PdfDocument(pdf_of(project, "print")) as pdf:
        styled = [
            (text_object.extract(), text_object.get_font().get_base_name())
            for page in pdf
            for text_object in page.get_objects(
                filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT], textpage=page.get_textpage()
            )
        ]

    fonts = {name for text, name in styled if "def" in text.split()}
    assert all("Bold" in font for font in fonts)
    assert fonts
    assert any("Oblique" in name for text, name in styled if "comment" in text)


def test_chapters_open_right_and_the_page_before_is_truly_empty(project: Path) -> None:
    pages = texts(pdf_of(project, "print"))
    (opening,) = (n for n, text in enumerate(pages) if text.startswith("Chapter 2"))

    assert opening % 2 == 0  # counted from 0: a right-hand page
    assert pages[opening - 1] == ""
    with pikepdf.open(pdf_of(project, "print")) as pdf:
        shown = [
            str(operator)
            for _, operator in pikepdf.parse_content_stream(pdf.pages[opening - 1])
            if str(operator) in ("Tj", "TJ", "f", "S", "re", "Do")
        ]
    assert shown == []


def test_paper_has_whole_leaves_and_mirrored_margins(project: Path) -> None:
    path = pdf_of(project, "print")
    pages = texts(path)
    right = next(n for n, text in enumerate(pages) if text.startswith("Chapter 1"))

    assert len(pages) % 2 == 0
    left_edge, right_edge = edges(path, right)
    assert left_edge == pytest.approx(INNER, abs=1)
    assert right_edge == pytest.approx(OUTER, abs=1)
    assert edges(path, 3)[0] == pytest.approx(OUTER, abs=1)


def test_every_page_of_a_draft_says_what_it_is(project: Path) -> None:
    commit = subprocess.run(
        ["git", "-C", str(project), "rev-parse", "--short=12", "HEAD"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    pages = texts(pdf_of(project, "draft"))

    assert [f"Draft of 2025-03-14 · {commit} · The newest version: {SITE}" in text for text in pages] == [
        True
    ] * len(pages)
    assert annotations(pdf_of(project, "draft")).count(SITE) >= len(pages)
    assert not any("Draft" in text for text in texts(pdf_of(project)))


def test_a_new_commit_is_a_new_draft(project: Path, tmp_path: Path) -> None:
    project = copy_project("editions", tmp_path)
    committed(project)
    arguments = ("build", "pdf", "--edition", "draft")
    assert run_toolchain(*arguments, project=project).code == 0
    first = texts(pdf_of(project, "draft"))[0]
    assert "nothing changed" in run_toolchain(*arguments, project=project).stderr

    page = project / "book/code.md"
    page.write_text(page.read_text(encoding="utf-8").replace("A sample", "One sample"), encoding="utf-8")
    assert run_toolchain(*arguments, project=project).code == 0

    assert "+" in texts(pdf_of(project, "draft"))[0].replace(first, "")
    assert not pdf_of(project).exists()


def test_a_thicker_book_has_more_at_its_back(tmp_path: Path) -> None:
    project = copy_project("editions", tmp_path)
    with (project / "book/code.md").open("a", encoding="utf-8") as page:
        page.write(
            "\n```{raw} latex\n\\newcount\\more\\loop\\ifnum\\more<310\\null\\clearpage\\advance\\more1\\repeat\n```\n"
        )
    build = run_toolchain("build", "pdf", "--edition", "print", project=project)
    assert build.code == 0, build.stdout + build.stderr

    pages = texts(pdf_of(project, "print"))
    right = next(n for n, text in enumerate(pages) if text.startswith("Chapter 1"))

    assert len(pages) > 300
    assert edges(pdf_of(project, "print"), right)[0] == pytest.approx(7 + 15.9, abs=1)


def set_ns(project: Path, edition: str) -> int:
    """Return the time at which TeX has set an edition."""
    return (project / f"_build/typeset/one-text-{edition}/one-text-{edition}.xdv").stat().st_mtime_ns


def test_an_edition_that_is_no_longer_asked_for_goes_and_the_others_are_not_made_again(
    tmp_path: Path,
) -> None:
    project = copy_project("editions", tmp_path)
    book = project / "_config/book.toml"
    settings = book.read_text(encoding="utf-8").partition("[pdf.editions.screen]")[0]
    book.write_text(
        settings + "[pdf.editions.reader]\nkind = 'screen'\n[pdf.editions.draft]\n", encoding="utf-8"
    )
    assert run_toolchain("build", "pdf", project=project).code == 0
    assert pdf_of(project, "reader").exists()
    assert pdf_of(project, "draft").exists()
    made = set_ns(project, "reader")

    book.write_text(settings + "[pdf.editions.reader]\nkind = 'screen'\n", encoding="utf-8")
    assert run_toolchain("build", "pdf", project=project).code == 0

    assert sorted(path.name for path in (project / "_build/pdf").iterdir()) == ["one-text-reader.pdf"]
    assert not list((project / "_build/latex").glob("*draft.tex"))
    assert set_ns(project, "reader") == made


@pytest.mark.parametrize(
    ("arguments", "toml", "sentences"),
    [
        (("--edition", "pocket"), "", ["has no edition 'pocket'", "Its editions: screen, print, draft."]),
        (
            (),
            "[pdf.editions.pocket]\n",
            ["book.toml:19: the edition 'pocket' has no kind", 'kind = one of "screen"'],
        ),
        (
            (),
            "[pdf.editions.print-cover]\nkind = 'draft'\n",
            ["book.toml:19: an edition cannot be called 'print-cover'", "does not end in cover"],
        ),
        (
            (),
            "[pdf.editions.pocket]\nknd = 'print'\n",
            ["book.toml:20: unknown key 'knd'", "did you mean 'kind'?"],
        ),
        (
            (),
            "[pdf.editions.pocket]\nkind = 'prnt'\n",
            ["kind: is to be 'draft' or 'print' or 'screen', and is 'prnt'"],
        ),
    ],
)
def test_an_unknown_edition_is_named(
    tmp_path: Path, arguments: tuple[str, ...], toml: str, sentences: list[str]
) -> None:
    project = copy_project("editions", tmp_path)
    with (project / "_config/book.toml").open("a", encoding="utf-8") as book:
        book.write(f"\n{toml}")

    build = run_toolchain("build", "pdf", *arguments, project=project)

    assert build.code == 2
    assert [sentence for sentence in sentences if sentence not in " ".join(build.stderr.split())] == []
