"""Code that cells load from files: `:load:` of a code cell, which MyST-NB reads wherever it leads and whatever is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from myst_nb.core import read as myst_nb_read

from toolchain.base.errors import SourceError
from toolchain.base.files import named_like
from toolchain.project.reach import TEXT, Reach

LOADER = "_load_code_from_file"
"""MyST-NB's function, which offers no other seam."""


@contextmanager
def within(reach: Reach, name: str) -> Iterator[None]:
    """Let cells load what pages may take, and nothing else; `name` is the page's as people call it.

    Inside, reading a page raises SourceError for a file that it may not take, is not there or is no UTF-8.
    """
    of_myst_nb = getattr(myst_nb_read, LOADER)
    setattr(myst_nb_read, LOADER, _loader(reach, name))
    try:
        yield
    finally:
        setattr(myst_nb_read, LOADER, of_myst_nb)


def install(reach: Reach) -> None:
    """Have MyST-NB itself load so, wherever it reads a page: what is shown is then what has run."""
    setattr(myst_nb_read, LOADER, _loader(reach, ""))


def file_of(page: Path, named: object) -> Path:
    """Return the file that a cell of a page loads."""
    path = page.parent / str(named)
    return named_like(path) or path


def _loader(reach: Reach, name: str) -> Any:

    def load(page: str | Path, file: object, token: Any, _code: list[str]) -> list[str]:
        place = f"{name or page}:{token.map[0] + 1}: this cell loads {file}"
        path = file_of(Path(page), file)
        if refusal := reach.refusal(path, TEXT):
            raise SourceError(f"{place}, which is not taken: {refusal.why}. {refusal.remedy}")
        try:
            return path.read_text(encoding="utf-8-sig").split("\n")
        except OSError as error:
            raise SourceError(f"{place}, which cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise SourceError(f"{place}, which is not UTF-8") from error

    return load
