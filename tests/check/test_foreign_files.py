"""What pages take: files of the book and of its repository, and nothing else, however a page names it.

One book has a page for each way to name a file. It is built in all forms, each is opened, and what lies outside is in none.
"""

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from PIL import Image
from pypdf import PdfReader
from support.running import report_of, run_toolchain

SECRET = "nobody-may-read-this"  # noqa: S105 - what stands in a file
OUTSIDE = "it lies outside the project"
PIPE = "it is a device, a pipe or a socket"
CODE = (
    "---\nfile_format: mystnb\nkernelspec: {name: python3}\nmystnb: {render_markdown_format: myst}\n---\n\n"
)


@dataclass(frozen=True)
class Page:
    """Lines of a page below its title, and what is said of the files that it names: line, file and why it is not taken."""

    text: str
    refused: tuple[tuple[int, str, str], ...]
    begin: str = ""


PAGES = {
    "download": Page(
        "{download}`t <../../../outside.txt>`\n\n[link](../../../outside.txt) [path](path:../../../outside.txt)",
        (
            (3, "../../../outside.txt", OUTSIDE),
            (5, "../../../outside.txt", OUTSIDE),
        ),
    ),
    "image": Page(
        "![a][r] and\n![b](../../../outside.png)\n\n[r]: ../../../outside.png\n\n"
        ":::{figure} ../../../outside.png\nA figure.\n:::\n\n```{image} ../../../outside.*\n:alt: any\n```\n\n![c](//etc/hostname)",
        (
            (4, "../../../outside.png", OUTSIDE),
            (8, "../../../outside.png", OUTSIDE),
            (12, "../../../outside.*", OUTSIDE),
            (16, "//etc/hostname", OUTSIDE),
        ),
    ),
    "include": Page(
        "```{include} ../../../outside.txt\n```\n\n```{literalinclude} ../../../outside.txt\n```\n\n"
        "```{literalinclude} own.txt\n:diff: ../../../outside.txt\n```\n\n"
        "```{raw} html\n:file: ../../../outside.txt\n```\n\n```{csv-table}\n:file: ../../../outside.txt\n```\n\n"
        "```{include} <../../../../../../../../../../../../../../etc/hostname>\n```\n\n"
        "```{raw} html\n:url: file:///etc/hostname\n```",
        (
            (3, "../../outside.txt", OUTSIDE),
            (6, "../../outside.txt", OUTSIDE),
            (10, "../../outside.txt", OUTSIDE),
            (14, "../../outside.txt", OUTSIDE),
            (18, "../../outside.txt", OUTSIDE),
            (21, "/etc/hostname", OUTSIDE),
            (25, "file:///etc/hostname", "it is no address on the web"),
        ),
    ),
    "restructured": Page(
        "```{eval-rst}\n.. include:: ../../../outside.txt\n\n.. include:: <isonum.txt>\n\n"
        ".. figure:: pipe.png\n   :figwidth: image\n   :alt: pipe\n\n   A pipe.\n\n|copy| by somebody.\n```",
        ((4, "../../outside.txt", OUTSIDE), (8, "pipe.png", PIPE)),
    ),
    "link": Page(
        "![a](out.png) {download}`b <out.txt>`\n\n![c](loop.png) [e](loop.png)",
        (
            (3, "out.png", OUTSIDE),
            (3, "out.txt", OUTSIDE),
            (5, "loop.png", "its links lead in a circle"),
        ),
    ),
    "odd": Page(
        "![a](pipe.png) {download}`b <pipe.png>` ![c](folder.png)\n\n```{literalinclude} pipe.png\n```\n\n"
        "```{include} pipe.png\n```\n\n![d](zero.png) {download}`e <../../.git/config>`",
        (
            (3, "folder.png", "it is a folder"),
            (3, "pipe.png", PIPE),
            (3, "pipe.png", PIPE),
            (5, "book/pipe.png", PIPE),
            (8, "book/pipe.png", PIPE),
            (11, "../../.git/config", "it is git's own"),
            (11, "zero.png", OUTSIDE),
        ),
    ),
    "itself": Page(
        "```{include} itself.md\n```", ((3, "book/itself.md", "it includes itself, and that without end"),)
    ),
    "code": Page(
        "```{code-cell}\nfrom IPython.display import Markdown\n"
        'Markdown("![x](own.png) {download}`y <own.txt>`\\n\\n```{literalinclude} own.txt\\n```\\n")\n```',
        (),  # the gate of outputs has made words of the picture; roles and directives are none there
        begin=CODE,
    ),
    "right": Page(
        "![red](a/fig.png) ![blue](b/fig.png) {download}`a <a/fig.png>` {download}`b <b/fig.png>`\n\n"
        "![shared](../../shared/s.png) ![listed](../../../listed/x.png)\n\n{download}`notes <../../shared/notes.txt>`",
        (),
    ),
    "names": Page(
        """\
![one](<a dot.png>) ![two](b%20dot.png) ![three](<50%25 off.png>) ![four](größe.png)
![five](<d #1.png>) ![six](e_dot&more.png) ![seven](f{x}.png) ![eight](<Größe.png>)

:::{figure} a%20dot.png
:alt: dot

With a space.
:::

{download}`notes <a file's.txt>` [file](<a file's.txt>)""",
        (),
    ),
}
NAMES = ("a dot", "b dot", "50% off", "größe", "d #1", "e_dot&more", "f{x}", "Größe")
SHOWN = {"a/fig": "red", "b/fig": "blue", **dict.fromkeys(NAMES, "green")}


