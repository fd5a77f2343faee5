"""The files around a notebook that it may read: which there are, what stands at each place, a copy of them elsewhere."""

import posixpath
from collections.abc import Callable, Collection, Iterable, Mapping
from enum import StrEnum
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Protocol

from toolchain.base.errors import SourceError
from toolchain.base.files import copy_file, files_below, sha256_file, sha256_lines
from toolchain.model import ABSENT, Document

DOCUMENTS = (".md", ".ipynb")
MODULES = "*.py"
"""Stands in a folder's place for the modules that can be imported from it."""
Files = Mapping[str, Path]
"""Files by their paths in the project."""


class Surroundings:
    """What is around the notebooks of a project, each folder looked through once and each file read once."""

    def __init__(self, project: Path) -> None:
        """Look at nothing yet."""
        self._project = project
        self._found = cache(partial(_found, project))
        self._digest = cache(sha256_file)

    def of(self, document: Document) -> "NotebookFiles":
        """Return the files around a notebook."""
        return NotebookFiles(document, self._project, self._digest, self._found)


class NotebookFiles:
    """The files around a notebook that it may read: those in the folders around it that are no pages, and what it declares.

    Paths are relative to the project. A folder, with a slash at its end, stands for the names in it; see Question.
    """

    def __init__(
        self,
        document: Document,
        project: Path,
        digest: Callable[[Path], str] = sha256_file,
        found: Callable[[Path, tuple[str, ...]], Files] | None = None,
    ) -> None:
        """Look around a notebook of the project in the folder `project`.

        `digest` gives a file's sha256, `found` what is in a folder: both are Surroundings' if many notebooks ask.
        """
        self._document = document
        self._project = project
        self._digest = digest
        self._found = found or partial(_found, project)

    @cached_property
    def files(self) -> dict[str, Path]:
        """The files by their paths in the project.

        Raises SourceError if one leads out of it.
        """
        project, document = self._project, self._document
        files: dict[str, Path] = {}
        for declared in document.declared.data:
            files.update(self._found(project / declared, ()))
        for folder in document.around:
            of_pages = not folder or folder == posixpath.dirname(document.path)
            files.update(self._found(project / folder, DOCUMENTS if of_pages else ()))
        return dict(sorted(files.items(), key=lambda file: file[0].split("/")))

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
            copy_file(source, target)
        return tuple(self.files)


def _found(project: Path, root: Path, without: tuple[str, ...]) -> Files:
    """Return what is in a folder, or a file itself, by the paths in the project, `without` those that end so.

    Of the whole project, what leads out of it is left out, with all that nobody has written. Raises SourceError if a file
    leads out of the project.
    """
    whole = root == project
    paths = [root] if root.is_file() else files_below(root, written=whole)
    files = {path.relative_to(project).as_posix(): path for path in paths if path.suffix not in without}
    if whole:
        return {name: path for name, path in files.items() if path.resolve().is_relative_to(project)}
    for name, path in files.items():
        if not path.resolve().is_relative_to(project):
            raise SourceError(
                f"{name}: leads out of the project",
                remedy="Put the file itself there: what it is elsewhere nobody else has.",
            )
    return files


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
