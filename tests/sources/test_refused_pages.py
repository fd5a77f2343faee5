"""What cannot be read is refused with a sentence that has its place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from toolchain.base.errors import SourceError
from toolchain.project import settings
from toolchain.sources import reading

NOTEBOOK = "---\nfile_format: mystnb\nkernelspec: {name: python3}\n---\n\n# A section\n\n"
PAGES = {
    "---\n- a\n---\n": ":2: front matter is no list of keys and values",
    "---\n1: a\n---\n": ":2: front matter: the key 1 is no text; put it in quotes",
    "---\nmystnb: [{on: a}]\n---\n": ":2: front matter: `mystnb.1` has the key True, which is no text; put it in quotes",
    "---\na: &a [*a]\n---\n": ":2: front matter: `a` is within itself, or too deep",
    "---\nkernelspec: python3\n---\n": ":1: `kernelspec:` is to be written as {name: python3}",
    "---\nkernelspec: {name: 3}\n---\n": ":1: `kernelspec:` is to be written as {name: python3}",
    "---\nmystnb: [a]\n---\n": ":1: `mystnb:` is to be a list of keys and values",
    "---\nlanguage_info:\n---\n": ":1: `language_info:` is to be a list of keys and values",
    "---\nbundle: 3\n---\n": ":1: `bundle:` is to be true or false",
    "---\nexecution:\n  env: {1A: b}\n---\n": ":2: `execution:` env: '1A' is no name of a variable",
    "---\nexecution: {data: [nothing]}\n---\n": ":1: execution.data: 'nothing' does not exist",
    f"{NOTEBOOK}```{{code-cell}}\n:tags: [a\n1\n```\n": (
        ":8: this cell's metadata could not be read: Invalid options format (bad YAML)"
    ),
    f"{NOTEBOOK}+++ [1]\n\nText\n": ":8: this cell's metadata is not a dict",
    f"{NOTEBOOK}```{{code-cell}}\n:tags: a\n1\n```\n": (
        ": cannot be read as a notebook: metadata.tags: 'a' is not of type 'array'"
    ),
}


def refused(project: Path) -> str:
    with pytest.raises(SourceError) as raised:
        reading.read(settings.load(project), remember=False)
    return raised.value.message


@pytest.mark.parametrize("text", PAGES)
def test_a_page_that_cannot_be_read_is_refused(text: str, copy: Callable[[str], Path]) -> None:
    project = copy("reference-to-nothing")
    (project / "book/section.md").write_text(text, encoding="utf-8")

    assert refused(project) == f"book/section.md{PAGES[text]}"


def test_a_notebook_with_metadata_of_a_wrong_kind_is_refused(copy: Callable[[str], Path]) -> None:
    project = copy("reference-to-nothing")
    (project / "book/section.md").unlink()
    cell = '{"cell_type": "code", "id": "a", "source": "", "outputs": [], "execution_count": null, "metadata": %s}'
    notebook = f'{{"nbformat": 4, "nbformat_minor": 5, "metadata": %s, "cells": [{cell}]}}'
    page = project / "book/section.ipynb"

    page.write_text(notebook % ("{}", '{"tags": [1]}'), encoding="utf-8")
    assert refused(project) == (
        "book/section.ipynb: is no valid notebook: cells[0].metadata.tags[0]: 1 is not of type 'string'"
    )

    page.write_text(notebook % ('{"mystnb": 1}', "{}"), encoding="utf-8")
    assert refused(project) == "book/section.ipynb:1: `mystnb:` is to be a list of keys and values"


def test_a_chapter_has_not_the_name_of_the_book(copy: Callable[[str], Path]) -> None:
    project = copy("reference-to-nothing")
    slug = settings.load(project).book.slug
    (project / "book" / slug).mkdir()
    (project / "book/section.md").rename(project / "book" / slug / "index.md")

    assert (
        refused(project) == f"book/{slug}/index.md: the chapter's folder has the name of the book, {slug!r}"
    )


@pytest.mark.parametrize(
    ("bibliography", "problem"),
    [
        (
            b"@book{x, title={\xe9}}\n",
            "1: is not UTF-8; save the file in that encoding",
        ),
        (
            b"@book{x, title={a}}\n@book{x, title={b}}\n",
            "2: cannot be read: repeated bibliography entry: x",
        ),
    ],
)
def test_a_bibliography_that_cannot_be_read_is_refused(
    bibliography: bytes, problem: str, copy: Callable[[str], Path]
) -> None:
    project = copy("reference-to-nothing")
    (project / "bib").mkdir()
    (project / "bib/all.bib").write_bytes(bibliography)

    assert refused(project) == f"bib/all.bib:{problem}"


def test_a_toctree_that_goes_round_is_named_with_its_lines(copy: Callable[[str], Path]) -> None:
    project = copy("reference-to-nothing")
    toctree = "\n```{{toctree}}\n{0}\n```\n"
    pages = {
        "section": "# A section\n" + toctree.format("deep/below"),
        "deep/below": "# Below\n" + toctree.format("further\nHere <below>"),
        "deep/further": "# Further\n" + toctree.format("/index.md\n../section"),
    }
    (project / "book/deep").mkdir()
    for name, text in pages.items():
        (project / f"book/{name}.md").write_text(text, encoding="utf-8")

    above = "which lists this page, or a page above it"
    assert refused(project).splitlines() == [
        f"book/deep/further.md:4: the toctree lists book/index.md, {above}",
        f"book/deep/further.md:5: the toctree lists book/section.md, {above}",
        "book/deep/below.md:5: the toctree lists the page itself",
    ]
