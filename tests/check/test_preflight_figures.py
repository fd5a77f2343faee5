"""What a printer would refuse in a figure is found where the figure is shown, with a remedy for its file or its cell."""

import shutil
from base64 import b64encode
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from nbformat import v4, write
from support.projects import copy_project
from support.running import run_toolchain

from toolchain.messages import report

IDS = ("PRE008", "PRE009", "PRE025")


def picture(size: float, *, drawn: bool, width: float) -> bytes:
    """Return a PDF with letters of a size, which may be drawings, and two lines, one of them of this width."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(200, 100))
    letter = pdf.make_stream(b"500 0 0 0 400 700 d1 0 0 400 700 re f")
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type3,
        Name=pikepdf.Name("/Squares"),
        FontBBox=pikepdf.Array([0, 0, 500, 700]),
        FontMatrix=pikepdf.Array([0.001, 0, 0, 0.001, 0, 0]),
        FirstChar=97,
        LastChar=97,
        Widths=pikepdf.Array([500]),
        Encoding=pikepdf.Dictionary(
            Type=pikepdf.Name.Encoding, Differences=pikepdf.Array([97, pikepdf.Name.a])
        ),
        CharProcs=pikepdf.Dictionary(a=letter),
    )
    other = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    page.add_resource(font if drawn else other, pikepdf.Name.Font, pikepdf.Name.F1)
    shown = f"BT /F1 {size} Tf 20 20 Td (aaa) Tj ET BT /F1 9 Tf 20 60 Td (aaa) Tj ET {width} w 10 10 m 90 10 l S 1 w 10 9 m 90 9 l S"
    page.contents_add(pdf.make_stream(shown.encode()))
    stream = BytesIO()
    pdf.save(stream, deterministic_id=True)
    return stream.getvalue()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book with a picture of its author's, one that a cell has drawn, and one of each that is good."""
    project = copy_project("minimal", tmp_path_factory.mktemp("figures"))
    toml = project / "_config/book.toml"
    toml.write_text(
        f'{toml.read_text(encoding="utf-8")}\n[execution]\nexecute = "off"\n[pdf.editions.print]\nprofile = "kdp"\n',
        encoding="utf-8",
    )
    (project / "img").mkdir(exist_ok=True)
    (project / "img/own.pdf").write_bytes(picture(5, drawn=True, width=0.05))
    (project / "img/good.pdf").write_bytes(picture(8, drawn=False, width=1))
    cells = [v4.new_markdown_cell("# Drawn")]
    for number, drawn in enumerate((picture(6, drawn=True, width=0.1), picture(8.5, drawn=False, width=1))):
        data = {"application/pdf": b64encode(drawn).decode()}
        cells.append(v4.new_code_cell(f"plot({number})", outputs=[v4.new_output("display_data", data)]))
    write(v4.new_notebook(cells=cells), project / "book/drawn.ipynb")
    (project / "book/typed.md").write_text(
        "# Typed\n\n![The good one](../img/good.pdf)\n\nText.\n\n```{figure} ../img/own.pdf\nIts caption\n```\n",
        encoding="utf-8",
    )
    index = project / "book/index.md"
    index.write_text("# A tiny book\n\n```{toctree}\ntyped\ndrawn\n```\n", encoding="utf-8")
    shutil.rmtree(project / "book/chapter_waves")
    run = run_toolchain("build", "pdf", project=project)
    assert run.code == 1, run.stdout + run.stderr
    return project


def test_flaws_of_a_figure_are_found_where_it_is_shown_once_each(project: Path) -> None:
    built = report.read(project / "_build/report.json")
    found = [one for one in built.findings if one.id in IDS] if built else []

    # Of a notebook the place is the cell.
    places = [("book/drawn.ipynb", 2), ("book/typed.md", 7)]
    assert sorted((one.id, one.path, one.line or one.cell) for one in found) == [
        (name, *place) for name in IDS for place in places
    ]
    said = {(one.id, one.path): one for one in found}
    assert "letters of 6.0 pt" in said["PRE008", "book/drawn.ipynb"].message
    assert 'plt.rcParams["font.size"]' in said["PRE008", "book/drawn.ipynb"].remedy
    assert "a line of 0.10 pt" in said["PRE009", "book/drawn.ipynb"].message
    assert "letters of 5.0 pt" in said["PRE008", "book/typed.md"].message
    assert "times as large in img/own.pdf" in said["PRE008", "book/typed.md"].remedy
    assert "letters of Squares are drawings (Type 3)" in said["PRE025", "book/typed.md"].message
    assert said["PRE025", "book/typed.md"].remedy.startswith("Save img/own.pdf with outlines")
    assert 'plt.rcParams["pdf.fonttype"] = 42' in said["PRE025", "book/drawn.ipynb"].remedy


def test_fonts_of_drawings_are_counted(project: Path) -> None:
    run = run_toolchain("proof", "--worst", "1", project=project)

    assert run.code == 0, run.stderr
    assert "      2  fonts whose letters are drawings (Type 3)" in run.stdout.splitlines()
