"""A failed notebook with what is known around it, for the rules that look for a remedy."""

import os
import posixpath
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from toolchain.base.errors import SourceError
from toolchain.base.files import NO_SOURCES, OF_ENVIRONMENT
from toolchain.environment import kernel
from toolchain.model import Document, Failed, KernelIdentity, Plan
from toolchain.project.settings import Settings
from toolchain.sources.notebook_files import NotebookFiles

NAMED = re.compile(r"^(?P<name>[A-Za-z_][\w.]*): ", re.MULTILINE)
"""Begins what an exception says."""
MOST_FILES = 100_000
"""Of the project that are looked at."""


class Case:
    """What the rules ask about a failure."""

    def __init__(self, outcome: Failed, plan: Plan, settings: Settings) -> None:
        """Nothing is looked up yet."""
        self.failure = outcome.failure
        self.planned = outcome.planned
        self.absent = outcome.absent
        self.settings = settings
        self._plan = plan

    @property
    def document(self) -> Document:
        """The page."""
        return self.planned.document

    @property
    def folder(self) -> str:
        """The folder that it ran in, relative to the project."""
        return posixpath.dirname(self.document.path)

    @property
    def project(self) -> Path:
        """The project's folder."""
        return self.settings.project

    @property
    def exception(self) -> str:
        """The name of what the cell raised; empty if it raised nothing."""
        match = NAMED.match(f"{self.failure.message} ")
        return match["name"].rpartition(".")[2] if match else ""

    @cached_property
    def said(self) -> str:
        """All that the exception says: its message has lines of its own."""
        begin = self.failure.traceback.rfind(f"\n{self.failure.message}")
        return self.failure.traceback[begin + 1 :] if begin >= 0 else self.failure.message

    @property
    def source(self) -> str:
        """The code of the cell that ran."""
        cells = self.document.cells
        return cells[self.failure.cell - 1].source if 0 < self.failure.cell <= len(cells) else ""

    @cached_property
    def visible(self) -> frozenset[str]:
        """The files that the notebook can see, relative to the project."""
        try:
            return frozenset(NotebookFiles(self.document, self.project).paths)
        except (SourceError, OSError):
            return frozenset()

    @property
    def kept(self) -> str:
        """Where a book keeps what its notebooks read, in words."""
        return self.settings.layout.data or "the page's folder"

    @cached_property
    def files(self) -> frozenset[str]:
        """The files of the project that could be meant, relative to it: nothing that was built, hidden or installed."""
        return frozenset(path for path, _ in zip(self._files(), range(MOST_FILES), strict=False))

    def _files(self) -> Iterator[str]:
        for folder, folders, names in os.walk(self.project):
            if OF_ENVIRONMENT in names:
                folders.clear()
                continue
            folders[:] = sorted(
                name for name in folders if name not in NO_SOURCES and not name.startswith(".")
            )
            inside = Path(folder).relative_to(self.project)
            yield from ((inside / name).as_posix() for name in sorted(names))

    @property
    def identity(self) -> KernelIdentity | None:
        """What is installed where it ran."""
        return self._plan.kernels.get(self.planned.device_class)

    @cached_property
    def versions(self) -> dict[str, str]:
        """The versions of what is installed there, by the names of the distributions."""
        pins = self.identity.distributions if self.identity else ()
        return {name: version for name, _, version in (pin.partition("==") for pin in pins)}

    @property
    def has_lock(self) -> bool:
        """Whether the environment is made from a lock."""
        return kernel.has_lock(self.settings)

    @property
    def list_of_packages(self) -> Path:
        """The file that lists what the lock is made from."""
        return self.settings.kernel_folder / f"{self.planned.device_class}.in"

    def shown(self, path: Path) -> str:
        """Return the path of a file as people call it: from the project's folder, if it is there."""
        inside = path.is_relative_to(self.project)
        return path.relative_to(self.project).as_posix() if inside else str(path)