def picture(path: Path, colour: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (16, 8), colour).save(path)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book in a repository, with files around it, built in all forms."""
    folder = tmp_path_factory.mktemp("foreign")
    project = folder / "repository/project"
    book = project / "book"
    for below in ("book/folder.png", "_config"):
        (project / below).mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", folder / "repository"], check=True)
    (project / "_config/book.toml").write_text(
        f'[book]\ntitle = "Files"\nslug = "files"\nauthors = ["A"]\n'
        f'[kernel]\ninterpreter = "{sys.executable}"\n[sources]\nfolders = ["../../listed"]\n',
        encoding="utf-8",
    )
    for place, colour in (
        ("outside", "magenta"),
        ("listed/x", "cyan"),
        ("repository/shared/s", "yellow"),
        ("repository/project/book/own", "black"),
        *((f"repository/project/book/{name}", colour) for name, colour in SHOWN.items()),
    ):
        picture(folder / f"{place}.png", colour)
    (folder / "outside.txt").write_text(SECRET, encoding="utf-8")
    (folder / "repository/shared/notes.txt").write_text("notes", encoding="utf-8")
    for name in ("own", "a file's"):
        (book / f"{name}.txt").write_text("own", encoding="utf-8")
    (book / "out.png").symlink_to(folder / "outside.png")
    (book / "out.txt").symlink_to("../../../outside.txt")
    (book / "loop.png").symlink_to("loop.png")
    (book / "zero.png").symlink_to("/dev/zero")
    os.mkfifo(book / "pipe.png")
    for name, page in PAGES.items():
        (book / f"{name}.md").write_text(f"{page.begin}# A page\n\n{page.text}\n", encoding="utf-8")
    toctree = "\n".join(PAGES)
    (book / "index.md").write_text(
        f"# Files\n\n```{{toctree}}\n:numbered:\n\n{toctree}\n```\n", encoding="utf-8"
    )
    run = run_toolchain("build", project=project)
    assert run.code == 1, run.stdout + run.stderr
    return project


def findings(project: Path, name: str) -> list[dict[str, Any]]:
    of_page = (found for found in report_of(project)["findings"] if found.get("severity") != "advice")
    return [found for found in of_page if found["path"] == f"book/{name}.md"]


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_each_file_that_is_not_taken_is_named_with_its_line(built: Path, name: str) -> None:
    found = [finding for finding in findings(built, name) if finding["id"] == "SRC018"]

    places = sorted((finding.get("line"), finding["message"]) for finding in found)
    assert places == sorted(
        {(line, f"{file} is not taken: {why}") for line, file, why in PAGES[name].refused}
    )
    assert all(finding["remedy"] for finding in found)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["right", "names"])
def test_what_is_the_books_is_taken_without_a_word(built: Path, name: str) -> None:
    assert findings(built, name) == []


@pytest.mark.slow
def test_nothing_from_outside_is_in_any_form(built: Path) -> None:
    outside = built.parent.parent
    secrets = (
        SECRET.encode(),
        (outside / "outside.png").read_bytes(),
        (outside / "repository/.git/config").read_bytes(),
    )

    named = [name for name, content in contents(built) if any(secret in content for secret in secrets)]

    assert named == []
    assert SECRET not in "".join(
        page.extract_text() for page in PdfReader(built / "_build/pdf/files.pdf").pages
    )


def contents(project: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file of the site, of what LaTeX has, and of the archives, each with its content."""
    for form in ("html", "latex", "notebooks-alone"):
        for path in (project / "_build" / form).rglob("*"):
            if path.is_file():
                yield str(path), path.read_bytes()
    for path in (project / "_build/notebooks").glob("*.zip"):
        with zipfile.ZipFile(path) as archive:
            yield from ((name, archive.read(name)) for name in archive.namelist())


@pytest.mark.slow
def test_files_of_one_name_stay_apart_in_every_form(built: Path) -> None:
    red, blue = ((built / f"book/{folder}/fig.png").read_bytes() for folder in "ab")

    site = built / "_build/html"
    assert {path.read_bytes() for path in (site / "_images").glob("fig*.png")} == {red, blue}
    assert {path.read_bytes() for path in (site / "_downloads").rglob("fig.png")} == {red, blue}
    with zipfile.ZipFile(built / "_build/notebooks/files.zip") as archive:
        assert archive.read("files/book/a/fig.png") == red
        assert archive.read("files/book/b/fig.png") == blue
        assert archive.read("files/elsewhere/repository/shared/notes.txt") == b"notes"
        assert {"files/elsewhere/1/x.png", "files/elsewhere/repository/shared/s.png"} <= set(
            archive.namelist()
        )
    alone = nbformat.read(built / "_build/notebooks-alone/right.ipynb", as_version=4)
    (cell,) = (cell for cell in alone.cells if cell.get("attachments"))
    assert list(cell.attachments) == ["fig-2.png", "fig.png", "s.png", "x.png"]
    assert cell.attachments["fig.png"] != cell.attachments["fig-2.png"]
    assert "![red](attachment:fig.png) ![blue](attachment:fig-2.png)" in cell.source


@pytest.mark.slow
def test_pictures_of_any_name_are_in_every_form(built: Path) -> None:
    images = {path.name for path in (built / "_build/html/_images").iterdir()}
    assert {f"{name}.png" for name in NAMES} <= images
    alone = nbformat.read(built / "_build/notebooks-alone/names.ipynb", as_version=4)
    (cell,) = (cell for cell in alone.cells if cell.get("attachments"))
    assert set(cell.attachments) == {f"{name}.png" for name in NAMES}
    with zipfile.ZipFile(built / "_build/notebooks/files.zip") as archive:
        assert {f"files/book/{name}.png" for name in NAMES} <= set(archive.namelist())
    pages = PdfReader(built / "_build/pdf/files.pdf").pages
    of_the_other_page = 4
    assert sum(len(page.images) for page in pages) == of_the_other_page + len(NAMES)
