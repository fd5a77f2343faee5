"""Whatever is edited, in whatever order: what a build makes and finds is what a build from nothing makes and finds."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from support import sphinx_books
from support.built_sites import files_of
from support.random_books import RandomBook
from support.running import report_of, run_toolchain

EDITS = 4
"""Edits of each book; each is built, and built from nothing."""
CONF = "from toolchain.sphinxext import configuration\nglobals().update(configuration(__file__))\n"


@pytest.mark.slow
@pytest.mark.fuzz(few=1)
def test_a_build_after_any_edit_is_as_good_as_a_first(seed: int, tmp_path: Path) -> None:
    book = RandomBook(tmp_path / "book", seed)
    edits = ["the first build"]
    build(book.folder)
    for _ in range(EDITS):
        edits.append(book.edit())

        code, findings = build(book.folder)

        fresh = from_nothing(book.folder, tmp_path / "fresh")
        if (store := book.folder / "_build/store").exists():
            shutil.copytree(store, fresh / "_build/store")
        assert (code, findings) == build(fresh), edits
        assert files_of(book.folder) == files_of(fresh), edits


@pytest.mark.slow
@pytest.mark.fuzz(few=3)
def test_what_sphinx_makes_after_any_edit_is_what_it_makes_of_nothing(seed: int, tmp_path: Path) -> None:
    """The site, the notebooks and in the last build the LaTeX."""
    book = RandomBook(tmp_path / "book", 1000 + seed)
    (book.folder / "_config/conf.py").write_text(CONF, encoding="utf-8")
    builders = ["notebooks", "html"]
    sphinx_books.build(book.folder, *builders)
    edits: list[str] = []
    for number in range(EDITS):
        edits.append(book.edit())
        builders += ["latex"] if number == EDITS - 1 else []

        built = sphinx_books.build(book.folder, *builders)

        fresh = sphinx_books.build(from_nothing(book.folder, tmp_path / "fresh"), *builders)
        assert built.findings == fresh.findings, edits
        assert built.files == fresh.files, edits
        assert built.differing <= built.written, edits


def build(project: Path) -> tuple[int, list[Any]]:
    """Build a book's site, which may have findings, and return how that ended."""
    run = run_toolchain("build", "html", project=project)
    assert run.code in (0, 1), run.stdout + run.stderr
    return run.code, report_of(project)["findings"]


def from_nothing(project: Path, copy: Path) -> Path:
    """Return a copy of a book of which nothing has been built."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns("_build"))
    return copy
