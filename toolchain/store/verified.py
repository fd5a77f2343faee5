"""Notebooks that were read and verified in this run, so that the stages of a build read and hash each once."""

import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

MOST = 16 << 20
"""Bytes that are kept; of more, what was asked for last. What is not kept is read again, and not hashed again."""
SETTLED_NS = 50_000_000
"""A file that was written less long ago can be written again without looking different: clocks of file systems are coarse."""


class _Verified(NamedTuple):
    """A notebook and what its file looked like when it was read."""

    looks: tuple[int, ...]
    notebook: bytes | None
    """None if it is not kept."""


class VerifiedBlobs:
    """Notebooks by their files. May be used from any thread."""

    def __init__(self, most: int = MOST) -> None:
        """Keep up to so many bytes."""
        self._most = most
        self._lock = threading.Lock()
        self._notebooks: OrderedDict[Path, _Verified] = OrderedDict()
        self._bytes = 0

    def get(self, path: Path) -> bytes | None:
        """Return a notebook; None if it is not kept, or if its file looks different by now."""
        with self._lock:
            verified = self._notebooks.get(path)
            if verified is None:
                return None
            if verified.looks != looks_of(path):
                self._bytes -= len(self._notebooks.pop(path).notebook or b"")
                return None
            self._notebooks.move_to_end(path)
            return verified.notebook

    def is_known(self, path: Path, looks: tuple[int, ...]) -> bool:
        """Say whether what was just read of a file is what was verified; `looks` is what it looked like before."""
        with self._lock:
            verified = self._notebooks.get(path)
        return verified is not None and verified.looks == looks == looks_of(path)

    def keep(self, path: Path, looks: tuple[int, ...], notebook: bytes) -> None:
        """Keep a notebook whose digest has been compared with its content.

        `looks` is what its file looked like before it was read.
        """
        if not self._most or not looks or time.time_ns() - max(looks[1:3]) < SETTLED_NS:
            return
        with self._lock:
            before = self._notebooks.pop(path, None)
            self._bytes += len(notebook) - len((before and before.notebook) or b"")
            self._notebooks[path] = _Verified(looks, notebook)
            for other, kept in list(self._notebooks.items()) if self._bytes > self._most else ():
                self._notebooks[other] = kept._replace(notebook=None)
                self._bytes -= len(kept.notebook or b"")
                if self._bytes <= self._most:
                    break


def looks_of(path: Path) -> tuple[int, ...]:
    """Return size, times and inode of a file, one of which differs when it has been written; empty if there is none."""
    try:
        stat = path.stat()
    except OSError:
        return ()
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino
