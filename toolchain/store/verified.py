"""Notebooks that were read and verified in this run, so that the stages of a build read and hash each once."""

import threading
from collections import OrderedDict

MOST = 256 << 20
"""Bytes that are kept; of more, what was asked for last."""


class VerifiedBlobs:
    """Notebooks by their digests. May be used from any thread."""

    def __init__(self, most: int = MOST) -> None:
        """Keep up to so many bytes."""
        self._most = most
        self._lock = threading.Lock()
        self._blobs: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    def get(self, digest: str) -> bytes | None:
        """Return a notebook; None if it is not kept."""
        with self._lock:
            if digest in self._blobs:
                self._blobs.move_to_end(digest)
            return self._blobs.get(digest)

    def keep(self, digest: str, notebook: bytes) -> None:
        """Keep a notebook whose digest has been compared with its content."""
        with self._lock:
            if digest in self._blobs or len(notebook) > self._most:
                return
            self._blobs[digest] = notebook
            self._bytes += len(notebook)
            while self._bytes > self._most:
                _, oldest = self._blobs.popitem(last=False)
                self._bytes -= len(oldest)
