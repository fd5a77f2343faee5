"""The text that LaTeX reads is what Sphinx's writer wrote, and the same text is the same PDF, byte for byte."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from support.places import REPOSITORY
from support.running import run_toolchain

from toolchain.model.sphinx import VARIABLE, SphinxInput

MARK = re.compile(r"^%% book/\S+:\d+\n", re.MULTILINE)
WRITES = {"write", "write_text", "write_bytes", "writelines", "replace", "sub", "subn"}
DRIVERS = REPOSITORY / "toolchain/sphinxext/printed/editions.py"
"""Writes the small files beside the text."""


def test_latex_reads_what_sphinx_wrote(minimal: Path, tmp_path: Path) -> None:
    sphinx_input = msgspec.json.decode((minimal / "_build/sphinx/input").read_bytes(), type=SphinxInput)
    file = tmp_path / "input"
    sphinx_input = msgspec.structs.replace(sphinx_input, output=str(tmp_path / "output.json"))
    file.write_bytes(msgspec.json.encode(sphinx_input))
    doctrees = tmp_path / "doctrees"
    shutil.copytree(minimal / "_build/doctrees", doctrees)
    conf = REPOSITORY / "toolchain/sphinxext/default"
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "latex", "-c", str(conf), "-d", str(doctrees)]

    subprocess.run(
        [*command, minimal / "book", tmp_path / "latex"],
        check=True,
        env={**os.environ, VARIABLE: str(file), "TOOLCHAIN_PROJECT": str(minimal)},
    )

    for name in ("two-pages.tex", "two-pages-screen.tex"):
        assert (minimal / "_build/latex" / name).read_bytes() == (tmp_path / "latex" / name).read_bytes()


def test_nothing_of_ours_changes_a_text_of_latex() -> None:
    folders = (REPOSITORY / name for name in ("toolchain", "_config", ".ci"))
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    python = [*(path for path in files if path.suffix == ".py"), REPOSITORY / "noxfile.py"]

    assert [
        (path.name, *change) for path in python if path != DRIVERS for change in changes(path.read_text())
    ] == []
    for path in files:
        if path.suffix not in {".py", ".pyc"}:
            assert not re.search(rb"\b(?:sed|perl|awk)\b.*\.tex\b", path.read_bytes()), path
    # It can be seen.
    bad = "def mend(folder):\n    text = (folder / 'book.tex').read_text()\n    (folder / 'book.tex').write_text(text)\n"
    assert list(changes(bad)) == [("mend", 1)]


def changes(source: str) -> Iterator[tuple[str, int]]:
    """Yield the functions that name a file of LaTeX's and write, or replace in a text."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            inside = list(ast.walk(node))
            texts = [inner.value for inner in inside if isinstance(inner, ast.Constant)]
            called = {
                inner.func.attr
                for inner in inside
                if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute)
            }
            names = any(isinstance(text, str) and text.endswith(".tex") for text in texts)
            if names and called & WRITES:
                yield node.name, node.lineno


def test_the_comments_in_the_text_leave_no_trace(copied: Path) -> None:
    latex = copied / "_build/latex"
    with_them = (latex / "two-pages-screen.pdf").read_bytes()
    sphinx_input = msgspec.json.decode((copied / "_build/sphinx/input").read_bytes(), type=SphinxInput)
    text = (latex / "two-pages.tex").read_text(encoding="utf-8")
    without, count = MARK.subn("", text)
    assert count > 3
    (latex / "two-pages.tex").write_text(without, encoding="utf-8")
    for path in latex.glob("two-pages-screen.*"):
        if path.suffix != ".tex":
            path.unlink()

    subprocess.run(
        ["latexmk", "-xelatex", "-interaction=batchmode", "-quiet", "two-pages-screen.tex"],
        check=True,
        capture_output=True,
        cwd=latex,
        env={
            **os.environ,
            "SOURCE_DATE_EPOCH": str(sphinx_input.epoch),
            "FORCE_SOURCE_DATE": "1",
            "LATEXOPTS": "",
            "XINDYOPTS": "-L english -C utf8 -M sphinx.xdy",
        },
    )

    assert (latex / "two-pages-screen.pdf").read_bytes() == with_them


@pytest.mark.slow
def test_every_edition_is_the_same_in_another_folder_and_after_a_change_taken_back(
    copy: Callable[[str], Path], tmp_path: Path
) -> None:
    project = copy("parts")
    toml = project / "_config/book.toml"
    editions = "".join(f"\n[pdf.editions.{name}]\n" for name in ("screen", "print", "draft"))
    toml.write_text(toml.read_text(encoding="utf-8") + editions, encoding="utf-8")
    page = project / "book/three.md"
    elsewhere = tmp_path / "a folder with a much longer name" / "projects" / "parts"
    shutil.copytree(project.parents[1], elsewhere.parents[1], ignore=shutil.ignore_patterns("a folder*"))

    first = editions_of(project)

    assert editions_of(elsewhere) == first
    good = page.read_text(encoding="utf-8")
    page.write_text(good + "\nMore text.\n", encoding="utf-8")
    same = [name for name, content in editions_of(project).items() if content == first[name]]
    assert same == [name for name in first if name.endswith("-cover.pdf")]
    page.write_text(good, encoding="utf-8")
    assert editions_of(project) == first


def editions_of(project: Path) -> dict[str, bytes]:
    build = run_toolchain("build", "pdf", project=project, env={"SOURCE_DATE_EPOCH": "1700000000"})
    assert build.code == 0, build.stdout + build.stderr
    editions = {path.name: path.read_bytes() for path in (project / "_build/pdf").glob("*.pdf")}
    assert len(editions) == 4
    return editions
