"""What a person or the system ends us with: Ctrl-C, SIGTERM, a terminal that is closed. All are an interrupt, once."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
SECONDS_TO_END = 5.0
"""What an interrupt has begun to end is not broken off by another one for so long."""


def handled_signals() -> tuple[signal.Signals, ...]:
    """Return the signals that end us here: those that the system has, and that whoever started us does not ignore."""
    available = (getattr(signal, name) for name in NAMES if hasattr(signal, name))
    return tuple(number for number in available if signal.getsignal(number) != signal.SIG_IGN)


def install_handlers() -> None:
    """Have the signals that end us raise KeyboardInterrupt."""
    interrupt = _Interrupt()
    for number in handled_signals():
        signal.signal(number, interrupt)


def ignore() -> None:
    """Ignore the signals that end us from now on: as Python itself ends, they would kill us without an exit code."""
    for number in handled_signals():
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def blocked() -> Iterator[None]:
    """Ignore the signals that end us for a while: they would stop us from ending what we have started."""
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in handled_signals()}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


class _Interrupt:
    """Raises KeyboardInterrupt, but not in the middle of what an earlier one has begun.

    Two signals in a row are common: an impatient person; `timeout`, which sends its own twice. A second exception can
    come while the first one passes through a lock of Python's, and then it is no interrupt any more but a crash.
    """

    def __init__(self) -> None:
        self._last_interrupt = float("-inf")

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        """Handle a signal: raise KeyboardInterrupt, unless the last one is too recent."""
        now = time.monotonic()
        if now - self._last_interrupt > SECONDS_TO_END:
            self._last_interrupt = now
            raise KeyboardInterrupt
