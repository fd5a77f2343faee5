"""What the system refuses as files are read and written: which file it was, and what a person can do about it."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from toolchain.base.units import human_size

BUILD = "_build"
"""The folder of a project where everything is that is made."""
STORE = "store"
"""The folder in it of the results, which alone cannot be made again at once."""
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
AGAIN = "then build again: the results that were finished are kept, and the others are computed."
REMEDIES = {
    errno.ENOSPC: f"Free some space, {AGAIN}",
    errno.EDQUOT: f"Free some space, {AGAIN}",
    errno.EFBIG: f"Raise the limit for the size of files, with `ulimit -f unlimited`, {AGAIN}",
    errno.EROFS: f"Mount its disk for writing, {AGAIN}",
    errno.EACCES: f"Make it writable for this user, with `chmod -R u+rwX` as its owner for instance, {AGAIN}",
    errno.EPERM: f"Make it writable for this user, {AGAIN}",
    errno.EIO: "Its disk fails, or what connects it: look at the system's log before anything else is written there.",
    errno.ESTALE: f"Mount its disk anew, {AGAIN}",
    errno.EMFILE: f"Raise the limit for open files, with `ulimit -n 4096`, {AGAIN}",
    errno.ENFILE: f"Close other programs, {AGAIN}",
    errno.ENOMEM: f"Let less run beside it, {AGAIN}",
    errno.ENAMETOOLONG: "Give it a shorter name, or the project a shorter path.",
    errno.ELOOP: "Remove the link: it leads back to itself.",
    errno.EEXIST: "Move away what stands in its place.",
    errno.EISDIR: "Move away the folder that stands in its place.",
    errno.ENOTDIR: "Move away the file that stands in the place of a folder.",
}
OF_THE_MACHINE = (
    *NO_ROOM,
    errno.EFBIG,
    errno.EROFS,
    errno.EIO,
    errno.ESTALE,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOMEM,
)
"""Refusals that say nothing of the file that they met."""
OF_SQLITE = {
    "database or disk is full": errno.ENOSPC,
    "disk I/O error": errno.EIO,
    "attempt to write a readonly database": errno.EROFS,
}
"""What SQLite says of the same refusals."""
PROBE_BYTES = 1 << 20


def refusal(error: BaseException) -> OSError | None:
    """Return the system's refusal that an exception comes from, however it was wrapped; None if it comes from none."""
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.errno in REMEDIES:
            return cause
        if _is_of_sqlite(cause):
            number = next((number for words, number in OF_SQLITE.items() if words in str(cause)), None)
            if number:
                return OSError(number, os.strerror(number))
    return None


def refusal_in(folder: Path, said: str = "") -> OSError | None:
    """Return why nothing can be written to a folder, or what another program has `said` of that; None if nothing is wrong.

    What a program says as it fails of it is seldom clear, and may be in no log at all: that had no room.
    """
    for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO):
        if os.strerror(number) in said:
            return OSError(number, os.strerror(number))
    import tempfile  # noqa: PLC0415 - slow to import, and mostly nothing is refused

    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as stream:
            stream.write(bytes(PROBE_BYTES))
            os.fsync(stream.fileno())
    except OSError as error:
        return OSError(error.errno, error.strerror) if error.errno in REMEDIES else None
    return None


def refused_in(said: object, build: Path) -> Iterator[OSError]:
    """Yield the refusals among what a message is made of, such as a logger's arguments, that no author can mend.

    A picture that may not be read is one that an author can mend; a file below `build` is none of theirs.
    """
    for error in said if isinstance(said, tuple) else ():
        if isinstance(error, OSError):
            ours = build in Path(os.fsdecode(error.filename or "")).parents and error.errno in REMEDIES
            if ours or error.errno in OF_THE_MACHINE:
                yield error


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let a refusal that names no file, as a full disk's does, name this one."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


def sentence(error: OSError, place: Path) -> str:
    """Return what is refused; `place` is where it was, unless the system names the file."""
    name = os.fsencode(error.filename or place).decode("utf-8", "backslashreplace")
    return f"{name}: {error.strerror or error}"


def remedy(error: OSError, place: Path) -> str:
    """Return what to do about a refusal; `place` is where it was, unless the system names the file."""
    advice = REMEDIES.get(error.errno or 0, "")
    if error.errno not in NO_ROOM:
        return advice
    with suppress(OSError):
        advice += f"\n{_room(Path(os.fsdecode(error.filename or place)).absolute())}"
    return advice


def _room(path: Path) -> str:
    """Say how much room there is on the disk of a path, and what would give more."""
    import shutil  # noqa: PLC0415 - as above

    there = next(folder for folder in (path, *path.parents) if folder.is_dir())
    free = f"{human_size(shutil.disk_usage(there).free)} are free on the disk of {there}"
    if hasattr(os, "statvfs") and (disk := os.statvfs(there)).f_files and not disk.f_favail:
        free = f"The disk of {there} can hold no more files"
    build = next((folder for folder in path.parents if folder.name == BUILD), None)
    if build is None:
        import tempfile  # noqa: PLC0415 - as above

        elsewhere = path.is_relative_to(tempfile.gettempdir())
        return free + ("; the variable TMPDIR can name a folder on another one." if elsewhere else ".")
    results = _bytes_below(build / STORE)
    made = _bytes_below(build) - results
    return (
        f"{free}; `toolchain clean` frees the {human_size(made)} of what was made there, and `toolchain store gc` says "
        f"which results, of {human_size(results)}, nothing needs."
    )


def _bytes_below(folder: Path) -> int:
    return sum(
        Path(parent, name).lstat().st_blocks * 512 for parent, _, files in os.walk(folder) for name in files
    )


def _is_of_sqlite(error: BaseException) -> bool:
    # Whoever raises its errors has imported it.
    sqlite3 = sys.modules.get("sqlite3")
    return sqlite3 is not None and isinstance(error, sqlite3.Error)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception, and those that it comes from."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        cause = waiting.pop(0)
        if any(cause is earlier for earlier in seen):
            continue
        seen.append(cause)
        yield cause
        waiting += [other for other in (cause.__cause__, cause.__context__) if other]
        waiting += cause.exceptions if isinstance(cause, BaseExceptionGroup) else ()
