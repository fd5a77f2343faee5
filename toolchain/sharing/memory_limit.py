"""Keeps several large notebooks from being in memory at the same time."""

from contextlib import AbstractContextManager, nullcontext
from threading import Lock

LARGE = 10_000_000
"""A notebook of more bytes than these is held alone: other large ones wait."""


class Room:
    """Memory for notebooks: for as many small ones as there are requests, and for one large one at a time."""

    def __init__(self) -> None:
        """Begin with nothing in it."""
        self._lock = Lock()

    def of(self, size: int) -> AbstractContextManager[object]:
        """Return a context to be in as long as a notebook of so many bytes is in memory."""
        return self._lock if size > LARGE else nullcontext()
