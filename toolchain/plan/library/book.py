"""The library of a book, and what each of its notebooks uses of it: found once, for the plan and for the forms."""

import sys
from collections.abc import Mapping
from contextlib import suppress

import msgspec
from msgspec import Struct

from toolchain.base.code import digest_of_rooms
from toolchain.base.decoding import read_json, read_loosely
from toolchain.base.errors import SourceError
from toolchain.base.files import remember, sha256_lines
from toolchain.model import Book, Document, Library
from toolchain.plan.library import saved, use
from toolchain.plan.library.use import Use
from toolchain.project.settings import Settings
from toolchain.sources.notebook_files import Surroundings

MEMORY = "uses.json"
ROOMS = ("plan", "model", "base")
"""What of our code decides what a notebook is said to use."""


class BookLibrary(Struct, frozen=True):
    """The library of a book."""

    library: Library | None = None
    """None if nothing is saved."""
    uses: Mapping[str, Use] = {}
    """What each notebook uses of it, by the notebooks' names."""

    @property
    def components(self) -> dict[str, Mapping[str, str]]:
        """What of it is in each notebook's key: digests by name, by the notebooks' names."""
        library = self.library
        if library is None:
            return {}
        return {name: use.components(used, library.before(name)) for name, used in self.uses.items()}

    @property
    def whole(self) -> dict[str, str]:
        """Which notebooks depend on all of it, and why."""
        if self.library is None:
            return {}
        return {
            name: f"it may use all of {self.library.name}: {used.whole}"
            for name, used in self.uses.items()
            if used.whole
        }


def gather(book: Book, settings: Settings) -> BookLibrary:
    """Return the library of a book with what its notebooks use.

    Raises SourceError if it cannot be made, or if a notebook uses what is defined after it, or nowhere.
    """
    section = settings.toml.library
    library = saved.collect(book, section) if section or settings.layout.saves else None
    if library is None:
        return BookLibrary()
    memory = _Memory(settings)
    uses = {}
    problems = []
    for notebook in book.notebooks:
        uses[notebook.name] = memory.use(notebook, library)
        problems += use.problems(notebook, uses[notebook.name], library)
    memory.save()
    if problems:
        raise SourceError("\n".join(problems), remedy="Correct the places named; nothing was run.")
    return BookLibrary(library, uses)


class _Memory:
    """What notebooks were seen to use before: to look through all code of a book takes longer than all else of a plan."""

    def __init__(self, settings: Settings) -> None:
        self._around = Surroundings(settings.project)
        self._path = settings.build / MEMORY
        self._remembered = read_json(self._path, dict[str, Use]) or {}
        self._current: dict[str, Use] = {}

    def use(self, notebook: Document, library: Library) -> Use:
        """Return what a notebook uses of the library."""
        helpers = [
            read_loosely(path)
            for name, path in self._around.of(notebook).files.items()
            if name.endswith(".py")
        ]
        looked_at = msgspec.json.encode((library.name, use.code_of(notebook), helpers))
        digest = sha256_lines((digest_of_rooms(ROOMS), sys.version, looked_at.decode()))
        used = self._remembered.get(digest)
        self._current[digest] = use.find(notebook, library, helpers) if used is None else used
        return self._current[digest]

    def save(self) -> None:
        """Remember what this book has, and nothing else; where that cannot be written it is looked for again."""
        if self._current != self._remembered:
            with suppress(OSError):
                remember(self._path, msgspec.json.encode(self._current, order="deterministic"))
