"""The files around a notebook that it may read: which there are, what stands at each place, a copy of them elsewhere."""

import shutil
from collections.abc import Callable, Collection, Iterable
from functools import cached_property
from pathlib import Path

from toolchain.base.errors import SourceError
from toolchain.base.files import files_below, sha256_file, sha256_lines
from toolchain.model import ABSENT, Document
from toolchain.project.settings import DATA

DOCUMENTS = (".md", ".ipynb")
MODULES = "*.py"
"""Stands in a folder's place for the modules that can be imported from it."""


class NotebookFiles:
    """The files around a notebook that it may read: the chapter's that are no pages, book/data, what it declares.

    Paths are relative to the project. A folder, with a slash at its end, stands for the names in it.
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
        roots = {project / DATA, *(project / declared for declared in self._document.declared.data)}
        paths = {path for root in roots for path in ([root] if root.is_file() else files_below(root))}
        if self._document.chapter:
            chapter = (project / self._document.path).parent
            paths.update(path for path in files_below(chapter) if path.suffix not in DOCUMENTS)
        for path in paths:
            if not path.resolve().is_relative_to(project):
                raise SourceError(
                    f"{path.relative_to(project).as_posix()}: leads out of the project",
                    remedy="Put the file itself there: what it is elsewhere nobody else has.",
                )
        return {path.relative_to(project).as_posix(): path for path in sorted(paths)}

    def state(self, path: str) -> str:
        """Return what stands at a path now: a file's sha256, a digest of a folder's names, or ABSENT."""
        return state_of(path, self.files, lambda file: self._digest(self.files[file]))

    def lay_out(self, root: Path) -> tuple[str, ...]:
        """Copy the files to their places below `root` and return their paths."""
        for path, source in self.files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        return tuple(self.files)


def state_of(path: str, files: Collection[str], digest: Callable[[str], str]) -> str:
    """Return what stands at a path among some files: a digest of the names in a folder, a file's, or ABSENT."""
    if path.endswith((f"/{MODULES}", "/")):
        folder, _, pattern = path.rpartition("/")
        return sha256_lines(names_in(f"{folder}/", files, modules=pattern == MODULES))
    return digest(path) if path in files else ABSENT


def names_in(folder: str, files: Iterable[str], *, modules: bool = False) -> list[str]:
    """Return the names that a listing of a folder shows, given the files below it and elsewhere.

    With `modules`, only those of the modules that can be imported from it.
    """
    below = [path.removeprefix(folder) for path in files if path.startswith(folder)]
    if modules:
        below = [path for path in below if path.count("/") <= 1 and path.endswith(".py")]
        return sorted({path for path in below if "/" not in path or path.endswith("/__init__.py")})
    return sorted({path.partition("/")[0] for path in below})
