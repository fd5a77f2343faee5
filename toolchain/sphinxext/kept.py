"""What Sphinx keeps from run to run is what it left, or is made again: pickles that somebody else wrote are never opened.

A tree that is damaged ends Sphinx only when its page is written, and one that can still be read may say anything.
"""

from pathlib import Path

import msgspec

from toolchain.base.decoding import read_json
from toolchain.base.files import files_below, remove, sha256_file, write_atomically


class Kept:
    """The files that Sphinx reads back, with their digests as they were when it last ended well."""

    def __init__(self, file: Path, folders: tuple[Path, ...]) -> None:
        """Remember in a file; `folders` hold trees, the environment, pictures that outputs were."""
        self._file = file
        self._folders = folders

    def drop_damaged(self) -> None:
        """Remove all of it unless it is as it was left: then Sphinx reads every page again."""
        if read_json(self._file, dict[str, str]) != self._digests():
            self.drop()

    def drop(self) -> None:
        """Remove all of it."""
        for folder in self._folders:
            remove(folder)

    def remember(self) -> None:
        """Sphinx has ended well, and this is what it has left."""
        write_atomically(self._file, msgspec.json.encode(self._digests(), order="sorted"))

    def _digests(self) -> dict[str, str]:
        return {
            path.relative_to(folder.parent).as_posix(): sha256_file(path)
            for folder in self._folders
            for path in files_below(folder)
        }
