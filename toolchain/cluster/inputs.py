"""Files that builds have sent to a machine, by content: each is sent there once, and verified whenever it is used."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from platformdirs import user_cache_path

from toolchain.base.files import CHUNK, remove_unused, sha256_file

OLDEST_SECONDS = 7 * 24 * 3600.0
"""A file that no run has used for this long is removed."""


class DamagedError(Exception):
    """Files that are not there, or not what their names say; they are removed, and are to be sent again."""

    def __init__(self, digests: Iterable[str]) -> None:
        """Take the sha256 of the files, which are their names."""
        self.digests = tuple(digests)
        super().__init__(", ".join(self.digests))


class Inputs:
    """The folder of these files, which all worker processes of one person on one machine share."""

    def __init__(self, folder: Path | None = None) -> None:
        """Keep files in `folder`, or else in the person's cache."""
        self._folder = folder or user_cache_path("toolchain-inputs", appauthor=False)

    def missing(self, digests: Iterable[str]) -> tuple[str, ...]:
        """Return the digests of the files that have to be sent; the others are marked as used, so that they stay."""
        return tuple(digest for digest in digests if not self._touch(digest))

    def receive(self, digest: str, upload: str, part: bytes, *, is_last: bool) -> None:
        """Take the next part of a file; with the last part the file is complete and verified.

        `upload` tells two that send the same file at the same time from each other.

        Raises DamagedError if the complete file does not have this digest.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = self._folder / f"{digest}.{upload}.part"
        try:
            with partial.open("ab") as stream:
                stream.write(part)
        except OSError:  # a full disk: what has come of the file must not fill it any longer
            partial.unlink(missing_ok=True)
            raise
        if not is_last:
            return
        if sha256_file(partial) != digest:
            partial.unlink()
            raise DamagedError([digest])
        partial.replace(self._folder / digest)

    def lay_out(self, files: Mapping[str, str], root: Path) -> tuple[str, ...]:
        """Copy files, given as digests by path, to their paths below `root` and return the paths.

        Raises DamagedError if one is not there or not what its digest says.
        """
        damaged = {digest for path, digest in files.items() if not self._copy(digest, root / path)}
        if damaged:
            raise DamagedError(sorted(damaged))
        return tuple(files)

    def sweep(self) -> None:
        """Remove files that have not been used for OLDEST_SECONDS."""
        remove_unused(self._folder, OLDEST_SECONDS)

    def _touch(self, digest: str) -> bool:
        """Mark a file as used now; return whether it is there."""
        try:
            os.utime(self._folder / digest)
        except OSError:
            return False
        return True

    def _copy(self, digest: str, target: Path) -> bool:
        """Copy a file; return whether it was there and intact. A damaged one is removed."""
        source, copied = self._folder / digest, hashlib.sha256()
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            stream = source.open("rb")
        except FileNotFoundError:
            return False
        with stream, target.open("wb") as copy:
            while chunk := stream.read(CHUNK):
                copied.update(chunk)
                copy.write(chunk)
        if copied.hexdigest() == digest:
            return True
        with suppress(OSError):
            source.unlink()
        return False
