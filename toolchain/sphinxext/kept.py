"""What Sphinx keeps from run to run is what it left, or is made again: pickles that somebody else wrote are never opened.

A tree that is damaged ends Sphinx only when its page is written, and one that can still be read may say anything. What has not
been touched since its digest was taken, by the times and inodes that only the system sets, is not read again for that.
"""

from pathlib import Path

import msgspec
from msgspec import Struct

from toolchain.base.decoding import decode_json, read_json
from toolchain.base.digests import Digest, Digests
from toolchain.base.files import files_below, remove, write_atomically


class _Kept(Struct, frozen=True):
    """What was left, by the paths of files from the folder that all of them are below."""

    digests: dict[str, str] = {}
    looks: dict[str, Digest] = {}


def digests_in(content: bytes) -> dict[str, str]:
    """Return the digests that a file of `Kept` has, by the files' paths; none if it is damaged."""
    return (decode_json(content, _Kept) or _Kept()).digests


class Kept:
    """The files that Sphinx reads back, with their digests as they were when it last ended well."""

    def __init__(self, file: Path, folders: tuple[Path, ...]) -> None:
        """Remember in a file; `folders`, side by side, hold trees, the environment, pictures that outputs were."""
        self._file = file
        self._folders = folders
        self._looks = Digests()

    def drop_damaged(self) -> None:
        """Remove all of it unless it is as it was left: then Sphinx reads every page again."""
        kept = read_json(self._file, _Kept) or _Kept()
        self._looks = Digests(
            {str(self._folders[0].parent / name): look for name, look in kept.looks.items()}
        )
        if kept.digests != self._digests():
            self.drop()

    def drop(self) -> None:
        """Remove all of it."""
        for folder in self._folders:
            remove(folder)

    def remember(self) -> None:
        """Sphinx has ended well, and this is what it has left."""
        kept = _Kept(
            self._digests(), {self._name(Path(path)): look for path, look in self._looks.lasting().items()}
        )
        write_atomically(self._file, msgspec.json.encode(kept, order="sorted"))

    def _digests(self) -> dict[str, str]:
        return {
            self._name(path): self._looks.of_any(path)
            for folder in self._folders
            for path in files_below(folder)
        }

    def _name(self, path: Path) -> str:
        return path.relative_to(self._folders[0].parent).as_posix()
