"""What a process looks at while it does something: if all of that is the same later, doing it again would give the same.

Python tells of files that are opened, also of those that are not there, and of folders that are listed. What a program that
is started looks at, nobody knows; one that only asks whether a file exists is not seen.
"""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from toolchain.base.code import ROOT

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
LISTING = ("os.listdir", "os.scandir")
PROGRAMS = (
    "subprocess.Popen",
    "os.system",
    "os.posix_spawn",
    "os.exec",
    "os.fork",
    "os.forkpty",
    "socket.connect",
)
HARMLESS = ("rev-parse", "--show-prefix")
"""Ends the command with which the configuration asks git where the project is in its repository."""

Looks = tuple[int, int, int, int] | tuple[str, ...] | None
"""How a file looks, or what a folder has; None for what is not there."""


class LookedAt:
    """Notes what this process looks at."""

    def __init__(self, *, besides: Path) -> None:
        """Note nothing yet; what lies `besides`, below that folder, and what is installed does not count."""
        self._ignored = (str(besides), sys.prefix, sys.base_prefix, str(ROOT), "/proc", "/dev", "/sys")
        self._seen: dict[tuple[str, bool], Looks] = {}
        self._notes = False
        self._is_known = True

    def __enter__(self) -> Self:
        """Begin."""
        self._notes = True
        sys.addaudithook(self._hear)  # it stays as long as this process
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End."""
        self.stop()

    def stop(self) -> None:
        """Note nothing more."""
        self._notes = False

    def is_same(self) -> bool:
        """Say whether all that was looked at looks the same now; never if nobody knows what that was."""
        return self._is_known and all(
            _looks(path, is_folder=is_folder) == looks for (path, is_folder), looks in self._seen.items()
        )

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._notes:
            return
        self._notes = False  # what we ask ourselves is not to be noted
        try:
            if event == "open":
                if not opens_to_write(arguments):
                    self._note(arguments[0], is_folder=False)
            elif event in LISTING:
                self._note(arguments[0] or ".", is_folder=True)
            elif event in PROGRAMS and not _is_harmless(arguments):
                self._is_known = False
        finally:
            self._notes = True

    def _note(self, path: Any, *, is_folder: bool) -> None:
        if isinstance(path, int):
            return
        name = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - pathlib would resolve links
        if not any(name == folder or name.startswith(f"{folder}/") for folder in self._ignored):
            self._seen.setdefault((name, is_folder), _looks(name, is_folder=is_folder))


def opens_to_write(arguments: tuple[Any, ...]) -> bool:
    """Say whether Python tells of a file that is opened to be written, by what it tells."""
    _, mode, flags = arguments
    return bool(flags & WRITING if isinstance(flags, int) else set(mode or "r") & set("wax+"))


def _looks(path: str, *, is_folder: bool) -> Looks:
    with suppress(OSError, ValueError):
        if is_folder:
            return tuple(sorted(os.listdir(path)))  # noqa: PTH208 - the names only
        stat = os.stat(path)  # noqa: PTH116 - faster
        return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino
    return None


def _is_harmless(arguments: Iterable[Any]) -> bool:
    return any(isinstance(argument, list) and tuple(argument[-2:]) == HARMLESS for argument in arguments)
