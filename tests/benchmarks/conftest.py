"""What the benchmarks share: large books, whose results nobody has to compute again."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support import large_books
from support.places import REPOSITORY
from support.running import run_toolchain


@pytest.fixture(scope="session")
def large_book() -> Callable[[Path, int], Path]:
    """Give what writes a book of so many pages of this repository, with the results of its notebooks."""
    executed = run_toolchain("execute", project=REPOSITORY)
    assert executed.code == 0, executed.stderr

    def write(project: Path, pages: int) -> Path:
        large_books.write(project, pages)
        planned = run_toolchain("plan", "--json", project=project)
        assert not any(notebook["run"] for notebook in planned.json), planned.stdout
        return project

    return write
