"""HTML that cells put out and HTML that is typed in the text: its words, lines and numbers in every form, and nothing hidden."""

import re
import subprocess
from collections.abc import Callable
from ctypes import byref, c_int, create_string_buffer
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from lxml import html
from pypdfium2 import raw
from support.notebook_archives import markdown_of, notebooks_of
from support.places import TESTS
from support.projects import copy_project
from support.running import run_toolchain

CODE, TEXT = "DejaVuSansMono", "TeXGyrePagella-Regular"
FURNITURE = re.compile(r"\d+|\d+ \d+|Chapter \d .*|\d\.\d .*|Computed on .*|")
"""Running heads, numbers of pages, numbers in the table that goes over pages, where results come from."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the book, built in all forms."""
    project = copy_project("html-in-all-forms", tmp_path_factory.mktemp("html"))
    build = run_toolchain("build", project=project)
    assert build.code == 0, build.stdout + build.stderr
    return project


@pytest.fixture(scope="module")
def chapters(project: Path) -> list[list[str]]:
    """Give the lines of each chapter in print, below its title."""
    text = subprocess.run(
        ["pdftotext", "-layout", project / "_build/pdf/html.pdf", "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    _, *parts = re.split(r"^\f?Chapter \d\n\s*\S.*\n", text, flags=re.MULTILINE)
    return [tight(part) for part in parts]


def tight(text: str) -> list[str]:
    """Return the lines of a text without what is around it, and without spaces: these are distances in print."""
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return [line.replace(" ", "") for line in lines if not FURNITURE.fullmatch(line)]


def expected(name: str) -> str:
    return (TESTS / "projects/html-in-all-forms/expected" / name).read_text(encoding="utf-8")


def test_print_has_the_words_and_lines_of_outputs_and_nothing_hidden(chapters: list[list[str]]) -> None:
    assert chapters[0] == tight(expected("outputs-in-print.txt"))


def test_print_has_the_words_and_lines_of_what_is_typed(chapters: list[list[str]]) -> None:
    assert chapters[1] == tight(expected("typed-in-print.txt"))


def test_preformatted_text_and_boxes_are_in_the_letters_of_code(project: Path) -> None:
    fonts = fonts_of(project / "_build/pdf/html.pdf")

    for words in ("return x", "┃ ┃", "a  b", "p  q", "kept   room", "┗┛", "Ctrl"):
        assert CODE in fonts(words), words
    for words in ("five six", "Quoted", "in a cell"):
        assert fonts(words) == {TEXT}, words


def fonts_of(path: Path) -> Callable[[str], set[str]]:
    """Return what gives the fonts of the letters of some words, wherever they stand in a PDF."""
    found: list[tuple[str, str]] = []
    with pypdfium2.PdfDocument(path) as document:
        for page in document:
            text = page.get_textpage()
            for n in range(text.count_chars()):
                name = create_string_buffer(100)
                raw.FPDFText_GetFontInfo(text, n, name, 100, byref(c_int()))
                letter = chr(raw.FPDFText_GetUnicode(text, n))
                if not letter.isspace():
                    found.append((letter, name.value.decode().rpartition("+")[2]))
            text.close()
    letters = "".join(letter for letter, _ in found)
    return lambda words: {
        font
        for match in re.finditer(re.escape("".join(words.split())), letters)
        for _, font in found[match.start() : match.end()]
    }


def test_a_notebook_keeps_what_jupyter_shows_and_no_more(project: Path) -> None:
    (notebook,) = (
        notebook
        for name, notebook in notebooks_of(project / "_build/notebooks/html.zip").items()
        if name.endswith("typed.ipynb")
    )
    text = "\n\n".join(markdown_of(notebook)).replace("\N{NO-BREAK SPACE}", " ")

    assert text.partition("\n\n")[2] == expected("typed-in-notebook.md").strip()
    assert text.startswith("# 2 Typed H<sub>2</sub>O<br>and more <a id=")


def test_the_site_counts_as_print_does(project: Path) -> None:
    page: Any = html.parse(str(project / "_build/html/outputs.html")).getroot()

    numbers = page.xpath("//caption//span[@class='caption-number']")
    assert [number.text_content().strip() for number in numbers] == ["Table 1.1"]
