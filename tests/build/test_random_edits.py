"""Whatever is edited, in whatever order: what a build makes and finds is what a build from nothing makes and finds."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from support.built_sites import files_of
from support.random_books import RandomBook
from support.running import report_of, run_toolchain

EDITS = 4
"""Edits of each book; each is built, and built from nothing."""


@pytest.mark.slow
@pytest.mark.fuzz(few=2)
def test_a_build_after_any_edit_is_as_good_as_a_first(seed: int, tmp_path: Path) -> None:
    book = RandomBook(tmp_path / "book", seed)
    edits = ["the first build"]
    build(book.folder)
    for _ in range(EDITS):
        edits.append(book.edit())

        code, findings = build(book.folder)

        fresh = tmp_path / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(book.folder, fresh, ignore=shutil.ignore_patterns("_build"))
        if (store := book.folder / "_build/store").exists():
            shutil.copytree(store, fresh / "_build/store")
        assert (code, findings) == build(fresh), edits
        assert files_of(book.folder) == files_of(fresh), edits


def build(project: Path) -> tuple[int, list[Any]]:
    """Build a book's site, which may have findings, and return how that ended."""
    run = run_toolchain("build", "html", project=project)
    assert run.code in (0, 1), run.stdout + run.stderr
    return run.code, report_of(project)["findings"]
