"""Folders that a run needs only as long as it lasts, and those that a killed run has left."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = "toolchain-run-"
OVER = "toolchain-over-"
"""Begins the name of a folder that is being removed: whoever finds one may go on with it."""
LOCK = "alive"
SETTLED_SECONDS = 3600.0
"""A folder without a lock was left by a run that was killed as it made it, or is being made right now."""


def scratch_root(temporary: str) -> Path:
    """Return the folder inside a temporary one that stands for the project, as the system itself names it."""
    return Path(temporary).resolve() / "project"


@contextmanager
def temporary_folder(within: Path | None = None) -> Iterator[Path]:
    """Give a folder of our own and remove it at the end; `within` another than the system's for temporary files.

    As long as it is in use a file in it is locked. The system itself gives the lock up when we die, however that
    happens, so nobody can take a living run for a dead one: not for a process number used again, not from another
    container that sees the same folder and other processes.
    """
    path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=within))
    try:
        with FileLock(path / LOCK):
            yield path
    finally:
        with suppress(OSError):
            path = path.rename(path.with_name(path.name.replace(PREFIX, OVER, 1)))
        shutil.rmtree(path, ignore_errors=True)


def sweep(within: Path | None = None) -> None:
    """Remove the temporary folders of runs that were killed."""
    within = within or Path(tempfile.gettempdir())
    for path in within.glob(f"{OVER}*"):
        shutil.rmtree(path, ignore_errors=True)
    for path in within.glob(f"{PREFIX}*"):
        with suppress(OSError):  # another user's, or another build sweeps too
            if not (path / LOCK).exists():
                if time.time() - path.stat().st_mtime > SETTLED_SECONDS:
                    shutil.rmtree(path, ignore_errors=True)
                continue
            with suppress(Timeout), FileLock(path / LOCK, timeout=0):
                shutil.rmtree(path, ignore_errors=True)
