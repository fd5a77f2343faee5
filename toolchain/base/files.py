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
    """Return the hex digest of lines of text."""
    # Among them names of files, which need not be UTF-8.
    return sha256_bytes("\n".join(lines).encode(errors="surrogatepass"))


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


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, sorted; caches, editors' files and everything hidden left out.

    A link to a folder that it is in leads nowhere: whoever followed it would come round without end.
    """
    yield from _files_below(folder, frozenset())


def _files_below(folder: Path, above: frozenset[tuple[int, int]]) -> Iterator[Path]:
    """Yield the files below a folder; `above` says on which devices which folders are that it is in."""
    if not os.path.isdir(folder):  # noqa: PTH112 - as `is_file`
        return
    stat = folder.stat()
    here = (stat.st_dev, stat.st_ino)
    for path in sorted(folder.iterdir()) if here not in above else ():
        if path.name.startswith(".") or path.name == "__pycache__" or path.name.endswith("~"):
            continue
        if path.is_dir():
            yield from _files_below(path, above | {here})
        elif path.is_file():
            yield path


def links_back(folder: Path) -> Iterator[Path]:
    """Yield the links below a folder that lead to a folder which they are in."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() and path.is_dir() and path.parent.resolve().is_relative_to(path.resolve()):
            yield path


def is_utf8(name: str) -> bool:
    """Say whether the name of a file is text, as it has to be wherever it is written down."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it, whatever is there; what cannot be removed stays."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def remove_unused(folder: Path, seconds: float) -> None:
    """Remove the files in a folder that have not been written or touched for `seconds`."""
    oldest = time.time() - seconds
    for path in folder.glob("*"):
        with suppress(OSError):  # another process does so, too
            if path.stat().st_mtime < oldest:
                path.unlink()
