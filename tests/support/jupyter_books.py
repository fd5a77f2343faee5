"""Small books of Jupyter Book 1, below tests/books, as somebody else has them: copied, never changed."""

import shutil
from pathlib import Path

from support.places import TESTS

WANTED = "# Written by the toolchain from requirements.txt: change it there.\nipykernel\n"
"""What the toolchain writes of the requirements of tests/books/run: with the lock beside it nobody asks an index."""


def copy_book(name: str, folder: Path) -> Path:
    """Copy tests/books/NAME to a folder of that name."""
    book = folder / name
    shutil.copytree(TESTS / "books" / name, book, ignore=shutil.ignore_patterns("_build", "__pycache__"))
    return book


def give_lock(book: Path) -> None:
    """Put the lock that the tests share where a book's own would be solved to."""
    kernel = book / "_build/kernel"
    kernel.mkdir(parents=True)
    shutil.copyfile(TESTS / "kernel/cpu.lock", kernel / "cpu.lock")
    (kernel / "cpu.in").write_text(WANTED)


def files_of_book(book: Path) -> dict[str, bytes]:
    """Return all that is in a book's folder and was not built."""
    paths = (path for path in book.rglob("*") if path.is_file())
    names = {path.relative_to(book): path for path in paths}
    return {name.as_posix(): path.read_bytes() for name, path in names.items() if name.parts[0] != "_build"}
