"""The library of a book, and what each of its notebooks uses of it: found once, for the plan and for the forms."""

from collections.abc import Mapping

from msgspec import Struct

from toolchain.base.decoding import read_loosely
from toolchain.base.errors import SourceError
from toolchain.model import Book, Library
from toolchain.plan.library import saved, use
from toolchain.plan.library.use import Use
from toolchain.project.settings import Settings
from toolchain.sources.notebook_files import NotebookFiles


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
    library = saved.collect(book, settings.toml.library)
    if library is None:
        return BookLibrary()
    uses = {}
    problems = []
    for notebook in book.notebooks:
        helpers = (
            read_loosely(path)
            for name, path in NotebookFiles(notebook, settings.project).files.items()
            if name.endswith(".py")
        )
        uses[notebook.name] = use.find(notebook, library, helpers)
        problems += use.problems(notebook, uses[notebook.name], library)
    if problems:
        raise SourceError("\n".join(problems), remedy="Correct the places named; nothing was run.")
    return BookLibrary(library, uses)
