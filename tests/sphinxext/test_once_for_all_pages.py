"""What is done once for all pages gives each page to the byte what Sphinx and the theme would have done for it alone."""

import json
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from bs4.css import CSS
from sphinx.application import Sphinx
from support.projects import copy_project
from support.running import run_toolchain

from toolchain.sphinxext.quick import selecting
from toolchain.sphinxext.quick.replacing import original

PAGES = 15
"""Pages of the book, the index and the search."""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Give what the book's own conf.py has seen."""
    project = copy_project("many-places", tmp_path_factory.mktemp("many-places"))
    build = run_toolchain("build", "html", project=project)
    assert build.code in {0, 1}, build.stdout + build.stderr
    return json.loads((project / "_build/seen.json").read_text())


def test_contents_at_the_side_are_the_themes(seen: Any) -> None:
    assert [place for place, (same, _, _) in seen["contents"].items() if not same] == []
    assert len(seen["contents"]) >= 4 * PAGES
    assert seen["contents"]["first/deep/below 4 1"][2] > 6
    assert seen["contents"]["second/orphan 4 1"][2] == 0


def test_contents_at_the_side_are_made_once(seen: Any) -> None:
    made = {place for place, (_, called, _) in seen["contents"].items() if called and place.endswith("4 1")}
    # Those that are listed twice, and one that is below what is shown. The template has compared the first pages already.
    assert made == {f"{page} 4 1" for page in ("first/plain", "second/beyond", "second/with a space")}


def test_numbers_are_sphinxs_without_a_look_at_trees(seen: Any) -> None:
    same, numbered = seen["numbers"]
    assert same
    assert numbered >= 3
    different = {target: said for target, said in seen["references"].items() if len(set(said)) > 1}
    assert different == {}
    assert len(seen["references"]) >= 8
    assert "Figure" in seen["references"]["figure-deep"][0]
    # Each page's own, to write it, and those with toctrees that Sphinx keeps.
    assert max(seen["calls"]["trees"].values()) <= 2, seen["calls"]["trees"]
    assert seen["loads before"] == 0


def test_trees_of_pages_do_not_pile_up(seen: Any) -> None:
    assert max(seen["alive"]) <= 2, seen["alive"]


def test_a_word_has_its_stem_looked_for_once_and_distributions_were_asked_before(seen: Any) -> None:
    assert set(seen["calls"]["stems"].values()) == {1}
    assert seen["calls"]["plugins"] == {}


LIST = (
    '<ul class="toc-h1 a"><li class="toc-h2">one<p CLASS="toc-h1\n\N{NO-BREAK SPACE}b">two</p></li></ul>'
    '<li class="Toc-h2"><svg class="toc-h2"/></li><i class></i>'
)


@pytest.mark.parametrize("html", [LIST, f'{LIST}<template class="a"><b class="toc-h2"></b></template>', ""])
def test_elements_of_a_class_are_those_that_soupsieve_finds(html: str) -> None:
    soup = BeautifulSoup(html, "html.parser")
    for tag in soup("i"):
        tag["class"] = "toc-h2\N{NO-BREAK SPACE}c toc-h1"
    selecting.setup(Sphinx.__new__(Sphinx))
    select = original(CSS.select)
    for name in ("toc-h1", "toc-h2", "a", "b", "c", "Toc-h2", "toc-h3"):
        for tag in (soup, *soup.find_all(name=True)):
            assert [*map(id, tag.select(f".{name}"))] == [*map(id, select(tag.css, f".{name}"))], name
            assert tag.select(f"p, .{name}", limit=1) == select(tag.css, f"p, .{name}")[:1]


def test_words_of_the_run_before_have_their_stems(tmp_path: Path) -> None:
    project = copy_project("many-places", tmp_path)
    assert run_toolchain("build", "html", project=project).code in {0, 1}
    first = json.loads((project / "_build/seen.json").read_text())["calls"]["stems"]
    page = project / "book/first/plain.md"
    page.write_text(page.read_text(encoding="utf-8") + "\nRebuildings happen.\n", encoding="utf-8")

    assert run_toolchain("build", "html", project=project).code in {0, 1}

    again = json.loads((project / "_build/seen.json").read_text())["calls"]["stems"]
    assert len(first) > 20
    assert set(again) == {"rebuildings", "happen"}
    assert "rebuildings" in (project / "_build/html/_static/search/index.js").read_text(encoding="utf-8")
