"""The books of tests/books as Jupyter Book 1 itself makes them, in the same run: text, menus, addresses and anchors are the same."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from support.jupyter_books import copy_book
from support.running import run_toolchain

from toolchain.base.errors import ExitCode

JUPYTER_BOOK = os.environ.get("JUPYTER_BOOK", "")
NO_PAGES = ("_static", "_sources", "_images", "_downloads", "_notebooks")
SAID = re.compile(
    r"Outputs as saved in the file.*book\.|The code of this page was not run\.|Computed( on| in| with) .*\.$"
)
"""What is said on our pages of where outputs come from."""
NUMBERS = {"parts": 11, "saved": 2}
"""Pages that are compared, by book."""


def pages(site: Path) -> dict[str, BeautifulSoup]:
    names = (path.relative_to(site) for path in site.rglob("*.html"))
    kept = [
        name
        for name in names
        if name.parts[0] not in NO_PAGES and name.name not in ("genindex.html", "search.html")
    ]
    return {name.as_posix(): BeautifulSoup((site / name).read_text("utf-8"), "lxml") for name in kept}


def words(page: BeautifulSoup, selector: str) -> str:
    """Return the words of a part of a page, without what is only laid out otherwise."""
    part = page.select_one(selector)
    if part is None:
        return ""
    for link in part.select(".headerlink, script, style"):
        link.decompose()
    return SAID.sub("", " ".join(part.get_text(" ").split())).replace(" ", "")


def anchors(page: BeautifulSoup) -> set[str]:
    return {
        str(element["id"]) for element in page.select("article.bd-article [id]") if isinstance(element, Tag)
    }


@pytest.mark.bench
@pytest.mark.skipif(
    not JUPYTER_BOOK, reason="Jupyter Book 1 is not installed beside: `nox -s bench` does that"
)
@pytest.mark.parametrize("name", NUMBERS)
def test_a_book_reads_as_jupyter_book_makes_it(name: str, tmp_path: Path) -> None:
    theirs, ours = (copy_book(name, tmp_path / tool) for tool in ("theirs", "ours"))
    subprocess.run([JUPYTER_BOOK, "build", str(theirs)], check=True, capture_output=True)
    built = run_toolchain("build", "html", project=ours)
    assert built.code in (ExitCode.GOOD, ExitCode.FINDINGS), built.stdout + built.stderr

    expected, found = pages(theirs / "_build/html"), pages(ours / "_build/html")

    assert expected.keys() <= found.keys()
    compared = 0
    for address, page in expected.items():
        if page.select_one("article.bd-article") is None:
            continue
        compared += 1
        assert anchors(page) <= anchors(found[address]), address
        for part in ("article.bd-article", "nav.bd-links"):
            assert words(found[address], part) == words(page, part), address
    assert compared == NUMBERS[name]
