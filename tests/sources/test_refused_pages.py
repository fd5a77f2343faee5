"""What cannot be read is refused with a sentence that has its place."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.damage import ODD_FILES
from support.running import run_toolchain

from toolchain.base.errors import SourceError
from toolchain.project import settings
from toolchain.sources import bibliographies, reading

NOTEBOOK = "---\nfile_format: mystnb\nkernelspec: {name: python3}\n---\n\n# A section\n\n"
PAGES = {
    "---\n- a\n---\n": ":2: front matter is no list of keys and values",
    "---\n1: a\n---\n": ":2: front matter: the key 1 is no text; put it in quotes",
    "---\nmystnb: [{on: a}]\n---\n": ":2: front matter: `mystnb.1` has the key True, which is no text; put it in quotes",
    "---\na: &a [*a]\n---\n": ":2: front matter: `a` is within itself, or too deep",
    "---\nkernelspec: python3\n---\n": ":1: `kernelspec:` is to be written as {name: python3}",
    "---\nkernelspec: {name: 3}\n---\n": ":1: `kernelspec:` is to be written as {name: python3}",
    "---\nmystnb: [a]\n---\n": ":1: `mystnb:` is to be a list of keys and values",
    "---\njupytext: a\n---\n": ":1: `jupytext:` is to be a list of keys and values",
    "---\njupytext: {text_representation: }\n---\n": ":1: `jupytext.text_representation:` is to be a list of keys and values",
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
        ":8: this cell loads /dev/zero, which is not taken: it lies outside the project. "
        "Copy it into the project, or name its folder in book.toml: [sources] folders = [...]."
    ),
    f"{NOTEBOOK}+++ [1]\n\nText\n": ":8: this cell's metadata is not a dict",
    f"{NOTEBOOK}```{{code-cell}}\n:tags: a\n1\n```\n": (":9: this cell's tags are no list; write [a]"),
}


def refused(project: Path) -> str:
    with pytest.raises(SourceError) as raised:
        reading.read(settings.load(project), remember=False)
    return raised.value.message


def test_of_the_modes_of_execution_a_page_has_only_the_one_that_runs_nothing(
    copy: Callable[[str], Path],
) -> None:
    project = copy("minimal")
    page = project / "book/chapter_waves/index.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("---\n", "---\nmystnb: {execution_mode: off}\n", 1), encoding="utf-8")

    (notebook,) = reading.read(settings.load(project), remember=False).notebooks
    assert notebook.off == "its front matter has execution_mode: off"

    page.write_text(text.replace("---\n", "---\nmystnb: {execution_mode: force}\n", 1), encoding="utf-8")
    assert "front matter sets mystnb.execution_mode" in refused(project)
    page.write_text(text.replace("---\n", "---\nexecution: {not_run: true}\n", 1), encoding="utf-8")
    assert (
        refused(project)
        == "book/chapter_waves/index.md:2: `execution: not_run` is to be a text in quotes, and is true or false"
    )


OUTSIDE = "it lies outside the project. Copy it into the project, or name its folder in book.toml: [sources] folders = [...]."


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

    assert refused(project).splitlines() == [
        "book/section.md: it has 10.7 GB, more than 32.0 MB. Publish it elsewhere, and link to it there.",
        "bib/a.bib: it is a folder. Name a file in it.",
        "bib/b.bib: it is a device, a pipe or a socket. Name a file: of what comes out of a pipe there is no end.",
        "bib/c.bib: its links lead in a circle. Put the file itself there.",
        f"bib/d.bib: {OUTSIDE}",
    ]


def test_a_name_that_is_no_text_is_named(copy: Callable[[str], Path]) -> None:
    project = copy("reference-to-nothing")
    (project / os.fsdecode(b"book/caf\xe9.md")).write_text("# A section\n", encoding="utf-8")

    assert refused(project) == r"book/caf\xe9.md: its name is not UTF-8"


def test_folders_that_go_round_are_named(copy: Callable[[str], Path]) -> None:
    project = copy("reference-to-nothing")
    for name in ("again", "round"):
        (project / "book" / name).symlink_to(".")

    leads_back = "leads back to a folder that it is in"
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
        "book/section.ipynb: is no valid notebook: cell 1: metadata.tags[0]: 1 is not of type 'string'; "
        "open it in Jupyter, which says more, and save it there"
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


def test_of_entries_with_one_key_the_first_is_taken() -> None:
    text = "@book{x, title={a}}\n@book{X, title={b}}\n@book{y, title={c}}\n"
    reader = bibliographies.Reader()

    assert bibliographies.problem(text, "b.bib") == ""
    titles = {key: entry.fields["title"] for key, entry in reader.parse_string(text).entries.items()}
    assert titles == {"x": "a", "y": "c"}


@pytest.mark.parametrize(
    ("bibliography", "problem"),
    [
        (b"@book{x, title={\xe9}}\n", ":1: is not UTF-8; save the file in that encoding"),
        (b"\n@book{x, title={a}\n", ":3: is no BibTeX: syntax error in line 3: premature end of file"),
        (
            b"@book{x,\n title={" + b"{" * 200 + b"}" * 200 + b"}}\n",
            ":2: is no BibTeX: syntax error in line 2: too many nested braces",
        ),
        (
            b"@book{w, title={a}}\n\n@book{x, title={a}, title={b}}\n",
            ":3: cannot be read: entry with key x has a duplicate title field",
        ),
        (b"@book{x, author={a,b,c,d,e}}\n", ":1: cannot be read: Too many commas in 'a,b,c,d,e'"),
        (
            b"@book{x, author={" + b"A B and " * 20000 + b"C}}\n",
            ":1: cannot be read: author of x has 160,001 characters, more than 100,000",
        ),
    ],
    ids=["bytes", "unclosed", "nested", "field twice", "commas", "long"],
)
def test_a_bibliography_that_cannot_be_read_is_refused(
    bibliography: bytes, problem: str, copy: Callable[[str], Path]
) -> None:
    project = copy("reference-to-nothing")
    (project / "bib").mkdir()
    (project / "bib/all.bib").write_bytes(bibliography)

    assert refused(project) == f"bib/all.bib{problem}"


def test_what_is_no_file_of_the_book_is_no_page_and_no_bibliography(copy: Callable[[str], Path]) -> None:
    project = copy("reference-to-nothing")
    book = project / "book"
    os.mkfifo(book / "pipe.md")
    (book / "nothing.md").symlink_to("gone.md")
    (book / "circle.md").symlink_to("circle.md")
    (book / "outside.md").symlink_to("/etc/hostname")
    (book / "around").symlink_to("..", target_is_directory=True)
    (book / "large.md").touch()
    os.truncate(book / "large.md", 33_000_000)
    (project / "bib").mkdir()
    os.mkfifo(project / "bib/pipe.bib")

    outside = "it lies outside the project. Copy it into the project, or name its folder in book.toml"
    pipe = "it is a device, a pipe or a socket. Name a file: of what comes out of a pipe there is no end."
    assert refused(project).splitlines() == [
        "book/around: leads back to a folder that it is in",
        "book/circle.md: its links lead in a circle. Put the file itself there.",
        "book/nothing.md: leads to nothing",
        f"book/pipe.md: {pipe}",
        "book/large.md: it has 33.0 MB, more than 32.0 MB. Publish it elsewhere, and link to it there.",
        f"book/outside.md: {outside}: [sources] folders = [...].",
        f"bib/pipe.bib: {pipe}",
    ]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("new\nline.md", "new\N{REPLACEMENT CHARACTER}line.md: its name has a character that no text has."),
        ("byte\udce9.md", r"byte\xe9.md: its name is not UTF-8"),
        (
            "a\N{COMBINING DIAERESIS}.md",
            "a\N{COMBINING DIAERESIS}.md: its name has letters and their accents apart",
        ),
        ("50%.md", "50%.md: its name has a character that addresses, or other systems, take otherwise: %"),
        ("d #1.md", "d #1.md: its name has a character that addresses, or other systems, take otherwise: #"),
        ('q".md', 'q".md: its name has a character that addresses, or other systems, take otherwise: "'),
        (
            "back\\slash.md",
            "back\\slash.md: its name has a character that addresses, or other systems, take otherwise: \\",
        ),
    ],
    ids=["control", "byte", "accent", "percent", "hash", "quote", "backslash"],
)
def test_a_page_whose_name_leads_nowhere_is_refused(
    name: str, problem: str, copy: Callable[[str], Path]
) -> None:
    project = copy("reference-to-nothing")
    (project / "book" / name).write_text("# A page\n", encoding="utf-8")

    assert refused(project).startswith(f"book/{problem}")


def test_a_file_whose_name_is_no_text_ends_no_build_without_a_word(copy: Callable[[str], Path]) -> None:
    project = copy("reference-to-nothing")
    (project / "img").mkdir()
    (project / "img/byte\udce9.png").touch()

    run = run_toolchain("build", "html", project=project)

    assert run.code == 3
    assert r"img/byte\xe9.png: its name is not UTF-8" in run.stderr


@pytest.mark.parametrize(
    ("loaded", "problem"),
    [
        ("/dev/zero", "/dev/zero, which is not taken: it lies outside the project"),
        ("../../outside.py", "../../outside.py, which is not taken: it lies outside the project"),
        ("link.py", "link.py, which is not taken: it lies outside the project"),
        ("pipe.py", "pipe.py, which is not taken: it is a device, a pipe or a socket"),
        ("loop.py", "loop.py, which is not taken: its links lead in a circle"),
        ("bytes.py", "bytes.py, which is not UTF-8"),
        (".", "., which is not taken: it is a folder"),
        ("nowhere.py", "nowhere.py, which cannot be read: No such file or directory"),
        ("x" * 300, f"{'x' * 300}, which cannot be read: File name too long"),
    ],
)
def test_code_that_no_cell_may_load_is_refused(
    loaded: str, problem: str, copy: Callable[[str], Path]
) -> None:
    project = copy("reference-to-nothing")
    book = project / "book"
    (project.parent / "outside.py").write_text("1\n", encoding="utf-8")
    (book / "link.py").symlink_to(project.parent / "outside.py")
    (book / "loop.py").symlink_to("loop.py")
    (book / "bytes.py").write_bytes(b"\xe9")
    os.mkfifo(book / "pipe.py")
    (book / "section.md").write_text(f"{NOTEBOOK}```{{code-cell}}\n:load: {loaded}\n```\n", encoding="utf-8")

    assert refused(project).startswith(f"book/section.md:8: this cell loads {problem}")


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
