"""Digests of files: one is read only if it looks different from last time."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from toolchain.base.decoding import read_json
from toolchain.base.files import entries_below, is_file, is_utf8, remember, sha256_file, sha256_lines

SETTLED_NS = 2_000_000_000
"""A file that was written less long ago is not remembered: the clocks of file systems cannot tell two writes apart."""


class Digest(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A file's digest and what the file looked like then."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    sha256: str


class Digests:
    """Digests of files: one that looks as it did when its digest was taken is not read again.

    Whoever writes to a file, or puts another in its place, changes its time of change or its inode: nobody but the system
    sets these, and root by turning its clock.
    """

    def __init__(self, remembered: Mapping[str, Digest] | None = None) -> None:
        """Remember what was seen before, by path."""
        self._remembered = dict(remembered or {})
        self._seen: dict[str, Digest] = {}

    def of(self, path: str | Path) -> str:
        """Return a file's digest; read it only if it looks different from last time. Raises OSError if it cannot be read."""
        return self._of(str(path), os.stat(path))  # noqa: PTH116 - thousands are asked for

    def of_any(self, path: Path) -> str:
        """Return the digest of what may be no file, or not be there: empty then."""
        return self.of(path) if is_file(path) else ""

    def seen(self) -> dict[str, Digest]:
        """Return what was looked at until now, by path."""
        return dict(self._seen)

    def lasting(self) -> dict[str, Digest]:
        """Return what was looked at and may be remembered."""
        settled = time.time_ns() - SETTLED_NS
        return {
            name: digest
            for name, digest in self._seen.items()
            if max(digest.mtime_ns, digest.ctime_ns) < settled
        }

    def _of(self, name: str, stat: os.stat_result) -> str:
        known = self._seen.get(name) or self._remembered.get(name)
        if (
            known is None
            or known.mtime_ns != stat.st_mtime_ns
            or known.ctime_ns != stat.st_ctime_ns
            or known.size != stat.st_size
            or known.inode != stat.st_ino
        ):
            looks = (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
            known = Digest(*looks, sha256=sha256_file(Path(name)))
        self._seen[name] = known
        return known.sha256


class FileDigests(Digests):
    """Digests of files, remembered in a file from run to run."""

    def __init__(self, path: Path) -> None:
        """Remember in a file."""
        self._path = path
        super().__init__(read_json(path, dict[str, Digest]))

    def of_folder(self, folder: Path, *, written: bool = False) -> Iterator[str]:
        """Yield a line with digest and path for each file below a folder, the paths relative to the folder's own."""
        return self.lines(folder, folder.parent, written=written)

    def lines(self, folder: Path, relative_to: Path, *, written: bool = False) -> Iterator[str]:
        """Yield a line with digest and path for each file below a folder; `written` as for `files_below`."""
        start = len(str(relative_to)) + 1
        for entry in entries_below(folder, written=written):
            with suppress(FileNotFoundError):  # it was removed as we looked
                yield f"{self._of(entry.path, entry.stat())} {entry.path[start:]}"

    def whole(self, folder: Path) -> tuple[str, int, int]:
        """Return the digest of all files below a folder with their paths in it, how many they are and their bytes."""
        files, before = [], len(str(folder)) + 1
        size = 0
        for entry in entries_below(folder):
            stat = entry.stat()
            size += stat.st_size
            files.append(f"{self._of(entry.path, stat)} {entry.path[before:].replace(os.sep, '/')}")
        return sha256_lines(files), len(files), size

    def save(self) -> None:
        """Remember what was looked at; what is gone is forgotten then."""
        learnt = {
            name: digest
            for name, digest in self.lasting().items()
            if self._remembered.get(name) is not digest and is_utf8(name)
        }
        if not learnt:
            return
        there = {
            name: digest
            for name, digest in self._remembered.items()
            if name in self._seen or os.path.exists(name)  # noqa: PTH110 - any name may be remembered
        }
        self._remembered = there | learnt
        with suppress(OSError):  # what cannot be remembered is read again
            remember(self._path, msgspec.json.encode(self._remembered))
