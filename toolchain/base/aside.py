"""What is made aside and takes its place when it is whole, and what a process that was killed has left of that.

One rule: it lies in the folder where it will stand, under a name that begins with PREFIX, and is locked as long as its
process lives. The system itself gives the lock up when we die, however that happens. So nobody takes what is being made
for what was left: not for a process number used again, not from another container that sees the same folder and other
processes. And one sweep finds all that was left, whoever it was that made it.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from toolchain.base.refusals import NO_ROOM, refusal

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]

PREFIX = ".aside-"
RUN = "toolchain-run."
"""Begins the names of folders among the system's temporary files, where everybody's are; other versions have others."""
LONG_AGO_SECONDS = 7 * 24 * 3600.0
"""Where nothing can be locked, on some file systems of other machines, only what is older than this was left."""


@contextmanager
def file_aside(path: Path, *, flushed: bool = True) -> Iterator[Path]:
    """Give a file to write: it is flushed to disk and takes the place of `path` at the end, unless that fails.

    Unless it is `flushed`, it may be damaged after a power failure, and what it replaces is gone.

    Raises OSError, with `path` as its file: a full disk names none, and the one aside is nothing that a person knows.
    """
    aside = path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _held(lambda: _new_file(path.parent)) as (aside, _):
            try:
                yield aside
                # What is made aside is private; what we write is for everyone who may read the folder.
                aside.chmod(0o644)
                if flushed:
                    _flush(aside)
                aside.replace(path)
            except BaseException:
                with suppress(OSError):
                    aside.unlink()
                raise
    except OSError as error:
        _name(error, path, aside)
        raise


@contextmanager
def folder_aside(path: Path) -> Iterator[Path]:
    """Give an empty folder to fill: it takes the place of the folder `path` at the end, unless that fails.

    Raises OSError, with a file of `path`, for whatever the system refuses, however it was wrapped.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with folder_for_now(path.parent, PREFIX) as aside:
        try:
            yield aside
        except Exception as error:
            refused = refusal(error)
            if refused is None:
                raise
            refused.filename = str(refused.filename or path).replace(str(aside), str(path))
            raise refused from error
        put_in_place(aside, path)


def put_in_place(aside: Path, path: Path) -> None:
    """Put a folder that was made aside in its place, in a moment: what was there before is removed afterwards."""
    aside.chmod(0o755)
    with folder_for_now(path.parent, PREFIX) as before:
        with suppress(FileNotFoundError):
            path.rename(before / path.name)
        aside.rename(path)


@contextmanager
def folder_for_now(within: Path | None = None, prefix: str = RUN) -> Iterator[Path]:
    """Give a folder and remove it at the end, in the system's folder for temporary files if nothing else is said."""
    import shutil  # noqa: PLC0415 - slow to import, and mostly nothing is made
    import tempfile  # noqa: PLC0415 - as above

    with _held(lambda: Path(tempfile.mkdtemp(prefix=prefix, dir=within))) as (path, _):
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove what killed processes have left anywhere below a folder."""
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            if name.startswith(PREFIX):
                _remove_if_left(Path(parent, name))
        folders[:] = (name for name in folders if not name.startswith(PREFIX))


def sweep_temporary(within: Path | None = None) -> None:
    """Remove the temporary folders of runs that were killed; `within` another than the system's for temporary files."""
    import tempfile  # noqa: PLC0415 - as above

    for path in (within or Path(tempfile.gettempdir())).glob(f"{RUN}*"):
        _remove_if_left(path)


@contextmanager
def _held(make: Callable[[], Path]) -> Iterator[tuple[Path, int]]:
    """Give what `make` makes, locked, and its handle."""
    path, handle = _made_and_locked(make)
    try:
        yield path, handle
    finally:
        if handle >= 0:
            os.close(handle)


def _made_and_locked(make: Callable[[], Path]) -> tuple[Path, int]:
    """Make something and lock it; again if a sweep was faster than the lock, and took it for left behind."""
    while True:
        path = make()
        if fcntl is None:
            return path, -1  # pragma: no cover - Windows
        with suppress(FileNotFoundError):
            handle = _opened(path)
            _locked(handle, wait=True)
            if _is_at(handle, path):
                return path, handle
            os.close(handle)


def _new_file(folder: Path) -> Path:
    import tempfile  # noqa: PLC0415 - as above

    handle, path = tempfile.mkstemp(prefix=PREFIX, dir=folder)
    os.close(handle)
    return Path(path)


def _flush(path: Path) -> None:
    """Have a file on the disk: what takes another's place before that may be empty when the power has failed."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _name(error: OSError, path: Path, aside: Path) -> None:
    """Let an error name the file that was to be written; one of another file, which is copied, keeps its name."""
    if error.errno in NO_ROOM or error.filename in (None, str(aside), str(path.parent)):
        error.filename, error.filename2 = str(path), None


def _remove_if_left(path: Path) -> None:
    with suppress(OSError):  # another user's, or another sweep was here
        handle = _opened(path) if fcntl else -1
        try:
            locked = _locked(handle, wait=False)
            long_ago = time.time() - path.lstat().st_mtime > LONG_AGO_SECONDS
            if locked or (locked is None and long_ago):
                if path.is_dir():
                    import shutil  # noqa: PLC0415 - as above

                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink()
        finally:
            if handle >= 0:
                os.close(handle)


def _opened(path: Path) -> int:
    """Open a file or a folder to lock it: file systems of other machines want files open for writing."""
    return os.open(path, os.O_NOFOLLOW | (os.O_RDONLY if path.is_dir() else os.O_RDWR))


def _locked(handle: int, *, wait: bool) -> bool | None:
    """Lock what is open, and say whether that could be done; None where nothing can be locked."""
    if fcntl is None:
        return None  # pragma: no cover - Windows
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _is_at(handle: int, path: Path) -> bool:
    """Say whether what is open is still what lies at a path."""
    return os.path.samestat(os.fstat(handle), path.stat())
