"""Notebooks that were read and verified in this run, so that the stages of a build read and hash each once."""

import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

MOST = 64 << 20
"""Bytes that are kept; of more, what was asked for last."""
SETTLED_NS = 50_000_000
"""A file that was written less long ago can be written again without looking different: clocks of file systems are coarse."""


class _Verified(NamedTuple):
    """A notebook and what its file looked like when it was read."""

    looks: tuple[int, ...]
    notebook: bytes


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
                self._bytes -= len(self._notebooks.pop(path).notebook)
                return None
            self._notebooks.move_to_end(path)
            return verified.notebook

    def keep(self, path: Path, looks: tuple[int, ...], notebook: bytes) -> None:
        """Keep a notebook whose digest has been compared with its content.

        `looks` is what its file looked like before it was read.
        """
        if not looks or time.time_ns() - max(looks[1:3]) < SETTLED_NS or len(notebook) > self._most:
            return
        with self._lock:
            if path in self._notebooks:
                return
            self._notebooks[path] = _Verified(looks, notebook)
            self._bytes += len(notebook)
            while self._bytes > self._most:
                _, oldest = self._notebooks.popitem(last=False)
                self._bytes -= len(oldest.notebook)


def looks_of(path: Path) -> tuple[int, ...]:
    """Return size, times and inode of a file, one of which differs when it has been written; empty if there is none."""
    try:
        stat = path.stat()
    except OSError:
        return ()
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino
