"""Whole folders of Jupyter Book 1, built as they stand: what is made of them, with nothing but `_build` changed."""

import json
import re
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader
from support.imported import LEDGER, files_of, import_folder
from support.jupyter_books import copy_book, files_of_book, give_lock
from support.places import GENERATED
from support.running import Run, report_of, run_toolchain

from toolchain.base.errors import ExitCode

pytestmark = pytest.mark.slow


def page(book: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((book / "_build/html" / f"{name}.html").read_text(encoding="utf-8"), "lxml")


def text(book: Path, name: str) -> str:
    article = page(book, name).select_one("article.bd-article")
    assert article is not None
    return " ".join(article.get_text(" ").replace("#", "").split())


def pages(book: Path) -> set[str]:
    site = book / "_build/html"
    names = (path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    return {name for name in names if not name.startswith(("_", *GENERATED))}


SLIPS = {
    "html:\n": "  favicn: figures/typo.png\n",
    "  config:\n": "    html_theme_options: {twitter: ours, header: ours}\n    latex_docclass: {manual: book}\n",
}
"""What is added to a configuration that is right, after these lines."""


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """Give the book in parts, built in all forms with a few slips in its configuration."""
    book = copy_book("parts", tmp_path_factory.mktemp("books"))
    config = (book / "_config.yml").read_text()
    for line, slip in SLIPS.items():
        config = config.replace(line, f"{line}{slip}")
    (book / "_config.yml").write_text(config)
    (book / "_build/html").mkdir(parents=True)
    (book / "_build/html/index.html").write_text("left by Jupyter Book")
    before = files_of_book(book)
    built = run_toolchain("build", project=book)
    assert files_of_book(book) == before
    return book, built


def test_a_book_in_parts_is_built_and_its_slips_named(parts: tuple[Path, Run]) -> None:
    book, built = parts

    assert built.code == ExitCode.FINDINGS, built.stdout + built.stderr
    found = [
        (finding["id"], finding["path"], finding["message"])
        for finding in report_of(book)["findings"]
        if finding["path"] == "_config.yml"
    ]
    assert found == [
        ("SRC041", "_config.yml", "html.favicn is no key of a Jupyter Book"),
        ("SRC041", "_config.yml", "the theme has no options header, twitter"),
        ("SRC040", "_config.yml", "latex_docclass has no effect here"),
    ]
    assert (book / "_build/before/html/index.html").read_text() == "left by Jupyter Book"


def test_every_page_has_the_address_that_jupyter_book_gives_it(parts: tuple[Path, Run]) -> None:
    book, _ = parts

    assert pages(book) == {
        *("README.html", "index.html", "intro.html", "references.html", "history.html"),
        *("handbook/cards.html", "handbook/lists.html"),
        *("part1/one.html", "part1/one-a.html", "part1/one-b.html", "part1/two.html"),
        *("part2/three.html", "part2/sub/x.html", "part2/sub/y.html"),
    }
    refresh = page(book, "index").select_one("meta[http-equiv=refresh]")
    assert refresh is not None
    assert refresh["content"] == "0; url=intro.html"


def test_parts_chapters_and_numbers(parts: tuple[Path, Run]) -> None:
    book, _ = parts

    menu = page(book, "intro").select_one("nav.bd-links")
    assert menu is not None
    assert " ".join(menu.get_text(" ").split()) == (
        "Welcome First part 1. Chapter one 1.2. One A 1.3. One B 2. Chapter two "
        "Second part 3. Third by another name 4. Sub x 5. Sub y Elsewhere "
        "End References History Cards, tabs and notes Lists, formulas and figures"
    )
    assert text(book, "intro") == (
        "Welcome This is x 2 x^2 , version 1.2.3, as [ Hol90 ] says. See Fig. 1.1 , (1.1) , Chapter two and LOUD . "
        "First part 1. Chapter one 2. Chapter two "
        "Second part 3. Third by another name 4. Sub x 5. Sub y Elsewhere "
        "End References History Cards, tabs and notes Lists, formulas and figures"
    )
    assert "2.1. A heading below a place in HTML" in text(book, "part1/two")
    assert "further down" in [
        link.get_text() for link in page(book, "part1/two").select("a[href='#by-hand']")
    ]
    assert {"sec-intro", "fig-logo", "equation-eq-one", "a-section"} <= {
        str(element["id"]) for element in page(book, "part1/one").find_all(id=True)
    }


def test_the_site_has_what_the_configuration_asks_for(parts: tuple[Path, Run]) -> None:
    book, _ = parts
    site = page(book, "part1/one")
    head = str(site.head)

    assert site.title is not None
    assert site.title.get_text() == "1. Chapter one — A small book"
    assert 'href="https://example.org/book/part1/one.html" rel="canonical"' in head
    assert 'rel="icon"' in head
    assert "../_static/css/own.css" in head
    assert "../_static/own.js" in str(site)
    assert "https://plausible.example.org/script.js" in head
    formula = site.select_one("#equation-eq-one math")
    assert formula is not None
    # The macro R of the configuration.
    assert "a=b\N{ELEMENT OF}\N{DOUBLE-STRUCK CAPITAL R}" in formula.get_text()
    logo = site.select_one(".navbar-brand img")
    assert logo is not None
    assert logo["src"] == "../_static/logo.png"
    words = " ".join(site.get_text(" ").split())
    for said in ("A new edition is out.", "By Ada Author", "© Copyright 2024.", "Made with care."):
        assert said in words
    addresses = {str(link["href"]) for link in site.select(".article-header-buttons a[href]")}
    assert {
        "https://github.com/example/book",
        "https://github.com/example/book/edit/trunk/docs/part1/one.md",
    } <= addresses
    assert any(address.startswith("https://github.com/example/book/issues/new?") for address in addresses)
    article = site.select_one("article")
    assert article is not None
    assert article.select_one("a[href='http://www.example.org']"), "linkify"
    assert article.select_one(".admonition.dropdown"), "sphinx-togglebutton folds it"
    assert article.select_one("dl dt"), "deflist"


def test_the_pdf_has_the_first_page_and_the_numbers_of_the_site(parts: tuple[Path, Run]) -> None:
    book, _ = parts

    reader = PdfReader(book / "_build/pdf/the-small-book.pdf")
    printed = [" ".join(sheet.extract_text().split()) for sheet in reader.pages]

    assert reader.metadata is not None
    assert reader.metadata.title == "A small book in print"
    welcome = next(sheet for sheet in printed if sheet.startswith("Welcome"))
    assert "version 1.2.3, as [Hol90] says" in welcome
    assert "See Fig. 1.1, (1.1), Chapter two and LOUD" in welcome
    whole = " ".join(printed)
    assert "1.2 One A" in whole
    assert "Chapter 5 Sub y" in whole
    assert "[Hol90] Sherlock Holmes" in whole
    assert "Readme" not in whole
    assert "This page is in reStructuredText, and knows Chapter two" in whole
    assert "Слово, " in whole
    assert "and a film: Of a film" in whole
    assert "2.1 A heading below a place in HTML" in whole
    assert "3.1 A section" not in whole
    assert "A section without a number" in whole


def test_the_notebooks_lie_as_in_the_folder(parts: tuple[Path, Run]) -> None:
    book, _ = parts

    with ZipFile(book / "_build/notebooks/the-small-book.zip") as archive:
        names = {name.removeprefix("the-small-book/") for name in archive.namelist()}

    assert {
        "part1/1-one.ipynb",
        "part1/1.2-one-a.ipynb",
        "part2/sub/4-x.ipynb",
        "intro.ipynb",
        "history.ipynb",
    } <= names
    assert "figures/logo.png" in names


def test_a_second_build_has_nothing_to_do(parts: tuple[Path, Run]) -> None:
    book, built = parts

    again = run_toolchain("build", project=book)

    assert again.code == built.code
    assert "nothing changed since the last build" in again.stderr


def test_outputs_saved_in_notebooks_are_shown_and_nothing_is_run(tmp_path: Path) -> None:
    book = copy_book("saved", tmp_path)
    before = files_of_book(book)

    built = run_toolchain("build", "html", "notebooks", project=book)

    assert built.code == ExitCode.GOOD, built.stdout + built.stderr
    assert files_of_book(book) == before
    assert not (book / "_build/kernel").exists()
    assert pages(book) == {"index.html", "start.html", "second.html", "old.html"}
    start = text(book, "start")
    assert "hello" in start
    assert "NameError : no bad" in start
    assert "Outputs as saved in the file of the notebook with R of mine: they were not computed" in start
    assert page(book, "start").select_one("article .cell_output img")
    assert "nothing ran here" in text(book, "second")
    statuses = {notebook["name"]: notebook["status"] for notebook in report_of(book)["notebooks"]}
    assert statuses == {"start": "saved", "second": "saved", "old": "saved"}

    planned = run_toolchain("plan", project=book)

    assert "0 notebooks to run, 0 to reuse, 3 not run" in planned.stdout


def test_notebooks_run_with_what_lies_around_them(tmp_path: Path) -> None:
    book = copy_book("run", tmp_path)
    give_lock(book)
    before = files_of_book(book)

    built = run_toolchain("build", "html", "notebooks", project=book)

    assert built.code == ExitCode.GOOD, built.stdout + built.stderr
    assert files_of_book(book) == before
    assert "sum 42" in text(book, "chapters/first")
    second = text(book, "chapters/second")
    assert "42" in second
    assert "an old 41" not in second
    assert "1 + 2 3" in text(book, "chapters/mystmd"), "a kernel in the header makes a notebook of a page"
    rows = [row.get_text(" ").split()[0] for row in page(book, "times").select("article tbody tr")]
    assert rows == ["chapters/first", "chapters/mystmd", "chapters/second"]
    never = text(book, "chapters/never")
    assert "kept in the file" in never
    assert "Outputs as saved in the file of the notebook with Python 3" in never
    with ZipFile(book / "_build/notebooks/chapters.zip") as archive:
        names = set(archive.namelist())
    assert {"chapters/data/number.txt", "chapters/chapters/helper.py"} <= names

    (book / "data/number.txt").write_text("4\n")
    planned = run_toolchain("plan", "--json", project=book)

    assert [notebook["name"] for notebook in planned.json if notebook["run"]] == ["chapters/first"]


def test_what_notebooks_import_and_nothing_asks_for_is_named_before_anything_runs(tmp_path: Path) -> None:
    book = copy_book("run", tmp_path)
    give_lock(book)
    notebook: dict[str, Any] = json.loads((book / "chapters/second.ipynb").read_text())
    notebook["cells"][1]["source"] = "import no_such_module, json\nfrom sklearn_nowhere import thing\n6 * 7"
    (book / "chapters/second.ipynb").write_text(json.dumps(notebook))

    built = run_toolchain("build", "html", project=book)

    assert built.code == ExitCode.USAGE
    assert (
        "chapters/second.ipynb: cell 1: no_such_module is not in the notebooks' environment" in built.stderr
    )
    assert (
        "chapters/second.ipynb: cell 1: sklearn_nowhere is not in the notebooks' environment" in built.stderr
    )
    assert (
        "Add to requirements.txt, a line each: no-such-module sklearn-nowhere. Nothing was run."
        in built.stderr
    )


def test_an_imported_book_makes_the_same_pages(parts: tuple[Path, Run], tmp_path: Path) -> None:
    book, _ = parts
    project = tmp_path / "imported"
    run = import_folder(book, project)
    assert run.code == ExitCode.GOOD, run.stderr
    assert "is a book of Jupyter Book 1 (jupyter-book)" in run.stdout

    built = run_toolchain("build", "html", project=project)
    assert built.code == ExitCode.FINDINGS, built.stdout + built.stderr
    found = report_of(project)["findings"]
    messages = [finding["message"] for finding in found if finding.get("severity") != "advice"]
    assert messages == ["the theme has no options header, twitter"]
    assert pages(project) == pages(book) - {"intro.html"}
    names = {name.removesuffix(".html") for name in pages(book)} - {"index", "intro"}
    of_chapter_one = {name for name in names if name.startswith("part1/one")}
    assert {name: text(project, name) for name in names - of_chapter_one} == {
        name: text(book, name) for name in names - of_chapter_one
    }
    # A toctree cannot stand after the sections of its page, as the list of `_toc.yml` does: the ledger says so.
    number = re.compile(r"\b1(?:\.\d)+\. ")
    for name in of_chapter_one:
        assert number.sub("", text(project, name)) == number.sub("", text(book, name))
    assert text(project, "index") == text(book, "intro")
    assert page(project, "part1/one").select_one(".navbar-brand img") is not None
    ledger = (project / LEDGER).read_text(encoding="utf-8")
    assert dict(files_of(ledger))["intro.md"] == "book/index.md"
    lines = [line.strip().partition(":")[0] for line in (book / "_config.yml").read_text().splitlines()]
    assert f"| _config.yml:{lines.index('baseurl') + 1} | `html.baseurl` | `[book] site` |" in ledger
    favicon = f"- _config.yml:{lines.index('favicn') + 1}: `html.favicn`\n  Did you mean html.favicon?\n"
    assert favicon in ledger
    assert "- part1/one.md:4:1: sections are counted after the pages that their page lists\n" in ledger
