"""What a run really asked about: a hook inside the kernel, and a watch on its scratch folder for what Python does not see.

The hook sees what Python opens, lists, fails to open and asks without opening. It does not see what a C++ library, a shell
command or another program does. On Linux the kernel's inotify tells which files these open; what they only ask, nobody
tells, so once a program has been started all names, kinds and sizes around the notebook count. Where neither hook nor watch
can work, every file does.
"""

import asyncio
import os
from collections.abc import Collection, Iterable
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import NamedTuple, Self

from toolchain.base.decoding import read_whole
from toolchain.base.files import is_utf8, sha256_file
from toolchain.execute.kernel_start import HOOK
from toolchain.model import FileRecord
from toolchain.sources.notebook_files import MODULES, Question, state_of

try:
    from inotify_simple import INotify, flags
except ImportError:  # pragma: no cover - Linux has it
    INotify = None

MOST_NOTES = 1 << 27
"""Bytes that the hook may have written."""
CONTENT, PROGRAM = "f", "p"
"""What the hook calls an open, and the start of a program that it does not see into."""
FORMS = {"n": "{}/", "k": Question.KIND.about("{}"), "s": Question.SIZE.about("{}")} | {
    "e": Question.KINDS.about("{}"),
    "z": Question.SIZES.about("{}"),
}
"""How what the hook notes, by its letters, stands in a record."""
LETTERS = (CONTENT, PROGRAM, *FORMS)


class _Asked(NamedTuple):
    """An entry of the hook's log."""

    letter: str
    there: bool
    """Whether something was there when it was first asked about."""
    path: str
    """Relative to the scratch folder; empty for that folder itself."""


class _Copies:
    """The files as they were copied: the sources may be edited while this runs.

    Only those that the run depended on are read for their digests, when it is over: one that it has written to ends in no
    result.
    """

    def __init__(self, root: Path, files: Iterable[str]) -> None:
        self._root = root
        self._written = {path: _size_and_time(root / path) for path in files}

    @property
    def paths(self) -> Collection[str]:
        return self._written.keys()

    def digest(self, path: str) -> str:
        try:
            return sha256_file(self._root / path)
        except OSError:
            return "removed while it ran"

    def size(self, path: str) -> int:
        written = self._written[path]
        return written[0] if written else 0

    def changed(self) -> str:
        """Return the first that is not as it was copied; empty if all are."""
        return next(
            (path for path, state in self._written.items() if _size_and_time(self._root / path) != state), ""
        )


