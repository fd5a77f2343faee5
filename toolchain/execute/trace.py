"""What a run really read: an audit hook inside the kernel, and a watch on its scratch folder for what Python does not see.

The hook sees what Python opens, lists and fails to open. It does not see what a C++ library, a shell command or another
program reads; on Linux the kernel's inotify does. Where either cannot work, every file of the folder counts as read.
"""

import asyncio
import os
from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from toolchain.base.decoding import read_whole
from toolchain.base.files import is_utf8, sha256_file
from toolchain.model import ABSENT, FileRecord
from toolchain.sources.notebook_files import MODULES, state_of

try:
    from inotify_simple import INotify, flags
except ImportError:  # pragma: no cover - Linux has it
    INotify = None

FILE, FOLDER = b"f", b"d"
KINDS = (FILE, FOLDER)
"""What the hook writes before a path that was opened, or listed."""
MOST_NOTES = 1 << 27
"""Bytes that it may have written of them."""
ALWAYS = "matplotlibrc"
"""Looked for in the folder of the notebook by a library that asks only whether it exists, which nothing can trace."""

# Runs in the kernel and in every Python that it starts, before anything else; it must never fail and never be slow.
HOOK = """\
import os, sys

def _trace():
    root, log = os.environ["TOOLCHAIN_SCRATCH"] + os.sep, os.environ["TOOLCHAIN_TRACE"]
    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.set_inheritable(out, False)
    seen = set()

    def note(kind, path):
        path = os.path.normpath(os.path.join(os.getcwd(), os.fsdecode(path)))
        if (path + os.sep).startswith(root) and (kind, path) not in seen:
            seen.add((kind, path))
            os.write(out, (kind + path + "\\0").encode("utf-8", "surrogateescape"))

    def hook(event, arguments):
        try:
            if event == "open":
                path, _, flags = arguments
                if not isinstance(path, int) and flags & (os.O_WRONLY | os.O_RDWR) != os.O_WRONLY:
                    note("f", path)
            elif event in ("os.listdir", "os.scandir"):
                # The import system and its metadata list the folders of sys.path; modules are looked after separately.
                if "importlib" not in sys._getframe(1).f_code.co_filename:
                    path = arguments[0]
                    if not isinstance(path, int):
                        note("d", os.curdir if path is None else path)
        except Exception:
            pass

    sys.addaudithook(hook)

if "TOOLCHAIN_TRACE" in os.environ:
    _trace()
"""


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
        self._copied = {path: _size_and_time(root / path) for path in files}
        # Of the copies: the sources may be edited while this runs.
        self._digests = {path: sha256_file(root / path) for path in files}

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
        """Return what the run depended on among the files around it; `folder` is the one that it ran in."""
        noted = self._noted() if self._complete else None
        if noted is None:
            return tuple(FileRecord(path=path, sha256=digest) for path, digest in self._digests.items())
        beside = folder.relative_to(self._root).as_posix()
        paths = {f"{beside}/{MODULES}", f"{beside}/{ALWAYS}"} | noted | self._opened
        return tuple(sorted(filter(None, (self._record(path) for path in paths))))

    def _noted(self) -> set[str] | None:
        """Return what the hook has noted below the root; None if the cells, which can write there, too, have spoilt it."""
        notes, root = read_whole(self._log, limit=MOST_NOTES), os.fsencode(self._root)
        *entries, unfinished = notes.split(b"\0") if notes is not None else (b"unreadable",)
        if unfinished or not all(_is_note(entry, root) for entry in entries):
            return None
        paths = {f"{os.fsdecode(entry[1:])}{'/' * (entry[:1] == FOLDER)}" for entry in entries}
        return {path[len(str(self._root)) + 1 :] or "./" for path in paths if is_utf8(path)}

    def made(self, folder: Path) -> tuple[str, ...]:
        """Return what the run left around the `folder` it ran in, besides the copies; of a new folder only its name."""
        laid_out = {self._root / path for path in self._copied} | {folder}
        laid_out |= {parent for path in laid_out for parent in path.parents}
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
        return next(
            (path for path, state in self._copied.items() if _size_and_time(self._root / path) != state), ""
        )

    def _record(self, path: str) -> FileRecord | None:
        """Return the record of an input; None for a path that the notebook itself has made."""
        # Of the copies, here too.
        state = state_of(path, self._digests, lambda file: self._digests[file])
        # A file that the notebook itself made is no input of it. What it looked for may be no name that a file can have.
        if state == ABSENT and os.path.exists(self._root / path):  # noqa: PTH110
            return None
        return FileRecord(path=path, sha256=state)

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
                if path in self._digests:
                    self._opened.add(path)


def _is_note(entry: bytes, root: bytes) -> bool:
    """Say whether an entry is what the hook writes: of a path that is below the root, or is the root."""
    return entry[:1] in KINDS and (entry[1:] + b"/").startswith(root + b"/")


def _size_and_time(path: Path) -> tuple[int, int] | None:
    """Return size and time of writing; None if there is no such file."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns
