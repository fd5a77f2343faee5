"""A book of two pages that knows nothing of ours: its artefacts, opened."""

import zipfile
from pathlib import Path

import nbformat
import pikepdf
from jupyter_cache import get_cache
from lxml import html
from pypdf import PdfReader
from support.running import report_of


def test_site_shows_code_output_figure_and_numbers(minimal: Path) -> None:
    page = html.parse(str(minimal / "_build/html/chapter_waves/index.html"))
    text = page.getroot().text_content()

    assert "1. Waves" in " ".join(text.split())
    assert "The sine of (1.1) is drawn in Figure 1.1, and Chapter 1 has nothing else." in " ".join(
        text.split()
    )
    (figure,) = page.xpath("//figure")
    assert figure.xpath(".//img/@src")[0].endswith(".svg")
    assert "Figure 1.1" in figure.text_content()
    cells = page.xpath("//div[contains(concat(' ', @class, ' '), ' cell_input ')]")
    assert [cell.text_content().split()[0] for cell in cells] == ["import", "heights"]
    outputs = page.xpath("//div[contains(concat(' ', @class, ' '), ' cell_output ')]")
    assert outputs[-1].text_content().strip() == "6"


def test_site_has_a_search_index_with_the_text(minimal: Path) -> None:
    index = (minimal / "_build/html/_static/search/index.js").read_text(encoding="utf-8")

    assert "chapter_waves/index" in index
    assert "wave" in index


def test_pdf_has_the_same_numbers_its_outline_and_a_vector_plot(minimal: Path) -> None:
    reader = PdfReader(minimal / "_build/pdf/two-pages.pdf")
    text = "\n".join(page.extract_text() for page in reader.pages)

    assert "drawn in Figure 1.1" in " ".join(text.split())
    assert "sine of (1.1)" in " ".join(text.split())
    assert "??" not in text
    assert "1 Waves" in [str(entry.title) for entry in reader.outline if not isinstance(entry, list)]
    assert "sine" in reader.pages[-1].extract_text()  # the index
    with pikepdf.open(minimal / "_build/pdf/two-pages.pdf") as pdf:
        kinds = [
            x["/Subtype"]
            for page in pdf.pages
            for x in page.get("/Resources", {}).get("/XObject", {}).values()
        ]
    assert "/Form" in kinds
    assert "/Image" not in kinds


def test_bundle_has_a_valid_notebook_beside_its_data(minimal: Path) -> None:
    with zipfile.ZipFile(minimal / "_build/notebooks/chapter_waves.zip") as bundle:
        names = bundle.namelist()
        (name,) = (member for member in names if member.endswith(".ipynb"))
        notebook = nbformat.reads(bundle.read(name).decode(), as_version=4)

    assert name == "chapter_waves/book/chapter_waves/1-waves.ipynb"

    assert "chapter_waves/book/data/heights.csv" in names
    assert "chapter_waves/requirements.txt" in names
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.source.split()[0] for cell in code] == ["import", "heights"]
    assert all(cell.outputs == [] for cell in code)


def test_jupyter_cache_lists_exactly_this_build(minimal: Path) -> None:
    cache = get_cache(str(minimal / "_build/jupyter-cache"))

    records = cache.list_cache_records()

    assert [record.uri for record in records] == ["book/chapter_waves/index.md"]
    notebook = cache.get_cache_bundle(records[0].pk).nb
    assert notebook.cells[1].outputs[0].data["text/plain"] == "6"
    cache.db.dispose()


def test_report_names_what_was_made(minimal: Path) -> None:
    report = report_of(minimal)

    assert {artefact["form"] for artefact in report["artefacts"]} == {"html", "pdf", "notebooks"}
    for artefact in report["artefacts"]:
        path = minimal / artefact["path"]
        assert path.is_dir() or path.stat().st_size == artefact["bytes"]
    (notebook,) = report["notebooks"]
    assert (notebook["status"], notebook["device"], notebook["reason"]) == ("executed", "cpu", "new")
    assert report["exit_code"] == 0


def test_nothing_of_our_book_is_in_it(minimal: Path) -> None:
    for path in (minimal / "_build").rglob("*"):
        if (
            path.is_file()
            and path.suffix in {".html", ".tex", ".ipynb", ".json"}
            and "_static" not in path.parts
        ):
            text = path.read_text(encoding="utf-8").lower()
            assert "mxnet" not in text, path
            assert "gluon" not in text, path
