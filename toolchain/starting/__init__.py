"""A new book: a few pages that build green, in which what most books have is there once, to be written over."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

import tomli_w

from toolchain.base.aside import PREFIX, folder_for_now
from toolchain.base.errors import ConfigError, KernelEnvironmentError
from toolchain.base.files import files_below
from toolchain.environment import kernel
from toolchain.project import settings as project_settings
from toolchain.project.book_toml import BOOK_TOML
from toolchain.project.jupyter_book.values import slug

MARKUP = re.compile(r"[\\`*_{}\[\]<>#$~|]")
"""What means something to Markdown in a heading."""
KERNEL = "_config/kernel/"
"""Files that say which packages the notebooks get."""
NAMES = {"gitignore": ".gitignore"}
"""What files are called in the new book, if not as here."""
INDEX = "book/index.md"
HEAD = "# All that describes this book; the documentation has every key.\n\n"
FIRST_PAGE = """
[pdf]
first_page = false  # it is for readers of the site; `true` prints it before the first chapter
"""


def begin(place: Path, title: str, authors: tuple[str, ...], interpreter: str = "") -> list[str]:
    """Write a book to a folder, which may be there and empty; it has all of it in the end, or nothing.

    Its notebooks get an environment of exact versions, for which the registry of packages is asked now, or run in an
    `interpreter` that is there already. Returns the paths of what was written, relative to the folder.

    Raises ConfigError if something is in the folder, KernelEnvironmentError if there are no versions that fit together.
    """
    require_free(place)
    with _filled(place) as folder:
        written = dict(_written(title, authors, interpreter))
        for name, content in written.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        if not interpreter:
            _pin(folder)
        return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def require_free(place: Path) -> None:
    """Raise ConfigError for a folder with something in it, or what is no folder."""
    if os.path.lexists(place) and not (place.is_dir() and not any(place.iterdir())):
        raise ConfigError(
            f"{place}: is there already, and is not an empty folder",
            remedy="Name another folder: `toolchain new DIR`.",
        )


def _pin(folder: Path) -> None:
    """Solve what the notebooks import into exact versions."""
    try:
        kernel.lock(project_settings.load(folder))
    except KernelEnvironmentError as error:
        remedy = "Try again with a network, or name a Python that has ipykernel and matplotlib: `--interpreter PYTHON`."
        raise KernelEnvironmentError(error.message, remedy=remedy) from error


def _written(title: str, authors: tuple[str, ...], interpreter: str) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a new book: its two about the book itself, and those that are the same for all."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    tables: dict[str, dict[str, Any]] = {
        "book": {"title": title, "slug": slug("", title), "authors": list(authors)},
        "kernel": {"interpreter": interpreter} if interpreter else {"python": version},
    }
    yield BOOK_TOML, (HEAD + tomli_w.dumps(tables) + FIRST_PAGE).encode()
    source = Path(str(files("toolchain.starting").joinpath("book")))
    for path in files_below(source):
        name = path.relative_to(source).as_posix()
        content = path.read_bytes()
        if name == INDEX:
            content = content.replace(b"{title}", MARKUP.sub(r"\\\g<0>", title).encode())
        if not (interpreter and name.startswith(KERNEL)):
            yield NAMES.get(name, name), content


@contextmanager
def _filled(place: Path) -> Iterator[Path]:
    """Give a folder whose content another one gets at the end; that may be the one in which a person stands."""
    is_new = not place.exists()
    place.mkdir(parents=True, exist_ok=True)
    try:
        with folder_for_now(place, PREFIX) as aside:
            yield aside
            for path in sorted(aside.iterdir()):
                path.rename(place / path.name)
    except BaseException:
        if is_new:
            with suppress(OSError):
                place.rmdir()
        raise