class Trace:
    """Watches one run. Use as a context around it, on the event loop that runs it."""

    def __init__(self, temporary: Path, root: Path, files: Collection[str], *, python: bool) -> None:
        """Watch these files below `root`, just copied there; `python` says whether the kernel is one."""
        self._root = root
        self._log = temporary / "trace"
        self._start = temporary / "start"
        self._python = python
        self._complete = python
        self._opened: set[str] = set()
        self._copies = _Copies(root, files)

    @property
    def environment(self) -> dict[str, str]:
        """What the kernel needs in its environment for the hook."""
        if not self._python:
            return {}
        return {
            "PYTHONPATH": str(self._start),
            "TOOLCHAIN_TRACE": str(self._log),
            "TOOLCHAIN_SCRATCH": str(self._root),
        }

    def __enter__(self) -> Self:
        """Install the hook's file and begin to watch."""
        if self._python:
            self._start.mkdir()
            (self._start / "sitecustomize.py").write_text(HOOK, encoding="utf-8")
        self._watch_folders()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take the events that are left, and end the watch."""
        if self._inotify is not None:
            asyncio.get_running_loop().remove_reader(self._inotify.fileno())
            self._take_events()
            self._inotify.close()

    def inputs(self, folder: Path) -> tuple[FileRecord, ...]:
        """Return what the run depended on among the files around it; `folder` is the one that it ran in.

        Where something may have looked at files that nobody could watch, every folder counts, with names, kinds and sizes;
        where nobody could watch anything, every file does, too.
        """
        beside = folder.relative_to(self._root).as_posix()
        asked = self._asked() if self._complete else None
        if asked is None:
            return self._records({*self._copies.paths, *self._folders_whole(beside)})
        laid_out = self._laid_out(folder)
        paths = {f"{beside}/{MODULES}", *self._opened}
        if PROGRAM in {entry.letter for entry in asked}:
            paths |= self._folders_whole(beside)
        # What the notebook itself had made is no input of it.
        asked = [entry for entry in asked if not (entry.there and self._root / entry.path not in laid_out)]
        paths |= {entry.path for entry in asked if entry.letter == CONTENT}
        for entry in asked:
            if entry.path not in paths and entry.letter in FORMS:  # what is in a file says more than its size
                paths.add(FORMS[entry.letter].format(entry.path))
        return self._records(paths)

    def _records(self, paths: Iterable[str]) -> tuple[FileRecord, ...]:
        return tuple(FileRecord(path=path, sha256=state_of(path, self._copies)) for path in sorted(paths))

    def _asked(self) -> list[_Asked] | None:
        """Return what the hook has noted below the root; None if the cells, which can write there, too, have spoilt it."""
        notes, root = read_whole(self._log, limit=MOST_NOTES), os.fsencode(self._root)
        *entries, unfinished = notes.split(b"\0") if notes is not None else (b"unreadable",)
        if unfinished or not all(_is_note(entry, root) for entry in entries):
            return None
        before = len(root) + 3  # letter, sign, and the slash after the root
        asked = (_Asked(chr(entry[0]), entry[1:2] == b"+", os.fsdecode(entry[before:])) for entry in entries)
        return [entry for entry in asked if is_utf8(entry.path)]

    def _laid_out(self, folder: Path) -> set[Path]:
        """Return what was there before the run: the copies, the `folder` that it ran in, and all folders around them."""
        laid_out = {self._root / path for path in self._copies.paths} | {folder}
        return laid_out | {parent for path in laid_out for parent in path.parents}

    def _folders_whole(self, beside: str) -> set[str]:
        """Return what stands for the names, kinds and sizes of all that is around the notebook."""
        places = {PurePosixPath(beside), *map(PurePosixPath, self._copies.paths)}
        folders = {parent for place in places for parent in place.parents} | {PurePosixPath(beside)}
        return {Question.SIZES.about("" if str(path) == "." else str(path)) for path in folders}

    def made(self, folder: Path) -> tuple[str, ...]:
        """Return what the run left around the `folder` it ran in, besides the copies; of a new folder only its name."""
        laid_out = self._laid_out(folder)
        created: list[str] = []
        folders = [self._root]
        while folders:
            folder = folders.pop()
            for path in folder.iterdir() if os.path.isdir(folder) else ():  # noqa: PTH112 - the cells may have removed it
                if path in laid_out and path.is_dir():
                    folders.append(path)
                elif path not in laid_out:
                    created.append(path.relative_to(self._root).as_posix() + "/" * path.is_dir())
        return tuple(sorted(filter(is_utf8, created)))

    def changed(self) -> str:
        """Return the first of the copied files that the run wrote to or removed; empty if it left them alone."""
        return self._copies.changed()

    def _watch_folders(self) -> None:
        """Watch all folders by inotify; where that cannot be, the trace is not complete."""
        self._inotify = None
        if INotify is None:
            self._complete = False
            return
        folders = [path for path in (self._root, *self._root.rglob("*")) if path.is_dir()]
        mask = flags.OPEN | flags.ONLYDIR
        with ExitStack() as on_failure:
            try:
                inotify = on_failure.enter_context(INotify(nonblocking=True))
                self._folders = {inotify.add_watch(folder, mask): folder for folder in folders}
            except OSError:  # the system's limit of watches
                self._complete = False
                return
            on_failure.pop_all()
        self._inotify = inotify
        asyncio.get_running_loop().add_reader(inotify.fileno(), self._take_events)

    def _take_events(self) -> None:
        assert self._inotify is not None  # noqa: S101 - only watched while it is there
        for event in self._inotify.read(timeout=0):
            if event.mask & flags.Q_OVERFLOW:
                self._complete = False
            elif event.name and not event.mask & flags.ISDIR and event.wd in self._folders:
                path = (self._folders[event.wd] / event.name).relative_to(self._root).as_posix()
                if path in self._copies.paths:
                    self._opened.add(path)


def _is_note(entry: bytes, root: bytes) -> bool:
    """Say whether an entry is what the hook writes: of a path that is below the root, or is the root."""
    letter, sign, path = chr(entry[0]) if entry else "", entry[1:2], entry[2:]
    return letter in LETTERS and sign in (b"+", b"-") and (path + b"/").startswith(root + b"/")


def _size_and_time(path: Path) -> tuple[int, int] | None:
    """Return size and time of writing; None if there is no such file."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns
