"""The books of tests/books in all forms, and their pages as Jupyter Book 1 itself makes them in the same run.

Addresses, anchors, words with their numbers, links and pictures are the same; what differs on purpose is listed, with the reason.
"""

import os
import posixpath
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from msgspec import Struct
from support.jupyter_books import copy_book, files_of_book, give_lock
from support.running import report_of, run_toolchain

from toolchain.base.errors import ExitCode
from toolchain.sphinxext import provenance

JUPYTER_BOOK = os.environ.get("JUPYTER_BOOK", "")
NO_PAGES = ("_static", "_sources", "_images", "_downloads", "_notebooks")
ARTICLE = "article.bd-article"
PARTS = ("title", ARTICLE, "nav.bd-links", ".bd-toc", ".prev-next-footer")
"""Of a page, those whose words are compared."""
TIMES = re.compile(r"\d{4}-\d\d-\d{4}:\d\dcache\d+\.\d+")
"""In a row of the table of runs, without spaces."""
THEIR_KERNEL = "conda-env-theirs-py"
"""That an author has installed, and a header names."""


class Difference(Struct, frozen=True):
    """What is different on purpose in the words of a page."""

    page: str
    theirs: str
    """Without spaces, as far as it has to be told from the rest of the page."""
    ours: str
    why: str
    links: tuple[tuple[str, str], ...] = ()
    """That only ours has."""


BOOKS: dict[str, tuple[Difference, ...]] = {
    "parts": (),
    "saved": (),
    "run": (
        Difference(
            "chapters/mystmd.html",
            "Ofmystmd",
            "Ofmystmd1+23",
            "a kernel in the header makes a notebook of a page; Jupyter Book leaves its cells out",
        ),
        Difference(
            "times.html",
            "chapters/second",
            "chapters/mystmd✅chapters/second",
            "so it stands in the table of runs as well",
            links=(("chapters/mystmd", "chapters/mystmd.html"),),
        ),
    ),
    "keys": (
        Difference(
            "syntax.html",
            r"$\(x+y\)$",
            r"\[x+y\]",
            "two dollars within a line are a formula; Jupyter Book shows the dollars",
        ),
    ),
}
"""What is different on purpose, by book."""


def pages(site: Path) -> dict[str, BeautifulSoup]:
    names = (path.relative_to(site) for path in site.rglob("*.html"))
    kept = [
        name
        for name in names
        if name.parts[0] not in NO_PAGES and name.name not in ("genindex.html", "search.html")
    ]
    return {name.as_posix(): BeautifulSoup((site / name).read_text("utf-8"), "lxml") for name in kept}


def words(page: BeautifulSoup, selector: str) -> str:
    """Return the words of a part of a page without what is only laid out otherwise: spaces, and where outputs come from."""
    part = page.select_one(selector)
    if part is None:
        return ""
    for element in part.select(f".headerlink, script, style, .{provenance.CLASS}"):
        element.decompose()
    return TIMES.sub("", "".join(part.get_text().split()))


def links(address: str, page: BeautifulSoup) -> Iterator[tuple[str, str]]:
    """Yield the words and the whole address of each link; of files only the name, as they lie in folders named by digests."""
    for link in page.select(f"{ARTICLE} a[href]:not(.headerlink)"):
        target = str(link["href"])
        if "://" not in target and not target.startswith("mailto:"):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(address), target or address))
            target = f"{address}{link['href']}" if str(link["href"]).startswith("#") else target
            target = Path(target).name if target.startswith(("_downloads", "_images")) else target
        yield " ".join(link.get_text().split()), target


def media(page: BeautifulSoup) -> list[tuple[str, str, str]]:
    """Return kind, name and words of all that is no text; outputs have names of their own in each tool."""
    found = page.select(f"{ARTICLE} :is(img, video, audio, iframe)")
    names = [Path(str(element.get("src", ""))).name for element in found]
    return [
        (element.name, re.sub(r"^[0-9a-f]{40,}", "", name), str(element.get("alt")))
        for element, name in zip(found, names, strict=True)
    ]


def leads_on(page: BeautifulSoup) -> list[str]:
    """Return where a page without words leads at once."""
    return [str(tag["content"]) for tag in page.select("meta[http-equiv=refresh i]")]


def anchors(page: BeautifulSoup) -> set[str]:
    return {str(element["id"]) for element in page.select(f"{ARTICLE} [id]") if isinstance(element, Tag)}


def start_theirs(book: Path, kernels: Path) -> "subprocess.Popen[bytes]":
    """Have Jupyter Book build its own copy, with contents of its old format turned into the new as it asks for."""
    contents = book / "_toc.yml"
    if not re.search("^format:", contents.read_text(), re.MULTILINE):
        migrate = [JUPYTER_BOOK, "toc", "migrate", str(contents), "--output", str(contents)]
        subprocess.run(migrate, check=True, capture_output=True)
    shutil.copytree(
        Path(JUPYTER_BOOK).parents[1] / "share/jupyter/kernels/python3", kernels / "kernels" / THEIR_KERNEL
    )
    return subprocess.Popen(
        [JUPYTER_BOOK, "build", str(book)],
        env={**os.environ, "JUPYTER_PATH": str(kernels)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@pytest.mark.slow
@pytest.mark.skipif(not JUPYTER_BOOK, reason="Jupyter Book 1 could not be installed beside: nox does that")
@pytest.mark.parametrize("name", BOOKS)
def test_a_book_is_green_in_all_forms_and_reads_as_jupyter_book_makes_it(name: str, tmp_path: Path) -> None:
    theirs, ours = (copy_book(name, tmp_path / tool) for tool in ("theirs", "ours"))
    give_lock(ours)
    before = files_of_book(ours)

    with start_theirs(theirs, tmp_path / "jupyter") as their_build:
        built = run_toolchain("build", project=ours)
        said, _ = their_build.communicate()

    assert their_build.returncode == 0, said.decode()
    assert built.code == ExitCode.GOOD, built.stdout + built.stderr
    assert files_of_book(ours) == before
    made = {artefact["path"].split("/")[1] for artefact in report_of(ours)["artefacts"]}
    assert {"html", "pdf", "notebooks"} <= made
    expected, found = pages(theirs / "_build/html"), pages(ours / "_build/html")
    assert expected.keys() == found.keys()
    left = list(BOOKS[name])
    for address, page in expected.items():
        ours_here = found[address]
        assert leads_on(ours_here) == leads_on(page), address
        if leads_on(page):
            continue
        theirs_has = {part: words(page, part) for part in PARTS}
        links_there = list(links(address, page))
        links_here = list(links(address, ours_here))
        for difference in BOOKS[name]:
            if difference.page == address:
                left.remove(difference)
                assert difference.theirs in theirs_has[ARTICLE], difference
                theirs_has[ARTICLE] = theirs_has[ARTICLE].replace(difference.theirs, difference.ours, 1)
                links_here = [link for link in links_here if link not in difference.links]
        assert anchors(page) <= anchors(ours_here), address
        assert links_here == links_there, address
        assert media(ours_here) == media(page), address
        assert {part: words(ours_here, part) for part in PARTS} == theirs_has, address
    assert left == []
