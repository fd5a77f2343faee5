"""Whatever characters and line ends a page has, its cells are what was written, and Sphinx reads the same."""

import json
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from myst_nb.core import read as myst_nb_read
from myst_parser.config.main import MdParserConfig

from toolchain.base.decoding import read_text
from toolchain.base.errors import SourceError
from toolchain.project.settings import MYST_EXTENSIONS
from toolchain.sources import markdown_notebooks, parsing

PAGES = 40
"""Pages that each seed draws."""
FRONT = ("---\n{}---\n", "---  \n{}...\n", "-----\n{}-----\n")
KEYS = "file_format: mystnb\nkernelspec:\n  name: python3\n"
ODD = (
    *"\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\x1f\x08\x7f\xa0\u200b\u200f\u202e\ufeff\ue000\U0010fffd\U0010fffc\t",
    " ", "é", "e\u0301", "漢", "😀", "`", "$", "{ref}`x`", "\\", "<b>",
)  # fmt: skip
FENCES = ("```", "````", "~~~", "`````")
OPTIONS = ("", ":tags: [a]\n", "---\ntags: [a, b]\n---\n", ":tags: [a]\n:other: 1\n\n")


def words(chance: Random) -> str:
    """Return a line with odd characters in it, which begins and ends with words."""
    odd = "".join(chance.choice(ODD) for _ in range(chance.randrange(6)))
    return f"Words {chance.randrange(10**6)} {odd} x"


def drawn(chance: Random) -> tuple[str, list[str], list[str]]:
    """Return a page, the code of its cells, and the lines of its text."""
    text, codes, said = chance.choice(FRONT).format(KEYS), [], []
    text += "\n# A page\n\n"
    for _ in range(chance.randrange(1, 6)):
        said.append(words(chance))
        text += f"{said[-1]}\n" + "\n" * chance.randrange(3)
        fence = chance.choice(FENCES)
        lines = [
            f"# {words(chance)}".replace("`", "").replace("\t", " ") for _ in range(chance.randrange(1, 4))
        ]
        codes.append("\n".join(lines))
        text += f"{fence}{{code-cell}} ipython3\n{chance.choice(OPTIONS)}{codes[-1]}\n{fence}\n"
        text += "\n" * chance.randrange(3)
    said.append(words(chance))
    return f"{text}{said[-1]}{chance.choice(('', chr(10), chr(10) * 3))}", codes, said


@pytest.mark.fuzz(few=3)
def test_cells_are_as_they_are_written_and_as_sphinx_reads_them(seed: int, tmp_path: Path) -> None:
    chance = Random(seed)  # noqa: S311 - to be repeated, not to be secret
    markdown_notebooks.install()
    config = MdParserConfig(enable_extensions=set(MYST_EXTENSIONS))
    path = tmp_path / "page.md"
    for _ in range(PAGES):
        text, codes, said = drawn(chance)
        mark = chance.choice(("", "\ufeff"))
        path.write_bytes(f"{mark}{text}".replace("\n", chance.choice(("\n", "\r\n", "\r"))).encode())

        read = read_text(path, "page.md", SourceError)
        parsed = parsing.parse(read, path, "page.md")

        assert [cell.source for cell in parsed.cells] == codes
        lines = text.split("\n")
        assert [lines[cell.line - 1] for cell in parsed.cells] == [code.partition("\n")[0] for code in codes]
        notebook = nbformat.reads(parsed.notebook, as_version=4)
        shown = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        assert [shown.count(line) for line in said] == [1] * len(said)
        # As Sphinx opens a page, and MyST-NB chooses what reads it.
        with path.open(encoding="utf-8-sig") as stream:
            content = stream.read()
        nothing = SimpleNamespace(custom_formats={})
        reader = myst_nb_read.create_nb_reader(str(path), config, nothing, content)
        theirs = reader.read(content)
        assert [cell.source for cell in theirs.cells] == [cell.source for cell in notebook.cells]
        assert [cell.metadata for cell in theirs.cells] == [cell.metadata for cell in notebook.cells]


@pytest.mark.parametrize("minor", [0, 4, 5, 9])
def test_an_ipynb_of_any_minor_version_is_read_and_what_else_editors_leave_in_it(
    minor: int, tmp_path: Path
) -> None:
    page = tmp_path / "page.ipynb"
    cell: dict[str, Any] = {
        "cell_type": "code",
        "id": "a-1",
        "metadata": {},
        "source": "1",
        "outputs": [],
        "execution_count": None,
    }
    spec = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = {"nbformat": 4, "nbformat_minor": minor, "metadata": spec, "cells": [cell], "vscode": {"a": 1}}

    parsed = parsing.parse(json.dumps(notebook), page, "page.ipynb")

    assert [cell.source for cell in parsed.cells] == ["1"]
    assert nbformat.reads(parsed.notebook, as_version=4).nbformat_minor <= nbformat.v4.nbformat_minor
