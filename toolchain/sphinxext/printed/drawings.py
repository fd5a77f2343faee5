"""Pictures that were drawn for LaTeX are kept by what they were drawn from: what has not changed is not drawn again."""

import os
import re
import shutil
from contextlib import suppress
from functools import cache
from pathlib import Path
from weakref import WeakKeyDictionary

from sphinx.application import Sphinx

from toolchain.base.decoding import read_whole
from toolchain.base.files import remove, sha256_bytes, sha256_lines, write_atomically
from toolchain.environment import typesetting
from toolchain.model.sphinx import current

FOLDER = "drawn"
"""Beside what Sphinx is given and leaves."""
OTHERS = re.compile(
    rb"""(?:href|src)\s*=\s*["'](?!\#|data:)|url\(\s*["']?(?!\#|data:)|@import|<!ENTITY|<\?xml-stylesheet|<xi:"""
)
"""What may lead a picture to other files: it is drawn each time."""
DIGEST = 64
"""Bytes before a kept picture that say what it is, in case the disk says otherwise."""


class Drawings:
    """The pictures that are kept, and those of them that this book still has."""

    def __init__(self, folder: Path, date: str) -> None:
        """`date` is what drawings carry, in seconds since 1970."""
        self._folder = folder
        self._date = date
        self._used: set[str] = set()

    def key(self, picture: Path, command: list[str]) -> str:
        """Return what a drawing is kept by, if a command draws it; empty if it may depend on more than can be told."""
        content = read_whole(picture)
        # What is compressed, or in another encoding, cannot be looked through.
        if content is None or b"<svg" not in content or OTHERS.search(content):
            return ""
        return sha256_lines([sha256_bytes(content), *command, self._date, machine(command[0])])

    def find(self, key: str) -> bytes | None:
        """Return a drawing that is kept, as it was; None if there is none."""
        content = read_whole(self._folder / key) if key else None
        drawing = content[DIGEST:] if content else b""
        if content is None or content[:DIGEST] != sha256_bytes(drawing).encode():
            return None
        self._used.add(key)
        return drawing

    def keep(self, key: str, drawing: bytes) -> None:
        """Keep a drawing, if it has a key."""
        if key:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self._folder / key, sha256_bytes(drawing).encode() + drawing)
            self._used.add(key)

    def forget_others(self) -> None:
        """Remove the drawings that nobody has asked for."""
        for path in self._folder.glob("*"):
            if path.name not in self._used:
                remove(path)


_of_books: WeakKeyDictionary[Sphinx, Drawings] = WeakKeyDictionary()


def of_book(app: Sphinx) -> Drawings | None:
    """Return the drawings of the book that is written; None if Sphinx was not started by us."""
    sphinx_input = current()
    if app not in _of_books and sphinx_input is not None:
        folder = Path(sphinx_input.output).with_name(FOLDER)
        _of_books[app] = Drawings(folder, os.environ.get("SOURCE_DATE_EPOCH", "0"))
    return _of_books.get(app)


@cache
def machine(name: str) -> str:
    """Return the digest of what a program, its libraries and the fonts look like from outside."""
    program = Path(shutil.which(name) or name)
    lines = []
    for path in (program, *typesetting.libraries((program,)), *typesetting.registers()):
        with suppress(OSError):
            stat = path.stat()
            lines.append(f"{path} {stat.st_size} {stat.st_mtime_ns}")
    return sha256_lines(lines)


def _end(app: Sphinx, error: Exception | None) -> None:
    drawings = _of_books.get(app)
    if error is None and drawings is not None and app.builder.name == "latex":
        drawings.forget_others()


def setup(app: Sphinx) -> None:
    """Forget what a whole book has no use for."""
    app.connect("build-finished", _end)
