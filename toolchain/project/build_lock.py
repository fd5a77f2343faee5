"""One build at a time in a folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from filelock import FileLock, Timeout

from toolchain.base import aside
from toolchain.base.decoding import read_whole
from toolchain.base.files import remember
from toolchain.messages.progress import Note, Reporter
from toolchain.project.settings import Settings

LOCK, OWNER = ".lock", "building"
PROCESS = 20
"""Digits that the number of a process may have."""


@contextmanager
def hold(settings: Settings, reporter: Reporter) -> Iterator[bool]:
    """Wait until no other build works in this folder, saying for whose end, and keep others out until this one ends.

    What killed builds have left aside goes. Gives whether another build was waited for.
    """
    settings.build.mkdir(parents=True, exist_ok=True)
    owner = settings.build / OWNER
    lock = FileLock(settings.build / LOCK)
    waited = False
    try:
        lock.acquire(timeout=0)
    except Timeout:
        waited = True
        first = read_whole(owner, limit=PROCESS) or b""
        process = first.decode() if first.isdigit() else "unknown"
        reporter(Note(text=f"waiting for another build in this folder (process {process})"))
        lock.acquire()
    try:
        aside.sweep(settings.build)
        aside.sweep_temporary()
        with suppress(OSError):  # it is for a message only
            remember(owner, str(os.getpid()).encode())
        yield waited
    finally:
        with suppress(OSError):
            owner.unlink()
        lock.release()
