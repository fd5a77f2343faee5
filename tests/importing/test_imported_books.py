"""Whole folders of other programs: imported, built in all forms, opened."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader
from support.imported import LEDGER, changes_of, files_of, import_book, made_of, texts_of
from support.notebook_archives import bad_links, notebooks_of
from support.places import TESTS
from support.running import report_of, run_toolchain

from toolchain.base.errors import ExitCode

pytestmark = pytest.mark.slow
BOOKS = {"d2l": "small-d2l", "mystmd": "small-book", "notebooks": "small-notebooks", "sphinx": "small-sphinx"}
MISSING = 'extensions.append("not_installed_anywhere")\n'
"""Of the project of Sphinx: alone, Sphinx would stop there."""
AS_SAVED = "Outputs as saved in the file of the notebook with Python 3: they were not computed for this book."


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Give the project of each book, built in all forms."""
    projects = {}
    for name in BOOKS:
        project = projects[name] = tmp_path_factory.mktemp("imported") / name
        run = import_book(name, project)
        assert run.code == ExitCode.GOOD, run.stderr
        built = run_toolchain("build", project=project)
        assert built.code == ExitCode.GOOD, built.stdout + built.stderr
    return projects


def site(project: Path, name: str) -> str:
    page = BeautifulSoup((project / f"_build/html/{name}.html").read_text(encoding="utf-8"), "lxml")
    article = page.select_one("article.bd-article")
    assert article is not None
    return " ".join(article.get_text(" ").replace("#", "").split())


def site_and_links(page: Path) -> tuple[str, list[str]]:
    """Return the words of a page's own part, and where its links lead."""
    article = BeautifulSoup(page.read_text(encoding="utf-8"), "lxml").select_one("article.bd-article")
    assert article is not None
    links = [str(link["href"]) for link in article.select("a[href]")]
    return " ".join(article.get_text(" ").split()), links


def printed(project: Path, slug: str) -> str:
    pages = PdfReader(project / f"_build/pdf/{slug}.pdf").pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def cells(project: Path, slug: str) -> Iterator[str]:
    for notebook in notebooks_of(project / f"_build/notebooks/{slug}.zip").values():
        yield from (cell.source for cell in notebook.cells)


@pytest.mark.parametrize("name", BOOKS)
def test_the_ledger_names_every_change_and_the_place_of_every_file(
    imported: dict[str, Path], name: str
) -> None:
    project = imported[name]
    ledger = (project / LEDGER).read_text(encoding="utf-8")
    changes = list(changes_of(ledger))
    files = dict(files_of(ledger))
    source = TESTS / "books" / name

    left_out = {
        "d2l": {"config.ini"},
        "mystmd": {"myst.yml"},
        "notebooks": set(),
        "sphinx": {"docs/conf.py"},
    }[name]
    assert (
        set(files)
        == {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()} - left_out
    )
    for path, target in files.items():
        of_file = [change for change in changes if change.path == path]
        if not of_file:
            assert (source / path).read_bytes() == (project / target).read_bytes()
            continue
        before, after = texts_of(source / path), texts_of(project / target)
        added = [change.became for change in of_file if not change.line and change.cell]
        assert [text for text in after.values() if text in added] == added
        kept = (text for text in after.values() if text not in added)
        for (number, text), now in zip(before.items(), kept, strict=True):
            of_text = [change for change in of_file if change.cell == number and change.line]
            assert made_of(text, of_text, now), f"{path}, cell {number}: a change that is not in the ledger"
            if of_text:
                assert not made_of(text, of_text[1:], now)


@pytest.mark.parametrize(("name", "slug"), BOOKS.items())
def test_nothing_of_the_markup_is_left_in_any_form(imported: dict[str, Path], name: str, slug: str) -> None:
    project = imported[name]

    report = report_of(project)
    assert [finding for finding in report["findings"] if finding.get("severity") != "advice"] == []
    assert bad_links(project / f"_build/notebooks/{slug}.zip") == []
    for text in (printed(project, slug).replace(":label:`no_label`", ""), *cells(project, slug)):
        assert "??" not in text
        assert ":eqref:" not in text
        assert ":begin_tab:" not in text
        assert "{numref}" not in text


