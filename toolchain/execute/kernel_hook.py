"""Runs in a notebook's kernel, and in every Python that it starts, before anything else: notes what the code asks of files.

Its text is part of every result's key, so every change has all notebooks run again. It knows nothing but the standard
library of whatever Python the book has, and it must never fail and never be slow.

An entry of the log is a letter, a `+` if something was there when it was first asked and a `-` if not, the path and a zero
byte. The letters: `f` for the content of a file, `k` for what kind of thing is there, `s` for its size as well; `n` for the
names in a folder, `e` for their kinds as well, `z` for their sizes as well; `p` for a program that is none of these Pythons,
and that may have asked anything.
"""

from __future__ import annotations

import os
import sys
from functools import update_wrapper

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

KIND_ONLY = frozenset(
    (
        *("exists", "isdir", "isfile", "islink", "ismount", "lexists"),
        *("is_block_device", "is_char_device", "is_dir", "is_fifo"),
        *("is_file", "is_mount", "is_socket", "is_symlink"),
    )
)
"""Functions of the standard library that ask for a file's status and tell no more than its kind."""
PATHS = frozenset(("genericpath", "ntpath", "pathlib", "posixpath"))
"""Where these are."""
KINDS_OF_ENTRIES = frozenset(("_walk", "fwalk", "walk"))
"""Functions of `os` that list folders and tell which entries are folders."""
UNTOLD = frozenset(("_joinrealpath", "realpath", "resolve"))
"""Functions that ask whether each folder of a path is a symbolic link; none is in a copy."""
UNTOLD_MODULES = frozenset(("importlib", "inspect", "linecache", "zipimport"))
"""Modules that look for code; which modules a folder has is looked after separately."""
ISOLATING = frozenset("EIS")
"""Options of Python that keep this file from being loaded."""
BLIND = frozenset(("fc-list", "getconf", "ldconfig", "lscpu", "nvidia-smi", "sysctl", "uname"))
"""Programs that tell of the machine, and ask nothing about the files around them; kernels start some of them."""
PROGRAMS = frozenset(("os.exec", "os.posix_spawn", "os.spawn", "os.system"))


class _Hook:
    """Notes what is asked about places below the scratch folder, each question once."""

    def __init__(self, scratch: str, log: str, start: str) -> None:
        """Write into the file `log`; `start` is the folder from which Python loads this one."""
        self.scratch, self.log, self.start = scratch, log, start
        self.seen: set[tuple[str, str]] = set()
        self.status = os.lstat  # before it is one of ours
        self.write(b"")

    def write(self, entry: bytes) -> None:
        """Write to the log, which is opened each time: before another program begins, all that is open may be closed."""
        log = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(log, entry)
        finally:
            os.close(log)

    def note(self, letter: str, path: Any) -> None:
        path = os.path.normpath(os.path.join(os.getcwd(), os.fsdecode(path)))
        if not (path + os.sep).startswith(self.scratch + os.sep) or (letter, path) in self.seen:
            return
        self.seen.add((letter, path))
        try:
            self.status(path)
            there = "+"
        except (OSError, ValueError):
            there = "-"
        self.write(f"{letter}{there}{path}\0".encode("utf-8", "surrogateescape"))

    def on_event(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Look at what Python is about to do."""
        try:
            if event == "open":
                path, _, flags = arguments
                if not isinstance(path, int) and flags & (os.O_WRONLY | os.O_RDWR) != os.O_WRONLY:
                    self.note("f", path)
            elif event in ("os.listdir", "os.scandir"):
                self.on_listing(event, arguments[0], sys._getframe(1))
            elif event in PROGRAMS or (event == "subprocess.Popen" and not self.is_traced(*arguments)):
                self.note("p", self.scratch)
        except Exception:
            pass

    def on_listing(self, event: str, path: Any, frame: FrameType) -> None:
        # The import system and its metadata list the folders of sys.path.
        module = _module(frame)
        if module in UNTOLD_MODULES or "importlib" in frame.f_code.co_filename:
            return
        kinds = module in ("glob", "pathlib") or (module == "os" and frame.f_code.co_name in KINDS_OF_ENTRIES)
        letter = "n" if event == "os.listdir" else "e" if kinds else "z"
        self.note(
            letter, os.curdir if path is None else _of_descriptor(path) if isinstance(path, int) else path
        )

    def is_traced(self, program: Any, words: Any, _folder: Any, variables: Any) -> bool:
        """Tell whether a program that is started asks nothing, or is a Python that loads this file."""
        if os.path.basename(os.fsdecode(program)) in BLIND:
            return True
        if variables is None:
            variables = os.environ
        own = {os.fsdecode(name): os.fsdecode(value) for name, value in variables.items()}
        if own.get("TOOLCHAIN_TRACE") != self.log or not own.get("PYTHONPATH", "").startswith(self.start):
            return False
        if isinstance(words, (str, bytes)) or os.fsdecode(program) != sys.executable:
            return False
        for word in map(os.fsdecode, words[1:]):
            if not word.startswith("-") or word in ("-c", "-m"):
                break
            if ISOLATING.intersection(word):
                return False
        return True

    def on_question(self, letter: str, arguments: Any, options: Any, frame: FrameType) -> None:
        """Note that a file's status was asked for by the function of `frame`."""
        path, folder = arguments[0] if arguments else options.get("path"), options.get("dir_fd")
        while (
            frame.f_code.co_name in ("lstat", "stat") and _module(frame) in PATHS and frame.f_back is not None
        ):
            frame = frame.f_back
        module, function = _module(frame), frame.f_code.co_name
        if isinstance(path, int) or module in UNTOLD_MODULES or (module in PATHS and function in UNTOLD):
            return
        if folder is not None:
            path = os.path.join(_of_descriptor(folder), os.fsdecode(path))
        self.note("k" if module in PATHS and function in KIND_ONLY else letter, path)


class _Asking:
    """Does what a function of `os` does and is noted: what asks without opening has no event.

    No function itself, as functions of C are none for Python: kept in a class, they become no methods of it.
    """

    def __init__(self, hook: _Hook, letter: str, function: Callable[..., Any]) -> None:
        self.hook, self.letter, self.function = hook, letter, function
        update_wrapper(self, function)
        self.__module__ = "os"

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        try:
            self.hook.on_question(self.letter, arguments, options, sys._getframe(1))
        except Exception:
            pass
        return self.function(*arguments, **options)

    def __repr__(self) -> str:
        return repr(self.function)

    def __reduce__(self) -> str:
        return self.function.__name__


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _of_descriptor(number: int) -> str:
    return os.readlink(f"/proc/self/fd/{number}")


def _install() -> None:
    start = os.environ["PYTHONPATH"].split(os.pathsep)[0]
    hook = _Hook(os.environ["TOOLCHAIN_SCRATCH"], os.environ["TOOLCHAIN_TRACE"], start)
    abilities = (os.supports_dir_fd, os.supports_effective_ids, os.supports_fd, os.supports_follow_symlinks)
    for name, letter in (("access", "k"), ("lstat", "s"), ("readlink", "k"), ("stat", "s")):
        function = getattr(os, name, None)
        if function is not None:
            asking = _Asking(hook, letter, function)
            for able in abilities:
                if function in able:
                    able.add(asking)
            setattr(os, name, asking)
    sys.addaudithook(hook.on_event)


if "TOOLCHAIN_TRACE" in os.environ:
    _install()
