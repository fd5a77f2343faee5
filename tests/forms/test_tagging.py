"""What the PDF says to those who do not see it: its tags, beside the text that they are of and the pages that show it."""

import pickle
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from docutils import nodes
from support.projects import copy_project
from support.running import run_toolchain

ISLANDS = re.compile(r'^ *"(?P<text>.*)"$', re.MULTILINE)
"""The texts that poppler finds in tags."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book of every construct, as a site and as a PDF."""
    project = copy_project("constructs", tmp_path_factory.mktemp("constructs"))
    build = run_toolchain("build", "pdf", "html", project=project)
    assert build.code == 0, build.stdout + build.stderr
    return project / "_build"


@pytest.fixture
def pdf(built: Path) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(built / "pdf/constructs.pdf") as opened:
        yield opened


def elements(pdf: pikepdf.Pdf) -> list[Any]:
    """Return all elements in their order."""
    found, todo = [], [pdf.Root.StructTreeRoot.K]
    while todo:
        element = todo.pop()
        found.append(element)
        kids = element.get("/K", ())
        todo += [kid for kid in reversed(list(kids)) if isinstance(kid, pikepdf.Dictionary) and "/S" in kid]
    return found


def kinds(pdf: pikepdf.Pdf) -> Counter[str]:
    return Counter(str(element.S)[1:] for element in elements(pdf))


def said(path: Path) -> str:
    """Return the text in tags, in the order of the tags."""
    run = subprocess.run(["pdfinfo", "-struct-text", str(path)], capture_output=True, text=True, check=True)
    return " ".join(match["text"] for match in ISLANDS.finditer(run.stdout))


def squeezed(text: str) -> str:
    """Return letters and digits only: spaces and hyphens are the line's."""
    return re.sub(r"[\W_]+", "", text)


def doctree_counts(built: Path) -> Counter[str]:
    """Return how many nodes of each kind the pages have."""
    counts: Counter[str] = Counter()
    for path in (built / "doctrees").rglob("*.doctree"):
        document = pickle.loads(path.read_bytes())
        for bundle in document.findall(nodes.container):
            if bundle.get("nb_element") == "mime_bundle":
                del bundle[1:]  # one of its forms is printed
        counts.update(type(node).__name__ for node in document.findall(nodes.Element))
        counts["table with a head"] += sum(
            any(table.findall(nodes.thead)) for table in document.findall(nodes.table)
        )
    return counts


def test_there_are_as_many_elements_as_the_pages_have(built: Path, pdf: pikepdf.Pdf) -> None:
    nodes_of, tags = doctree_counts(built), kinds(pdf)
    headings = sum(count for kind, count in tags.items() if re.fullmatch("H[1-6]", kind))

    # The contents and the index have headings of their own; the first page's title is that of the book.
    assert headings == nodes_of["section"] + 2 - 1
    assert tags["Table"] == nodes_of["table"]
    assert tags["THead"] == nodes_of["table with a head"]
    assert tags["Figure"] == nodes_of["image"]
    assert tags["Formula"] == nodes_of["math"] + nodes_of["math_block"]
    assert tags["Note"] == nodes_of["footnote"]
    assert tags["BlockQuote"] == nodes_of["block_quote"]
    assert "Span" not in tags
