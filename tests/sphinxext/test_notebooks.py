"""Notebooks to download: what a reader of Jupyter sees of each construct, and that nothing of MyST or Sphinx is left."""

from pathlib import Path

import nbformat
import pytest
from support import constructs_blocks, constructs_others
from support.notebook_archives import bad_links, markdown_of, notebooks_of, sections_of
from support.places import REPOSITORY
from support.projects import copy_project
from support.running import run_toolchain

from toolchain.forms.notebooks.reading import cell_markdown as grammar

SITE = "https://book.example"
EXPECTED = constructs_blocks.EXPECTED | constructs_others.EXPECTED


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of the bundles of a project that has every construct."""
    project = copy_project("constructs", tmp_path_factory.mktemp("constructs"))
    build = run_toolchain("build", "notebooks", project=project)
    assert build.code == 0, build.stdout + build.stderr
    return project / "_build/notebooks"


@pytest.fixture(scope="module")
def sections(bundles: Path) -> dict[str, str]:
    text_by_title: dict[str, str] = {}
    for notebook in notebooks_of(bundles / "constructs.zip").values():
        text_by_title |= sections_of(notebook)
    return text_by_title


def test_every_construct_has_its_expectation(sections: dict[str, str]) -> None:
    assert set(sections) - {"Constructs"} == set(EXPECTED)


@pytest.mark.parametrize("title", EXPECTED)
def test_construct_is_written_as_jupyter_shows_it(title: str, sections: dict[str, str]) -> None:
    markdown = sections[title].partition("\n\n")[2]

    assert markdown.replace("\N{NO-BREAK SPACE}", " ") == EXPECTED[title].strip("\n")


def test_headings_have_their_numbers_and_all_their_names(bundles: Path) -> None:
    notebooks = notebooks_of(bundles / "constructs.zip")

    heads = [next(markdown_of(notebook)).split("\n")[0] for notebook in notebooks.values()]

    assert '# 1.2 Blocks <a id="sec-blocks"></a><a id="blocks"></a>' in heads
    assert '# Literature <a id="literature"></a>' in heads


def test_no_syntax_of_ours_is_left(bundles: Path) -> None:
    for name, notebook in notebooks_of(bundles / "constructs.zip").items():
        for markdown in markdown_of(notebook):
            assert grammar.read(markdown).ours == (), name


@pytest.mark.parametrize(
    "markdown",
    [
        "A {ref}`role` here.",
        "```{note}\nA directive.\n```",
        ":::{note}\nA fence of colons.\n:::",
        ":::\nA bare one.\n:::",
        "(label)=\n# A target",
        "% A comment",
        "+++",
        "A {{ substitution }}.",
        "Words[^1].\n\n[^1]: A footnote.",
        "term\n: A definition.",
        "> - In ```` ``` ```` {eq}`a`",
    ],
)
def test_the_grammar_finds_what_is_ours(markdown: str) -> None:
    assert grammar.read(markdown).ours


def test_code_that_shows_our_syntax_is_none_of_it() -> None:
    assert grammar.read("Write `` {ref}`x` ``:\n\n````markdown\n```{note}\n```\n````").ours == ()


@pytest.mark.parametrize("bundle", ["constructs", "chapter_text", "chapter_code"])
def test_every_link_leads_somewhere(bundle: str, bundles: Path) -> None:
    assert bad_links(bundles / f"{bundle}.zip") == []


def test_links_out_of_a_chapter_lead_to_the_site(bundles: Path) -> None:
    (notebook,) = notebooks_of(bundles / "chapter_code.zip").values()

    links = {link for text in markdown_of(notebook) for link in grammar.read(text).links}

    assert links == {
        "#cite-id2",
        "#fig-curve",
        f"{SITE}/chapter_text/blocks.html#sec-lists",
        f"{SITE}/chapter_text/blocks.html#fig-dot",
        f"{SITE}/chapter_text/blocks.html#equation-eq-line",
    }


def test_a_notebook_alone_links_to_the_archive_for_its_files(bundles: Path) -> None:
    path = bundles.parent / "notebooks-alone/chapter_text/lines.ipynb"
    notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)

    links = {link for text in markdown_of(notebook) for link in grammar.read(text).links}

    assert f"{SITE}/_notebooks/chapter_text.zip" in links
    assert not any(link.endswith("notes.txt") for link in links)


def zips(folder: Path) -> list[Path]:
    """Return the archives in a folder, of which there have to be some."""
    paths = sorted(folder.glob("*.zip"))
    assert paths
    return paths


def test_notebooks_are_valid_and_have_no_tags_of_ours(bundles: Path) -> None:
    for bundle in zips(bundles):
        notebooks = notebooks_of(bundle).values()
        assert notebooks
        for notebook in notebooks:
            nbformat.validate(notebook)
            for cell in notebook.cells:
                assert set(cell.metadata) <= {"tags", "jupyter"}
                assert set(cell.metadata.get("tags", [])) <= {"raises-exception", "skip-execution"}


@pytest.mark.slow
def test_the_book_has_no_syntax_of_ours_and_its_links_lead_somewhere(book: Path) -> None:
    assert book == REPOSITORY
    for bundle in zips(book / "_build/notebooks"):
        assert bad_links(bundle) == []
        for name, notebook in notebooks_of(bundle).items():
            for markdown in markdown_of(notebook):
                assert grammar.read(markdown).ours == (), name
