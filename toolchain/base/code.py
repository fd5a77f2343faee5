"""Digests of our own code: whether what was made by it earlier is still what it would make."""

from functools import cache
from pathlib import Path

import toolchain
from toolchain.base.files import files_below, sha256_file, sha256_lines

ROOT = Path(toolchain.__file__).parent


@cache
def digest_of_rooms(rooms: tuple[str, ...]) -> str:
    """Return the digest of all files in some of the package's folders, such as `("sources", "base")`.

    Whole folders, and never a list of files that somebody has to remember.
    """
    files = (path for room in rooms for path in files_below(ROOT / room))
    return sha256_lines(
        [
            toolchain.__version__,
            *(f"{path.relative_to(ROOT).as_posix()} {digest_of_file(path)}" for path in files),
        ]
    )


@cache  # several digests are of the same room
def digest_of_file(path: Path) -> str:
    """Return the digest of one of our files, which is read once."""
    return sha256_file(path)
