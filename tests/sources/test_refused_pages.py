"""What cannot be read is refused with a sentence that has its place."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.damage import ODD_FILES

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
    f"---\ntitle: a\nnumber: {'9' * 5000}\n---\n": (
        f":3: front matter: `number`: {'9' * 40} ... is no date and no number that can be read; put it in quotes"
    ),
    "# A section\n\n" + "".join(":" * (80 - n) + "{note}\n" for n in range(70)): (
        ":54: boxes within boxes, more than 50 deep"
    ),
    "# A section\n\n" + "{ref}`a` " * 20_000: ":3: a paragraph of more than 20,000 characters",
    f"{NOTEBOOK}```{{code-cell}}\n:load: /dev/zero\n```\n": (
        ": cannot be read as a notebook: :load: /dev/zero: is no file: a folder, a pipe or a device has its name"
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


def test_what_is_no_file_has_no_text(copy: Callable[[str], Path]) -> None:
    project = copy("reference-to-nothing")
    (project / "bib").mkdir()
    for name, odd in zip(("a", "b", "c", "d"), ODD_FILES.values(), strict=False):
        odd(project / f"bib/{name}.bib")
    (project / "book/section.md").unlink()
    os.truncate(os.open(project / "book/section.md", os.O_RDWR | os.O_CREAT), 10 << 30)

    no_file = "is no file: a folder, a pipe or a device has its name"
    assert refused(project).splitlines() == [
        "book/section.md: is larger than 20.0 MB",
        f"bib/a.bib: {no_file}",
        f"bib/b.bib: {no_file}",
        "bib/c.bib: is a link that leads back to itself",
        f"bib/d.bib: {no_file}",
    ]


def test_a_name_that_is_no_text_is_named(copy: Callable[[str], Path]) -> None:
    project = copy("reference-to-nothing")
    (project / os.fsdecode(b"book/caf\xe9.md")).write_text("# A section\n", encoding="utf-8")

    assert refused(project) == r"b'book/caf\xe9.md': its name is not UTF-8; rename it"


def test_folders_that_go_round_are_named(copy: Callable[[str], Path]) -> None:
    project = copy("reference-to-nothing")
    for name in ("again", "round"):
        (project / "book" / name).symlink_to(".")

    leads_back = "is a link to a folder that it is in, and Sphinx would follow it; remove it"
    assert refused(project).splitlines() == [f"book/again: {leads_back}", f"book/round: {leads_back}"]


def test_a_mark_of_the_order_of_bytes_is_no_text(copy: Callable[[str], Path]) -> None:
    project = copy("reference-to-nothing")
    page = project / "book/section.md"
    page.write_text(f"{NOTEBOOK}```{{code-cell}}\n1\n```\n", encoding="utf-8-sig")

    book = reading.read(settings.load(project), remember=False)

    assert [document.name for document in book.notebooks] == ["section"]


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


def test_a_picture_from_elsewhere_is_none_of_the_project(copy: Callable[[str], Path]) -> None:
    project = copy("reference-to-nothing")
    addresses = "![a](https://example.org/a.png)\n\n![a](data:image/png;base64,AAAA)\n"
    (project / "book/section.md").write_text(f"# A section\n\n{addresses}", encoding="utf-8")

    book = reading.read(settings.load(project), remember=False)

    assert [document.images for document in book.documents] == [(), ()]


@pytest.mark.parametrize(
    ("bibliography", "problem"),
    [
        (
            b"@book{x, title={\xe9}}\n",
            "1: is not UTF-8; save the file in that encoding",
        ),
        (
            b"@book{x, title={a}}\n@book{x, title={b}}\n",
            " cannot be read: repeated bibliography entry: x",
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
