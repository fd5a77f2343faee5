"""Memory that nobody uses any more goes back to the system, before a process is copied or waits for long."""

import ctypes
from contextlib import suppress


def give_back() -> None:
    """Give back what is free in the heap: forks would have it in common, and each would make it its own by using it.

    Only the C library of GNU can be told to; others do it by themselves, or never.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