def test_a_book_of_d2lbook(imported: dict[str, Path]) -> None:
    project = imported["d2l"]
    lines = site(project, "chapter_start/lines")

    assert "A line is (1.1) , as Hill [ 2001 ] writes; others agree [ Dale, 2002 , Hill, 2001 ] ." in lines
    assert "Figure 1.1 shows one, and Figure 1.2 its slope, of which Table 1.1 has the numbers." in lines
    assert "There is no Fig. 1.9." in lines
    assert ":label:`no_label` and $$no formula$$ and Fig. 1.1" in lines
    assert "Table 1.1 Slopes and angles, see Figure 1.2" in lines
    assert "where (1.1) holds, and it is convex a slide." in lines
    assert "What is Section 1.1.1 about?" in lines
    assert "As in Figure 1.2 and Table 1.1 ." in site(project, "chapter_models/index")
    whole = printed(project, "small-d2l")
    assert "Figure 1.1: A line" in whole
    assert "Table 1.1: Slopes and angles, see Figure 1.2" in whole
    assert "where (1.1) holds" in whole
    assert {"import math\nx = math.sqrt(4)\nx", "import small\n\nsmall.distance(3, 5)"} <= set(
        cells(project, "small-d2l")
    )
    saved = (project / "_build/lib/small/start.py").read_text(encoding="utf-8")
    assert "def distance(a, b):\n" in saved
    assert "@save" not in saved
    not_carried = (project / LEDGER).read_text(encoding="utf-8").partition("## Settings")[0]
    assert "- chapter_start/lines.md:6:40: “Fig. 1.9” is typed" in not_carried
    assert "- config.ini:25: `header_links` in [html]" in not_carried


def test_a_project_of_mystmd(imported: dict[str, Path]) -> None:
    project = imported["mystmd"]
    start = site(project, "guide/start")

    first = site(project, "index")
    assert "Hill [ 2001 ] says so, others too [ Dale, 2002 , see Hill, 2001 , p. 3] ." in first
    assert "Read Start , Figure 1.1 , (1.1) , the norm of 1.1 and Figure 1.1 ." in first
    assert "Back to Welcome , to the first page and to Welcome ; to Welcome , too." in start
    assert "See (1.1) and (1.2) , Tabs and boxes , and Table 1.1 ." in start
    assert "One The first, with Figure 1.1 . Two The second. A title of its own What is in the note" in start
    assert 'print ( "[](fig-logo) and @hill2001 stay" )' in start
    assert "@hill2001 in code" in start
    assert "Figure 1.2 A plot of nothing." in start
    assert "kept from before Outputs as saved in the file" in site(project, "computed")
    assert "NASA and TLA , by [ Dale, 2002 ] and 2002" in site(project, "guide/more-1")
    assert "A quotation with Figure 1.1 and Dale [ 2002 ] ." in site(project, "guide/more-10")
    assert "3.1 Last words" in site(project, "a-group-without-a-page")
    whole = printed(project, "small-book")
    assert "Écrire with MyST A small project Ada Author Ben Writer 2024-05-01" in whole
    assert "FIRST PART 1 Start 1 1.1 More, first" in whole
    assert r"\norm" not in whole
    assert (project / "book/parts/last words.md").read_bytes().count(b"\r\n") == 3
    not_carried = (project / LEDGER).read_text(encoding="utf-8").partition("## Settings")[0]
    for place, what in (
        ("guide/start.md:16:1", "the option placeholder of {figure}"),
        ("guide/start.md:49:", "the role {sc}"),
        ("guide/start.md:73:1", "fig-logo cannot be shown a second time"),
        ("intro.md:5:1", "`banner:` of a page"),
        ("myst.yml:29", "an export as docx"),
        ("myst.yml:49", "`site: options: hide_outline:`"),
        ("unlisted.md", "no list has this page"),
    ):
        assert any(line.startswith(f"- {place}") and what in line for line in not_carried.splitlines()), what


