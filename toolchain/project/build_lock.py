"""One build at a time in a folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from filelock import FileLock, Timeout

from toolchain.base import aside
from toolchain.messages.progress import Note, Reporter
from toolchain.project.settings import Settings

LOCK, OWNER = ".lock", "building"


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
        first = owner.read_text(encoding="utf-8") if owner.is_file() else "unknown"
        reporter(Note(text=f"waiting for another build in this folder (process {first})"))
        lock.acquire()
    try:
        aside.sweep(settings.build)
        aside.sweep_temporary()
        with suppress(OSError):  # it is for a message only
            owner.write_text(str(os.getpid()), encoding="utf-8")
        yield waited
    finally:
        with suppress(OSError):
            owner.unlink()
        lock.release()
