"""Our book: its artefacts agree with its sources and with each other."""

import re
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_cache import get_cache
from lxml import html
from myst_nb.core.read import read_myst_markdown_notebook
from pypdf import PdfReader
from support.book_claims import Built, Cell, Mention, NotReachedError, cells_of, mentions_of
from support.running import attempt, report_of

from toolchain.project import git
from toolchain.project.settings import MYST_EXTENSIONS
from toolchain.sources.syntax import syntax_with

SAMPLE = re.compile(r"^(?P<fence>`{3,}|~{3,})(?!\s*\{).*?^(?P=fence)", re.MULTILINE | re.DOTALL)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test of each code cell and of each reference."""
    project: Path = metafunc.config.getoption("book").resolve()
    for name, collect in (("cell", cells_of), ("mention", mentions_of)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, collect(project), ids=str)


@pytest.fixture(scope="session")
def built_book(request: pytest.FixtureRequest) -> Built:
    """Give what a build has made of the book, however it ended."""
    project: Path = request.config.getoption("book").resolve()
    attempt(project)
    return Built(project)


def test_code_cell(cell: Cell, built_book: Built) -> None:
    try:
        problem = built_book.problem_of_cell(cell)
    except NotReachedError as error:
        pytest.skip(str(error))
    if problem:
        pytest.fail(problem, pytrace=False)


def test_reference(mention: Mention, built_book: Built) -> None:
    if problem := built_book.problem_of_mention(mention):
        pytest.fail(problem, pytrace=False)


SLUG = "deep-learning-by-doing"
CAPTION = re.compile(r"^\s*((?:Figure|Table|Listing) [\dA-Z]+(?:\.\d+)?)[:.]?\s+(\S+ \S+)", re.MULTILINE)


def test_the_first_page_offers_the_pdf(book: Path) -> None:
    links = html.parse(book / "_build/html/index.html").xpath("//a[contains(@class, 'landing-button')]")
    (address,) = [link.get("href") for link in links if link.text_content() == "PDF"]
    assert (book / "_build/html" / address).read_bytes().startswith(b"%PDF-")


def test_pages_and_sitemap_have_the_day_of_their_last_change(book: Path, tmp_path: Path) -> None:
    page = "chapter_crashcourse/autograd"
    changed = git.history(book, "book", tmp_path / "history").changed.get(f"book/{page}.md")
    if changed is None:
        pytest.skip("git does not tell it: the clone is shallow")
    day = datetime.fromtimestamp(changed, UTC).date().isoformat()
    facts = html.parse(book / f"_build/html/{page}.html").xpath("//*[contains(@class, 'page-facts')]")[0]
    assert f"Changed {day}" in facts.text_content()
    assert f"/{page}.html</loc><lastmod>{day}</lastmod>" in (book / "_build/html/sitemap.xml").read_text()


@pytest.fixture(scope="session")
def pdf_text(book: Path) -> str:
    path = book / "_build" / "pdf" / f"{SLUG}.pdf"
    return subprocess.run(
        ["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True
    ).stdout


def pages_of(book: Path) -> list[Path]:
    site = book / "_build" / "html"
    return [
        site / path.relative_to(book / "book").with_suffix(".html")
        for path in sorted((book / "book").rglob("*.md"))
    ]


def test_every_source_has_its_page_and_there_are_no_findings(book: Path) -> None:
    assert [page for page in pages_of(book) if not page.is_file()] == []
    assert report_of(book).get("findings", []) == []


def test_every_code_cell_is_on_its_page_with_its_output(book: Path) -> None:
    view = get_cache(str(book / "_build/jupyter-cache"))
    results = {record.uri: view.get_cache_bundle(record.pk).nb for record in view.list_cache_records()}
    assert len(results) >= 4
    for uri, result in results.items():
        myst = syntax_with(MYST_EXTENSIONS).myst
        notebook = read_myst_markdown_notebook((book / uri).read_text(encoding="utf-8"), config=myst)
        sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
        page = html.parse(str(book / "_build/html" / uri.removeprefix("book/").replace(".md", ".html")))
        shown = page.xpath("//div[contains(concat(' ', @class, ' '), ' cell ')]")
        codes = [cell.xpath("string(.//div[contains(@class, 'cell_input')])").strip() for cell in shown]
        assert codes == [source.strip() for source in sources], uri
        outputs = [bool(cell.xpath(".//div[contains(@class, 'cell_output')]")) for cell in shown]
        assert outputs == [bool(cell.outputs) for cell in result.cells], uri
    view.db.dispose()


def test_captions_have_the_same_numbers_in_site_and_pdf(book: Path, pdf_text: str) -> None:
    on_site = set()
    for page in pages_of(book):
        tree = html.parse(str(page))
        for caption in tree.xpath("//figcaption | //table/caption"):
            words = " ".join(caption.text_content().replace("#", "").split())
            if match := CAPTION.match(words):
                on_site.add((match[1], match[2].split()[0]))
    in_pdf = {(number, words.split()[0]) for number, words in CAPTION.findall(pdf_text)}

    assert len(on_site) >= 10
    assert {number for number, _ in on_site} == {number for number, _ in in_pdf if (number, _) in on_site}
    assert on_site <= in_pdf


def test_equations_have_the_same_numbers_in_site_and_pdf(book: Path, pdf_text: str) -> None:
    on_site = []
    for page in pages_of(book):
        on_site += [
            number.text_content().strip("#¶ \n\uf0c1")
            for number in html.parse(str(page)).xpath("//span[@class='eqno']")
        ]
    # In print a number stands alone at the end of its line.
    in_pdf = re.findall(r"\s{3,}(\([\dA-Z]+\.\d+\))$", pdf_text, re.MULTILINE)

    assert len(on_site) >= 8
    assert sorted(on_site) == sorted(in_pdf)


def test_sections_have_the_same_numbers_in_site_and_pdf(book: Path) -> None:
    titles = []
    for page in pages_of(book):
        words = " ".join(
            html.parse(str(page)).xpath("string(//article//h1)").replace("#", "").strip("\uf0c1 \n").split()
        )
        if match := re.match(r"((?:\d+|[A-Z])(?:\.\d+)?) (.+)", words):
            titles.append((match[1], match[2].rstrip("\uf0c1¶ ")))
    outline = [entry.title for entry in _flat(PdfReader(book / "_build/pdf" / f"{SLUG}.pdf").outline)]

    assert len(titles) >= 8
    assert [f"{number} {title}" for number, title in titles if f"{number} {title}" not in outline] == []


def _flat(outline: Any) -> list[Any]:
    return [leaf for entry in outline for leaf in (_flat(entry) if isinstance(entry, list) else [entry])]


def test_pdf_has_no_unresolved_reference_and_its_parts(pdf_text: str) -> None:
    assert "??" not in pdf_text
    assert "[?]" not in pdf_text
    for part in ("Contents", "Preface", "References", "Index"):
        assert re.search(rf"^\s*{part}\s*$", pdf_text, re.MULTILINE), part


def test_bibliography_page_lists_what_is_cited(book: Path) -> None:
    page = html.parse(str(book / "_build/html/references.html"))

    entries = page.xpath("//div[@class='citation']")

    assert len(entries) >= 5
    citing = html.parse(str(book / "_build/html/chapter_deep-learning-basics/linear-regression-scratch.html"))
    cited = {
        link.partition("#")[2]
        for link in citing.xpath("//article//a[contains(@href, 'references.html#')]/@href")
    }
    assert cited
    assert cited <= {entry.get("id") for entry in entries}


def test_every_bundle_has_valid_notebooks_and_their_images(book: Path) -> None:
    bundles = sorted((book / "_build/notebooks").glob("*.zip"))
    chapters = {path.name for path in (book / "book").iterdir() if path.name.startswith("chapter_")}

    assert {path.stem for path in bundles} == chapters | {SLUG}
    for path in bundles:
        with zipfile.ZipFile(path) as bundle:
            assert bundle.testzip() is None
            names = set(bundle.namelist())
            for name in sorted(name for name in names if name.endswith(".ipynb")):
                notebook = nbformat.reads(bundle.read(name).decode(), as_version=4)
                nbformat.validate(notebook)
                prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
                for image in re.findall(r"\.\./\.\./img/(\S+?\.svg)", SAMPLE.sub("", prose)):
                    assert f"{path.stem}/img/{image}" in names


def test_edit_and_issue_links_name_the_source(book: Path) -> None:
    page = html.parse(str(book / "_build/html/chapter_crashcourse/ndarray.html"))

    links = page.xpath("//a/@href")

    assert any(link.endswith("/edit/main/book/chapter_crashcourse/ndarray.md") for link in links)
    assert any("/issues/new" in link for link in links)


def test_mxnet_version_in_the_text_is_the_locked_one(book: Path) -> None:
    lock = (book / "_config/kernel/cpu.lock").read_text(encoding="utf-8")
    locked = re.search(r"^mxnet==(\S+)", lock, re.MULTILINE)
    assert locked
    typed = {
        (version, source.name)
        for source in (book / "book").rglob("*.md")
        for version in re.findall(r"MXNet (1\.\d+\.\d+)", source.read_text(encoding="utf-8"))
    }
    assert {version for version, _ in typed} == {locked[1]}, typed
