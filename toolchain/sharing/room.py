"""Keeps several large notebooks from being in memory at the same time."""

from contextlib import AbstractContextManager, nullcontext
from threading import Lock

LARGE = 10_000_000
"""Bytes of a notebook that others wait for."""


class Room:
    """Memory for notebooks: for as many small ones as there are requests, and for one large one."""

    def __init__(self) -> None:
        """Begin with nothing in it."""
        self._lock = Lock()

    def of(self, size: int) -> AbstractContextManager[object]:
        """Return what to hold as long as so many bytes are needed."""
        return self._lock if size > LARGE else nullcontext()
