"""Whatever is edited, in whatever order: what a build makes and finds is what a build from nothing makes and finds."""

import shutil
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import pytest
from support import sphinx_books
from support.random_books import RandomBook
from support.running import quick_python, report_of, run_toolchain

EDITS, ALONE = 3, 7
"""Edits of each book that is built, and built from nothing: as a whole, and by Sphinx alone."""
FORMS = (("html",), ("notebooks",), ("html", "notebooks"))
KILLED = 0.3
"""How often a build is killed before the one that is looked at."""


@pytest.mark.slow
@pytest.mark.fuzz(few=1)
def test_a_build_after_any_edit_is_as_good_as_a_first(seed: int, tmp_path: Path) -> None:
    """Now this form is asked for and now that one; in the last build all of them, with the PDF."""
    book, chance = RandomBook(tmp_path / "book", seed), Random(seed)  # noqa: S311 - as there
    edits = ["the first build"]
    build(book.folder, "html")
    for number in range(EDITS):
        edits.append(book.edit())
        if chance.random() < KILLED:
            kill_a_build(book.folder, chance.uniform(0.2, 5))
            edits += ["a build was killed", book.edit()]
        forms = () if number == EDITS - 1 else chance.choice(FORMS)

        ended, files = build(book.folder, *forms)

        fresh = from_nothing(book.folder, tmp_path / "fresh")
        if (store := book.folder / "_build/store").exists():
            shutil.copytree(store, fresh / "_build/store")
        ended_fresh, files_fresh = build(fresh, *forms)
        assert ended == ended_fresh, edits
        assert differing(files, files_fresh) == [], edits


@pytest.mark.slow
@pytest.mark.fuzz(few=1)
def test_what_sphinx_makes_after_any_edit_is_what_it_makes_of_nothing(seed: int, tmp_path: Path) -> None:
    """The site, the notebooks and in the last build the LaTeX."""
    book = RandomBook(tmp_path / "book", 1000 + seed)
    builders = ["notebooks", "html"]
    sphinx_books.build(book.folder, *builders)
    edits: list[str] = []
    for number in range(ALONE):
        edits.append(book.edit())
        builders += ["latex"] if number == ALONE - 1 else []

        built = sphinx_books.build(book.folder, *builders)

        fresh = sphinx_books.build(from_nothing(book.folder, tmp_path / "fresh"), *builders)
        assert built.findings == fresh.findings, edits
        assert differing(built.files, fresh.files) == [], edits
        assert built.differing <= built.written, edits


def build(project: Path, *forms: str) -> tuple[tuple[int, list[Any]], dict[str, bytes]]:
    """Build forms of a book, which may have findings or a cell that fails; return how that ended, and what was made."""
    run = run_toolchain("build", *forms, project=project)
    assert run.code in (0, 1, 4), run.stdout + run.stderr
    if run.code == 4:  # what was there stays as it was
        return (run.code, []), {}
    report = report_of(project)
    files = {}
    for artefact in report["artefacts"]:
        path = project / artefact["path"]
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            # A digest of Sphinx's settings, with absolute paths among them, is left out.
            if file.is_file() and not file.name.startswith(".buildinfo"):
                files[file.relative_to(project).as_posix()] = file.read_bytes()
    return (run.code, report["findings"]), files


def differing(files: dict[str, bytes], others: dict[str, bytes]) -> list[str]:
    return sorted(name for name in files.keys() | others.keys() if files.get(name) != others.get(name))


def kill_a_build(project: Path, seconds: float) -> None:
    """Begin to build the site, and have it killed after so many seconds if it is not done."""
    python = str(quick_python().executable)
    command = [python, "-m", "toolchain", "build", "html", "--project", str(project)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def from_nothing(project: Path, copy: Path) -> Path:
    """Return a copy of a book of which nothing has been built."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(project, copy, symlinks=True, ignore=shutil.ignore_patterns("_build"))
    return copy
