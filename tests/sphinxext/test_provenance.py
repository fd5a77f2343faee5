"""Where a result comes from: in report.json, on its page, in the PDF, and nowhere for what has none."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from docutils import nodes
from lxml import html
from pypdf import PdfReader
from sphinx import addnodes
from support.running import ANOTHER_SEED, report_of, run_toolchain

from toolchain import __version__
from toolchain.model import Provenance
from toolchain.sphinxext.provenance import duration, place, sentence

PAGE = "_build/html/chapter_waves/index.html"
PROVENANCE = Provenance(
    start="2026-11-23T06:56:52+01:00",
    seconds=6.276,
    device="cpu",
    versions={"numpy": "1.23.5", "python": "3.11.7"},
)


def stored_by(project: Path) -> Any:
    """Return what the project's one stored notebook says of its making."""
    (blob,) = (path for path in (project / "_build/store/blobs").rglob("*") if path.is_file())
    return msgspec.json.decode(blob.read_bytes())["metadata"]["toolchain"]


def shown_on(page: Path) -> list[str]:
    tree = html.parse(str(page))
    elements = tree.xpath("//*[contains(concat(' ', @class, ' '), ' provenance ')]")
    return [" ".join(element.text_content().split()) for element in elements]


def test_sentence() -> None:
    assert sentence(PROVENANCE) == (
        "Computed on 2026-11-23, 05:56 UTC, on the CPU in 6.3~s with Python 3.11.7, numpy 1.23.5."
    ).replace("~", "\N{NO-BREAK SPACE}")
    assert sentence(Provenance(seconds=75.4)) == "Computed in 1~min 15~s.".replace("~", "\N{NO-BREAK SPACE}")
    assert sentence(Provenance(seconds=3 * 3600 + 125.0, device="NVIDIA H100")) == (
        "Computed on NVIDIA H100 in 3~h 2~min.".replace("~", "\N{NO-BREAK SPACE}")
    )
    assert sentence(Provenance()) == ""


def section(*children: nodes.Node) -> nodes.section:
    return nodes.section("", nodes.title("", "Title"), *children)


def toctree() -> nodes.compound:
    return nodes.compound("", addnodes.toctree(), classes=["toctree-wrapper"])


@pytest.mark.parametrize(
    ("page", "path"),
    [
        (section(nodes.paragraph()), [0, 2]),
        # In print the pages of a toctree follow there: they are not what the line is about.
        (section(nodes.paragraph(), toctree()), [0, 2]),
        (section(nodes.paragraph(), section(toctree(), nodes.comment())), [0, 2, 1]),
        (section(nodes.paragraph(), section(nodes.paragraph())), [0, 3]),
        (section(toctree(), nodes.paragraph()), [0, 3]),
    ],
)
def test_place_is_the_end_of_the_pages_own_text(page: nodes.section, path: list[int]) -> None:
    document = nodes.document(None, None)  # type: ignore[arg-type]
    document += page

    parent, index = place(document)

    expected: Any = document
    for step in path[:-1]:
        expected = expected[step]
    assert parent is expected
    assert index == path[-1]


def test_report_says_where_each_result_comes_from(minimal: Path) -> None:
    (notebook,) = report_of(minimal)["notebooks"]
    stored = stored_by(minimal)

    assert len(notebook["cell_seconds"]) == 2
    assert sum(notebook["cell_seconds"]) <= notebook["seconds"]
    assert notebook["versions"].keys() == {"matplotlib", "python"}
    assert notebook["toolchain"] == __version__
    for field in ("start", "seconds", "cell_seconds", "device", "versions", "toolchain"):
        assert notebook[field] == stored[field], field
    assert notebook.get("commit", "") == stored["commit"]


def test_page_and_pdf_say_it_once_and_as_stored(minimal: Path) -> None:
    stored = stored_by(minimal)
    expected = " ".join(sentence(msgspec.convert(stored, Provenance)).split())

    assert shown_on(minimal / PAGE) == [expected]
    assert shown_on(minimal / "_build/html/index.html") == []
    text = "\n".join(page.extract_text() for page in PdfReader(minimal / "_build/pdf/two-pages.pdf").pages)
    assert " ".join(text.split()).count(expected) == 1
    assert "on the CPU" in expected
    index = (minimal / "_build/html/_static/search/index.js").read_text(encoding="utf-8")
    assert "utc" not in index


def test_page_says_under_its_title_how_long_its_code_took(minimal: Path) -> None:
    facts = html.parse(str(minimal / PAGE)).xpath("//*[contains(@class, 'page-facts')]")[0].text_content()
    assert f"Code: {duration(stored_by(minimal)['seconds'])} on the CPU" in facts


def test_same_result_makes_the_same_page_elsewhere(minimal: Path, copy: Callable[[str], Path]) -> None:
    other = copy("minimal")
    shutil.copytree(minimal / "_build/store", other / "_build/store")

    # In all forms, because the page offers them.
    assert run_toolchain("build", project=other, env=ANOTHER_SEED).code == 0

    assert report_of(other)["notebooks"][0]["status"] == "reused"
    assert (other / PAGE).read_bytes() == (minimal / PAGE).read_bytes()
    assert stored_by(other)["start"] == report_of(other)["notebooks"][0]["start"]


def test_failed_notebook_claims_nothing(copy: Callable[[str], Path]) -> None:
    project = copy("raising-cell")

    assert run_toolchain("build", "html", "--keep-going", project=project).code == 4

    assert shown_on(project / "_build/html/section.html") == []
    (notebook,) = report_of(project)["notebooks"]
    assert notebook.keys().isdisjoint({"device", "start", "versions", "cell_seconds"})
