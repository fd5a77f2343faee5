"""Which files pages may take: those of the project and of the repository that it is in, and what book.toml adds."""

import errno
import os
import re
import stat
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path, PurePosixPath

from msgspec import Struct

from toolchain.base.refusals import BUILD
from toolchain.base.units import human_size
from toolchain.project import git
from toolchain.project.settings import Settings

TEXT = 32 * 1000**2
"""Bytes that a file may have whose text becomes part of a page."""
COPIED = 1000**3
"""Bytes that a file may have that is shown or offered."""
ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)
GIT = ".git"
ELSEWHERE = "elsewhere"
"""Folder of an archive for what lies outside the project."""


SAID = re.compile(r'"(?P<name>.*)" is not taken: (?P<why>.+?)\. (?P<remedy>.+?\.)(?=\.?$)', re.MULTILINE)
"""Finds what is said of a refusal among what others say around it."""


class Refusal(Struct, frozen=True):
    """Why a page may not take a file."""

    why: str
    """In a clause, such as `it is a folder`."""
    remedy: str

    def said_of(self, name: str) -> str:
        """Return a sentence, in which SAID finds the file's name and the rest again."""
        return f'"{name}" is not taken: {self.why}. {self.remedy}'


OUTSIDE = Refusal(
    "it lies outside the project",
    "Copy it into the project, or name its folder in book.toml: [sources] folders = [...].",
)
OF_GIT = Refusal("it is git's own", "Show what you want to say of the repository in words.")
CIRCLE = Refusal("its links lead in a circle", "Put the file itself there.")
FOLDER = Refusal("it is a folder", "Name a file in it.")
NO_FILE = Refusal(
    "it is a device, a pipe or a socket", "Name a file: of what comes out of a pipe there is no end."
)
NO_NAME = Refusal("no file can have such a name", "Correct the name.")
CLOSED = Refusal("it may not be read", "Make it readable to whoever builds the book.")


class Reach:
    """The folders that pages may take files from."""

    def __init__(self, project: Path, folders: Iterable[str] = ()) -> None:
        """`folders` are those that book.toml adds, absolute or relative to the project."""
        self.project = project
        self._added = [_real(project / Path(folder).expanduser()) for folder in folders]
        self._build = _real(project / BUILD)

    @classmethod
    def of(cls, settings: Settings) -> "Reach":
        """Return what the pages of a book may take."""
        return cls(settings.project, settings.toml.sources.folders)

    @cached_property
    def _repository(self) -> Path:
        return git.top(self.project)

    def refusal(self, path: Path, most: int = COPIED) -> Refusal | None:
        """Say why a page may not take a file of `most` bytes; None if it may, or if there is no such file.

        All links in the path are followed: what counts is where the file really is, and what it is.
        """
        try:
            real = _real(path)
            return self._place(real) or _kind(real, most)
        except ValueError:
            return NO_NAME
        except OSError as error:
            if error.errno in ABSENT:
                return None
            return CIRCLE if error.errno == errno.ELOOP else CLOSED

    def _place(self, real: Path) -> Refusal | None:
        if any(real.is_relative_to(folder) for folder in (*self._added, self._build)):
            return None
        top = self.project if real.is_relative_to(self.project) else self._repository
        if not real.is_relative_to(top):
            return OUTSIDE
        return OF_GIT if GIT in real.relative_to(top).parts else None

    def name(self, path: Path) -> str:
        """Return the path of a file in an archive, where what lies outside the project has a place of its own."""
        real = _real(path)
        if real.is_relative_to(self.project):
            return real.relative_to(self.project).as_posix()
        for number, folder in enumerate(self._added, start=1):
            if real.is_relative_to(folder):
                return PurePosixPath(ELSEWHERE, str(number), real.relative_to(folder)).as_posix()
        return PurePosixPath(ELSEWHERE, "repository", real.relative_to(self._repository)).as_posix()


def _kind(real: Path, most: int) -> Refusal | None:
    """Refuse what is no file that can be read to its end. Raises OSError if the system says nothing of it."""
    found = real.stat()
    if stat.S_ISDIR(found.st_mode):
        return FOLDER
    if not stat.S_ISREG(found.st_mode):
        return NO_FILE
    if found.st_size > most:
        return Refusal(
            f"it has {human_size(found.st_size)}, more than {human_size(most)}",
            "Publish it elsewhere, and link to it there.",
        )
    return None if os.access(real, os.R_OK) else CLOSED


def _real(path: Path) -> Path:
    """Return a path without links; where they lead in a circle, with them. Raises ValueError for a name with a zero byte."""
    return Path(os.path.realpath(path))