def test_a_folder_of_notebooks(imported: dict[str, Path]) -> None:
    project = imported["notebooks"]

    assert site(project, "index") == "Small notebooks Begin with the first ."
    first = site(project, "1-first")
    assert first.startswith("1 The first notebook It leads to the second , and x 2 x^2 is mathematics.")
    assert "kept, not computed 1.1 A section With words. 1.2 A second title 1.2.1 And below it" in first
    assert site(project, "2 tiefer/index") == "2 Tiefer 2.1 Zwei 2.2 Überblick"
    assert site(project, "10-last/end") == "3.1 The end 3.1.1 Another 3.1.1.1 Below"
    whole = printed(project, "small-notebooks")
    assert "1 The first notebook 1 1.1 A section" in whole
    assert "3.2 Some words Back to the start." in whole
    assert "open('data/numbers.txt').read()" in set(cells(project, "small-notebooks"))


def test_pages_of_a_project_of_sphinx_are_those_of_sphinx_alone(
    imported: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "sphinx"
    shutil.copytree(TESTS / "books/sphinx", folder)
    conf = folder / "docs/conf.py"
    text = conf.read_text(encoding="utf-8")
    assert MISSING in text
    conf.write_text(text.replace(MISSING, ""), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-Q",
        "-b",
        "html",
        str(folder / "docs"),
        str(tmp_path / "site"),
    ]
    subprocess.run(command, check=True, cwd=tmp_path)

    for name in ("index", "guide/index", "guide/start", "history", "computed", "works"):
        words, links = site_and_links(imported["sphinx"] / f"_build/html/{name}.html")
        plain, plain_links = site_and_links(tmp_path / f"site/{name}.html")
        assert words.replace(AS_SAVED, "").split() == plain.split(), name
        assert links == plain_links, name
        assert (AS_SAVED in words) == (name == "computed")


def test_a_project_of_sphinx(imported: dict[str, Path]) -> None:
    project = imported["sphinx"]

    first = site(project, "index")
    assert "Hello, reader! This is the second edition of 40 pages, which is LOUD." in first
    page = (project / "_build/html/index.html").read_text(encoding="utf-8")
    for part in (
        "_static/custom.css",
        "_static/logo.svg",
        "A small book",
        "<title>Welcome &#8212; Small Sphinx 1.2",
    ):
        assert part in page, part
    assert not (project / "_build/html/drafts").exists()
    whole = printed(project, "small-sphinx")
    for part in (
        "Begin with Start, then read the history; Hello, reader!",
        "Drawing 1.1: A line, by [1]",
        "By the maker of Small Sphinx, see Start, Start, Drawing 2.1 and (1.1).",
        "def double(number: int) -> int:",
    ):
        assert part in whole, whole
    assert "sphinx.ofconf" not in whole
    of_notebooks = set(cells(project, "small-sphinx"))
    assert "2 * 21" in of_notebooks
    assert any("By the *maker* of Small Sphinx" in text and "Drawing 2.1" in text for text in of_notebooks)
    not_carried, _, settings = (project / LEDGER).read_text(encoding="utf-8").partition("## Settings")
    assert not_carried.count("\n- ") == 1
    assert "- docs/conf.py:23: the extension not_installed_anywhere is not installed" in not_carried
    # Every line of conf.py that says something is in the ledger.
    lines = (TESTS / "books/sphinx/docs/conf.py").read_text(encoding="utf-8").splitlines()
    named = [number for number, line in enumerate(lines, start=1) if line[:1].isalpha()]
    grown = {number for number in named if lines[number - 1].startswith(("extensions", "html_theme_options"))}
    for number in set(named) - grown:
        assert f"| docs/conf.py:{number} |" in settings, lines[number - 1]
