"""Files that builds have sent to a machine, by content: each is sent there once, and verified whenever it is used."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from platformdirs import user_cache_path

from toolchain.base.files import CHUNK, remove_unused, sha256_file

OLDEST_SECONDS = 7 * 24 * 3600.0
"""A file that no run has used for so long is removed."""


class DamagedError(Exception):
    """Files that are not there, or not what their names say; they are removed, and are to be sent again."""

    def __init__(self, digests: Iterable[str]) -> None:
        """Name them."""
        self.digests = tuple(digests)
        super().__init__(", ".join(self.digests))


class Inputs:
    """A folder that all worker processes of one person on one machine share."""

    def __init__(self, folder: Path | None = None) -> None:
        """Keep files there."""
        self._folder = folder or user_cache_path("toolchain-inputs", appauthor=False)

    def missing(self, digests: Iterable[str]) -> tuple[str, ...]:
        """Return those that have to be sent; the others are not removed for a while."""
        return tuple(each for each in digests if not self._touch(each))

    def receive(self, digest: str, upload: str, data: bytes, *, last: bool) -> None:
        """Take the next part of a file; with the last one it is there, if it is what its name says.

        `upload` tells two that send the same file at the same time from each other.

        Raises DamagedError if it is not.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f"{digest}.{upload}.part"
        try:
            with part.open("ab") as stream:
                stream.write(data)
        except OSError:  # a full disk: what has come of the file must not fill it any longer
            part.unlink(missing_ok=True)
            raise
        if not last:
            return
        if sha256_file(part) != digest:
            part.unlink()
            raise DamagedError([digest])
        part.replace(self._folder / digest)

    def lay_out(self, files: Mapping[str, str], root: Path) -> tuple[str, ...]:
        """Copy files to their places below `root` and return their paths.

        Raises DamagedError if one is not there or not what its name says.
        """
        bad = {each for path, each in files.items() if not self._copy(each, root / path)}
        if bad:
            raise DamagedError(sorted(bad))
        return tuple(files)

    def sweep(self) -> None:
        """Remove what has not been used for long."""
        remove_unused(self._folder, OLDEST_SECONDS)

    def _touch(self, digest: str) -> bool:
        try:
            os.utime(self._folder / digest)
        except OSError:
            return False
        return True

    def _copy(self, digest: str, target: Path) -> bool:
        """Copy a file; if it is damaged, remove it and say so."""
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
