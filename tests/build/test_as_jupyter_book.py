"""The books of tests/books in all forms, and their pages as Jupyter Book 1 itself makes them in the same run.

Addresses, anchors, words with their numbers, links and pictures are the same; what differs on purpose is listed, with the reason.
"""

import copy
import json
import os
import posixpath
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from bs4 import BeautifulSoup, Tag
from msgspec import Struct
from pypdf import PdfReader
from support.jupyter_books import copy_book, files_of_book, give_lock
from support.places import GENERATED
from support.running import report_of, run_toolchain

from toolchain.base.errors import ExitCode
from toolchain.sphinxext import page_facts, provenance

JUPYTER_BOOK = os.environ.get("JUPYTER_BOOK", "")
WORD = re.compile(r"[a-z0-9]{2,}")
OF_THE_SITE = f".math, .toctree-wrapper, .headerlink, script, style, .{provenance.CLASS}, .{page_facts.CLASS}, summary.admonition-title, .hide summary"
"""What of an article other forms do not have as its words."""
NO_PAGES = ("_static", "_sources", "_images", "_downloads", "_notebooks", "_pdf")
FORMULA = "(formula)"
"""In the place of each: ours are set, and Jupyter Book's are TeX until MathJax has come."""
ARTICLE = "article.bd-article"
PARTS = ("title", ARTICLE, "nav.bd-links", ".bd-toc", ".prev-next-footer")
"""Of a page, those whose words are compared."""
TIMES = re.compile(r"\d{4}-\d\d-\d{4}:\d\dcache\d+\.\d+")
"""In a row of the table of runs, without spaces."""
TASKS = dict.fromkeys(map(ord, "\N{BALLOT BOX}\N{BALLOT BOX WITH CHECK}"))
"""The boxes before tasks: Jupyter Book has them as elements of forms."""
THEIR_KERNEL = "conda-env-theirs-py"
"""That an author has installed, and a header names."""


class Difference(Struct, frozen=True):
    """What is different on purpose on a page."""

    page: str
    theirs: str | tuple[str, ...]
    """Words without spaces, as far as they have to be told from the rest of the page; or a link, or a picture. Empty for nothing."""
    ours: str | tuple[str, ...]
    why: str


BOOKS: dict[str, tuple[Difference, ...]] = {
    "parts": (
        Difference(
            "handbook/lists.html",
            f"done{FORMULA}",
            f"done(1){FORMULA}",
            "what can be referred to by its number shows it, as in print",
        ),
    ),
    "saved": (
        Difference(
            "old.html",
            ("further down", "old.html#Its-Second-Part"),
            ("further down", "old.html#its-second-part"),
            "Jupyter's own anchors lead to the heading",
        ),
        Difference(
            "old.html",
            ("img", "attachment:drawing.png", "attached"),
            ("img", "", "attached"),
            "attachments are shown; Jupyter Book finds no such file",
        ),
    ),
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
        ),
        Difference("times.html", "", ("chapters/mystmd", "chapters/mystmd.html"), "so it is linked there"),
    ),
    "keys": (
        Difference(
            "syntax.html",
            f"${FORMULA}$",
            FORMULA,
            "two dollars within a line are a formula; Jupyter Book shows the dollars",
        ),
    ),
}
"""What is different on purpose, by book."""


def pages(site: Path) -> dict[str, BeautifulSoup]:
    names = (path.relative_to(site) for path in site.rglob("*.html"))
    kept = [name for name in names if name.parts[0] not in NO_PAGES and name.stem not in GENERATED]
    return {name.as_posix(): BeautifulSoup((site / name).read_text("utf-8"), "lxml") for name in kept}


def words(page: BeautifulSoup, selector: str) -> str:
    """Return the words of a part of a page without what is only laid out otherwise: spaces, and where outputs come from."""
    part = page.select_one(selector)
    if part is None:
        return ""
    for element in part.select(f".headerlink, script, style, .{provenance.CLASS}, .{page_facts.CLASS}"):
        element.decompose()
    for element in part.select(".math"):
        number = element.select_one(".eqno")
        element.string = f"{number.get_text() if number else ''}{FORMULA}"
    return TIMES.sub("", "".join(part.get_text().split())).translate(TASKS)


def links(address: str, page: BeautifulSoup) -> Iterator[tuple[str, str]]:
    """Yield the words and the whole address of each link; of files only the name, as they lie in folders named by digests."""
    for link in page.select(f"{ARTICLE} a[href]:not(.headerlink)"):
        target = str(link["href"])
        if "://" not in target and not target.startswith("mailto:"):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(address), target or address))
            target = f"{address}{link['href']}" if str(link["href"]).startswith("#") else target
            target = Path(target).name if target.startswith(("_downloads", "_images")) else target
        yield " ".join(link.get_text().split()), target


def media(page: BeautifulSoup) -> Iterator[tuple[str, str, str]]:
    """Yield kind, name and words of all that is no text.

    Outputs have names of their own in each tool, or none; the address of a picture, in the place of words, says nothing.
    """
    for element in page.select(f"{ARTICLE} :is(img, video, audio, iframe)"):
        source, words = str(element.get("src", "")), str(element.get("alt", ""))
        name = "" if source.startswith("data:") else re.sub(r"^[0-9a-f]{40,}", "", Path(source).name)
        yield element.name, name, "" if words == source else words


def leads_on(page: BeautifulSoup) -> list[str]:
    """Return where a page without words leads at once."""
    return [str(tag["content"]) for tag in page.select("meta[http-equiv=refresh i]")]


def anchors(page: BeautifulSoup) -> set[str]:
    return {str(element["id"]) for element in page.select(f"{ARTICLE} [id]") if isinstance(element, Tag)}


def shown(address: str, page: BeautifulSoup) -> tuple[dict[str, str], list[tuple[str, ...]]]:
    """Return what is compared of a page: words by the parts of it, and links and pictures in their order."""
    inner = [*links(address, page), *media(page)]
    return {part: words(page, part) for part in PARTS}, inner


def listed(site: dict[str, BeautifulSoup]) -> set[str]:
    """Return the addresses of the pages in the menu."""
    top = next(page for address, page in site.items() if "/" not in address and not leads_on(page))
    return {str(link["href"]) for link in top.select("nav.bd-links a")} & site.keys()


def said_of(page: BeautifulSoup, left_out: str) -> set[str]:
    """Return the words of the page's own text, but for some elements."""
    article = copy.copy(page.select_one(ARTICLE))
    assert article is not None
    for element in article.select(f"{OF_THE_SITE}, {left_out}"):
        element.decompose()
    return set(WORD.findall(article.get_text(" ").lower()))


def printed(book: Path) -> str:
    (path,) = (book / "_build/pdf").glob("*.pdf")
    text = "".join(sheet.extract_text() for sheet in PdfReader(path).pages)
    return "".join(text.replace("-\n", "").lower().split())


def in_notebooks(book: Path) -> str:
    texts = []
    for path in (book / "_build/notebooks").glob("*.zip"):
        with ZipFile(path) as archive:
            for member in (member for member in archive.namelist() if member.endswith(".ipynb")):
                texts += ["".join(cell["source"]) for cell in json.loads(archive.read(member))["cells"]]
    return " ".join(texts).lower()


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
    left: dict[str, list[Difference]] = {}
    for difference in BOOKS[name]:
        left.setdefault(difference.page, []).append(difference)
    for address, page in expected.items():
        here = found[address]
        assert leads_on(here) == leads_on(page), address
        if leads_on(page):
            continue
        assert anchors(page) <= anchors(here), address
        (their_words, their_links), (our_words, our_links) = shown(address, page), shown(address, here)
        for difference in left.pop(address, ()):
            if isinstance(difference.ours, str):
                assert str(difference.theirs) in their_words[ARTICLE], difference
                their_words[ARTICLE] = their_words[ARTICLE].replace(
                    str(difference.theirs), difference.ours, 1
                )
            else:
                our_links.remove(difference.ours)
                if difference.theirs:
                    their_links.remove(tuple(difference.theirs))
        assert our_links == their_links, address
        assert our_words == their_words, address
    assert left == {}

    in_print, in_archives = printed(ours), in_notebooks(ours)
    for address in listed(found):
        page = found[address]
        assert {word for word in said_of(page, ".none") if word not in in_print} == set(), address
        assert {word for word in said_of(page, ".cell_output") if word not in in_archives} == set(), address
