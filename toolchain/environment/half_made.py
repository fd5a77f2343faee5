"""Environments that were never finished: whoever made them was killed, and nobody may ask for the same ones again."""

import shutil
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

COMPLETE = "toolchain-kernel.json"
"""File of an environment that is finished; it is written last."""


def lock_of(environment: Path) -> Path:
    """Return the file that is locked while an environment is made."""
    return environment.with_suffix(".lock")


def requirements_of(environment: Path) -> Path:
    """Return the file that an environment is installed from, beside it: another machine's lock is no file here."""
    return environment.with_suffix(".txt")


def sweep(environments: Path) -> None:
    """Remove the environments in a folder that are not finished, and that nobody is making."""
    for path in environments.iterdir():
        if path.is_dir() and not (path / COMPLETE).exists():
            with suppress(OSError, Timeout), FileLock(lock_of(path), timeout=0):
                if not (path / COMPLETE).exists():
                    shutil.rmtree(path, ignore_errors=True)
                    requirements_of(path).unlink(missing_ok=True)
