"""Digests of files, and writes that no reader ever sees half done."""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

CHUNK = 1 << 20


def sha256_bytes(data: bytes) -> str:
    """Return the hex digest of some bytes."""
    return hashlib.sha256(data).hexdigest()


def copy_aside(source: Path, target: Path) -> None:
    """Copy a file so that the target is either the old one or all of the new one."""
    aside = target.with_name(f"{target.name}.part")
    shutil.copyfile(source, aside)
    aside.replace(target)


def sha256_file(path: Path) -> str:
    """Return the hex digest of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def sha256_lines(lines: Iterable[str]) -> str:
    """Return the hex digest of lines of text; in names of files there may be bytes that are none."""
    return sha256_bytes("\n".join(lines).encode(errors="surrogateescape"))


def write_atomically(path: Path, content: bytes) -> None:
    """Write aside, flush to disk and rename: the file has its old content or its new one, never half of it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_aside(path, content)
    except OSError as error:
        # A full disk names no file, and the one beside is nothing that a person knows.
        error.filename = str(path)
        raise


def _write_aside(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        # mkstemp makes files private; what we write is for everyone who may read the folder.
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def is_file(path: Path) -> bool:
    """Say whether a file is there; a name that somebody typed may be one that no file system can have."""
    return os.path.isfile(path)  # noqa: PTH113 - Path.is_file raises an error for such a name


def is_text(name: str) -> bool:
    """Say whether a name is text, of whatever language; the bytes of some are none, and Python has half characters there."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, sorted; caches, editors' files and everything hidden left out.

    Links are followed, but not those that lead back to a folder that they are in: there would be no end of files.
    """
    return (path for path in _below(folder) if path.is_file())


def odd_below(folder: Path) -> Iterator[Path]:
    """Yield what looks like a file and is none: pipes, devices, links to nothing, and those that lead back."""
    return (path for path in _below(folder) if not path.is_file())


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()) if os.path.isdir(folder) else ():  # noqa: PTH112 - as `is_file`
        if path.name.startswith(".") or path.name == "__pycache__" or path.name.endswith("~"):
            continue
        if path.is_dir() and not leads_back(path):
            yield from _below(path)
        else:
            yield path


def leads_back(path: Path) -> bool:
    """Say whether a path is a link to a folder that it is in."""
    return path.is_symlink() and path.exists() and any(map(path.samefile, path.parents))


def remove_unused(folder: Path, seconds: float) -> None:
    """Remove the files in a folder that have not been written or touched for `seconds`."""
    oldest = time.time() - seconds
    for path in folder.glob("*"):
        with suppress(OSError):  # another process does so, too
            if path.stat().st_mtime < oldest:
                path.unlink()
