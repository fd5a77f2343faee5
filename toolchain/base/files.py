"""Digests of files, and writes that no reader ever sees half done."""

import hashlib
import os
import time
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from operator import attrgetter
from pathlib import Path

from toolchain.base.aside import file_aside
from toolchain.base.errors import SourceError

CHUNK = 1 << 20
SHARE_CONTENT = 0x40049409
"""Linux's FICLONE."""
NO_SOURCES = frozenset({"_build", "__pycache__", "node_modules", "site-packages"})
"""Names of folders that hold nothing that a person wrote for the project."""
OF_ENVIRONMENT = "pyvenv.cfg"
"""File at the top of a virtual environment."""


def sha256_bytes(data: bytes) -> str:
    """Return the hex digest of some bytes."""
    return hashlib.sha256(data).hexdigest()


def copy_aside(source: Path, target: Path) -> None:
    """Copy a file so that the target is either the old one or all of the new one."""
    import shutil  # noqa: PLC0415 - slow to import

    with file_aside(target) as aside:
        shutil.copyfile(source, aside)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file that may be large: on file systems that can, both have one content until somebody writes to one of them."""
    import shutil  # noqa: PLC0415 - slow to import

    with source.open("rb") as whole, target.open("wb") as copy:
        try:
            from fcntl import ioctl  # noqa: PLC0415 - not there on every system

            ioctl(copy, SHARE_CONTENT, whole.fileno())
        except (ImportError, OSError):
            pass
        else:
            return
    shutil.copyfile(source, target)


def sha256_file(path: Path) -> str:
    """Return the hex digest of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def sha256_lines(lines: Iterable[str]) -> str:
    """Return the hex digest of lines of text; among them may be names of files, which need not be UTF-8."""
    return sha256_bytes("\n".join(lines).encode(errors="surrogatepass"))


def write_atomically(path: Path, content: bytes) -> None:
    """Write aside, flush to disk and rename: the file has its old content or its new one, never half of it."""
    with file_aside(path) as aside:
        aside.write_bytes(content)


def remember(path: Path, content: bytes) -> None:
    """Write what is only made again if it is damaged, and is held to be so unless it is whole: the disk is not waited for."""
    with file_aside(path, flushed=False) as aside:
        aside.write_bytes(content)


def is_file(path: Path) -> bool:
    """Say whether a file is there; a name that somebody typed may be one that no file system can have."""
    return os.path.isfile(path)  # noqa: PTH113 - Path.is_file raises an error for such a name


def named_like(path: Path) -> Path | None:
    """Return what stands at a path, however its letters are put together: an ä is one character, or an a and two dots.

    Keyboards give the one, and some systems keep the other in the names of files. None if there is nothing.
    """
    if os.path.lexists(path):
        return path
    folder = named_like(path.parent) if path != path.parent else None
    if folder is None or path.name.isascii():
        return folder / path.name if folder and os.path.lexists(folder / path.name) else None
    letters = unicodedata.normalize("NFC", path.name)
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - names are enough
    except OSError:
        return None
    return next((folder / name for name in names if unicodedata.normalize("NFC", name) == letters), None)


def is_utf8(name: str | Path) -> bool:
    """Say whether the name of a file is text, as it has to be wherever it is written down; the system takes any bytes."""
    return in_words(name) == str(name)


def in_words(name: str | Path) -> str:
    """Return the name of a file as a message can have it: what is no UTF-8 is shown as its bytes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def files_below(folder: Path, *, written: bool = False) -> Iterator[Path]:
    """Yield the files below a folder, sorted; caches, editors' files and everything hidden left out.

    With `written`, folders are left out as well whose content nobody has written for the project: `is_unwritten`.

    Links are followed, but not those that lead back to a folder that they are in: there would be no end of files.
    Raises SourceError for a name that is no text: neither a page nor a digest nor a message could have it.
    """
    return (Path(entry.path) for entry in entries_below(folder, written=written))


def entries_below(folder: Path, *, written: bool = False) -> "Iterator[os.DirEntry[str]]":
    """Yield the same files as the system lists them, for whoever looks at thousands of them."""
    yield from filter(_is_file, _below(str(folder), folder, [], written=written))


def odd_below(folder: Path, *, written: bool = False) -> Iterator[Path]:
    """Yield what looks like a file and is none: pipes, devices, links to nothing, and those that lead back."""
    found = _below(str(folder), folder, [], written=written)
    yield from (Path(entry.path) for entry in found if not _is_file(entry))


def unwritten_below(folder: Path) -> Iterator[Path]:
    """Yield the folders below a folder that are passed over where only what is `written` counts, hidden ones apart."""
    for entry in _entries(str(folder)):
        if entry.name[0] != "." and _is_folder(entry):
            if is_unwritten(entry.path, entry.name):
                yield Path(entry.path)
            else:
                yield from unwritten_below(Path(entry.path))


def is_unwritten(path: str, name: str) -> bool:
    """Say whether a folder is made by programs: by a build, by the package managers of languages, as an environment."""
    return name in NO_SOURCES or os.path.lexists(os.path.join(path, OF_ENVIRONMENT))  # noqa: PTH118 - many are asked for


def _below(
    folder: str, outermost: Path, found: "list[os.DirEntry[str]]", *, written: bool
) -> "list[os.DirEntry[str]]":
    """Add to what was `found` all that is in a folder and in the folders within it, and return that."""
    for entry in _entries(folder):
        name = entry.name
        if name[0] == "." or name[-1] == "~" or name == "__pycache__":
            continue
        if not (name.isascii() or is_utf8(name)):
            raise SourceError(
                f"{in_words(Path(entry.path).relative_to(outermost.parent))}: its name is not UTF-8",
                remedy="Rename it.",
            )
        if _is_folder(entry):
            if not (written and is_unwritten(entry.path, name)):
                _below(entry.path, outermost, found, written=written)
        else:
            found.append(entry)
    return found


def _entries(folder: str) -> "list[os.DirEntry[str]]":
    """Return what is in a folder, sorted by name; nothing if it is none."""
    try:
        entries = os.scandir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, ValueError):
        if os.path.isdir(folder):  # noqa: PTH112 - as `is_file`
            raise
        return []
    with entries:
        return sorted(entries, key=attrgetter("name"))


def _is_file(entry: "os.DirEntry[str]") -> bool:
    # Of links that lead to themselves only Path says that they are none.
    return Path(entry.path).is_file() if entry.is_symlink() else entry.is_file()


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    """Say whether something is a folder to look into: a link that leads back to one that it is in is none."""
    if not entry.is_symlink():
        return entry.is_dir()
    path = Path(entry.path)
    return path.is_dir() and not leads_back(path)


def leads_back(path: Path) -> bool:
    """Say whether a path is a link to a folder that it is in."""
    return path.is_symlink() and path.exists() and any(map(path.samefile, path.parents))


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it, whatever is there; what cannot be removed stays."""
    import shutil  # noqa: PLC0415 - as above

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
