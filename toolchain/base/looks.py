"""What files looked like when their digests were taken: one that looks the same has the same content, and is not read again.

Whoever writes to a file, or puts another in its place, changes its time of change or its inode: nobody but the system sets
these, and root by turning its clock. Two writes within a tick of the file system's clock cannot be told apart by them.
"""

import time
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from toolchain.base.files import is_file, sha256_file

SETTLED_NS = 2_000_000_000
"""A file that was changed less long ago is read again next time."""


class Look(Struct, frozen=True, array_like=True):
    """A file's digest, and what the file looked like when it was taken."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    sha256: str


class Looks:
    """Digests of files by what they look like."""

    def __init__(self, known: Mapping[str, Look] | None = None) -> None:
        """Remember what has been seen before, by path."""
        self._known = known or {}
        self._seen: dict[str, Look] = {}

    def of(self, path: Path) -> str:
        """Return a file's digest; empty if it is none."""
        if not is_file(path):
            return ""
        stat, name = path.stat(), str(path)
        look = self._seen.get(name) or self._known.get(name)
        looks = (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
        if look is None or (look.size, look.mtime_ns, look.ctime_ns, look.inode) != looks:
            look = Look(*looks, sha256=sha256_file(path))
        self._seen[name] = look
        return look.sha256

    def lasting(self) -> dict[str, Look]:
        """Return what was seen, to be known next time."""
        settled = time.time_ns() - SETTLED_NS
        return {
            name: look for name, look in self._seen.items() if max(look.mtime_ns, look.ctime_ns) < settled
        }
