"""The files around a notebook that it may read: which there are, what stands at each place, a copy of them elsewhere."""

import posixpath
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Protocol

from toolchain.base.errors import SourceError
from toolchain.base.files import files_below, sha256_file, sha256_lines
from toolchain.model import ABSENT, Document

DOCUMENTS = (".md", ".ipynb")
MODULES = "*.py"
"""Stands in a folder's place for the modules that can be imported from it."""


class NotebookFiles:
    """The files around a notebook that it may read: those in the folders around it that are no pages, and what it declares.

    Paths are relative to the project. A folder, with a slash at its end, stands for the names in it; see Question.
    """

    def __init__(
        self, document: Document, project: Path, digest: Callable[[Path], str] = sha256_file
    ) -> None:
        """Look around a notebook of the project in the folder `project`; `digest` gives a file's sha256."""
        self._document = document
        self._project = project
        self._digest = digest

    @cached_property
    def files(self) -> dict[str, Path]:
        """The files by their paths in the project.

        Raises SourceError if one leads out of it.
        """
        project = self._project
        roots = {project / declared for declared in self._document.declared.data}
        paths = {path for root in roots for path in ([root] if root.is_file() else files_below(root))}
        around = {path for folder in self._document.around for path in self._around(folder)}
        for path in paths | around:
            if not path.resolve().is_relative_to(project):
                raise SourceError(
                    f"{path.relative_to(project).as_posix()}: leads out of the project",
                    remedy="Put the file itself there: what it is elsewhere nobody else has.",
                )
        return {path.relative_to(project).as_posix(): path for path in sorted(paths | around)}

    def _around(self, folder: str) -> Iterator[Path]:
        """Yield the files of a folder around it; of the whole project no pages, and nothing that leads out of it."""
        project = self._project
        of_pages = folder == posixpath.dirname(self._document.path) or not folder
        for path in files_below(project / folder, written=not folder):
            if of_pages and path.suffix in DOCUMENTS:
                continue
            if folder or path.resolve().is_relative_to(project):
                yield path

    @property
    def paths(self) -> Collection[str]:
        """Relative to the project."""
        return self.files.keys()

    def digest(self, path: str) -> str:
        """Return the sha256 of one of the files."""
        return self._digest(self.files[path])

    def size(self, path: str) -> int:
        """Return the size of one of the files, in bytes."""
        return self.files[path].stat().st_size

    def state(self, path: str) -> str:
        """Return what stands at a path now: a file's sha256, the answer to a question about it, or ABSENT."""
        return state_of(path, self)

    def lay_out(self, root: Path) -> tuple[str, ...]:
        """Copy the files to their places below `root` and return their paths."""
        for path, source in self.files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        return tuple(self.files)


class Question(StrEnum):
    """What code can ask of a place without opening what is there; stands after two slashes, which no path has."""

    KIND = "kind"
    """Whether a file or a folder is there."""
    SIZE = "size"
    """The same, and the size of a file."""
    KINDS = "kinds"
    """The names in a folder, and of each whether it is a file or a folder."""
    SIZES = "sizes"
    """The same, and the sizes of the files."""

    def about(self, path: str) -> str:
        """Return what stands in a record for this question about a place."""
        return f"{path}//{self}"


LISTED = ("/", Question.KINDS.about(""), Question.SIZES.about(""))
"""What a path ends in that stands for the names in a folder, and maybe for more."""


class FileStates(Protocol):
    """Tells of the files that a notebook can see."""

    @property
    def paths(self) -> Collection[str]:
        """Relative to the project."""

    def digest(self, path: str) -> str:
        """Return the sha256 of one of them."""

    def size(self, path: str) -> int:
        """Return the size of one of them, in bytes."""


def state_of(path: str, files: FileStates) -> str:
    """Return what stands at a path among some files: a digest of the names in a folder, a file's, or ABSENT.

    A path may end in a question.
    """
    place, asked, question = path.partition("//")
    if asked:
        return _answer(question, place, files)
    if path.endswith((f"/{MODULES}", "/")):
        folder, _, pattern = path.rpartition("/")
        return sha256_lines(names_in(f"{folder}/", files.paths, modules=pattern == MODULES))
    return files.digest(path) if path in files.paths else _kind(path, files, sizes=False)


def _answer(question: str, place: str, files: FileStates) -> str:
    if question not in list(Question):
        return "what only another version of the toolchain asks"
    if question in (Question.KIND, Question.SIZE):
        return _kind(place, files, sizes=question == Question.SIZE)
    folder = f"{place}/" if place else ""
    names = names_in(folder, files.paths)
    return sha256_lines(
        f"{name} {_kind(f'{folder}{name}', files, sizes=question == Question.SIZES)}" for name in names
    )


def _kind(path: str, files: FileStates, *, sizes: bool) -> str:
    """Say what is at a place: there are no folders but those of files."""
    if path in files.paths:
        return f"a file of {files.size(path)} bytes" if sizes else "a file"
    return "a folder" if any(file.startswith(f"{path}/") for file in files.paths) else ABSENT


def names_in(folder: str, files: Iterable[str], *, modules: bool = False) -> list[str]:
    """Return the names that a listing of a folder shows, given the files below it and elsewhere.

    With `modules`, only those of the modules that can be imported from it.
    """
    below = [path.removeprefix(folder) for path in files if path.startswith(folder)]
    if modules:
        below = [path for path in below if path.count("/") <= 1 and path.endswith(".py")]
        return sorted({path for path in below if "/" not in path or path.endswith("/__init__.py")})
    return sorted({path.partition("/")[0] for path in below})
