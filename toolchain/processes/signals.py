"""What a person or the system ends us with: Ctrl-C, SIGTERM, a terminal that is closed. All are an interrupt, once."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
SECONDS_TO_END = 5.0
"""What an interrupt has begun to end is not broken off by another one for so long."""

SECONDS_TO_TRY_AGAIN = 0.05
INTERRUPTED = 130
"""toolchain.base.errors has the exit codes, and takes longer to import than an interrupt may take to come."""


def handled_signals() -> tuple[signal.Signals, ...]:
    """Return the signals that end us here: those that the system has, and that whoever started us does not ignore."""
    available = (getattr(signal, name) for name in NAMES if hasattr(signal, name))
    return tuple(number for number in available if signal.getsignal(number) != signal.SIG_IGN)


def install_handlers() -> None:
    """Have the signals that end us raise KeyboardInterrupt."""
    interrupt = _Interrupt()
    for number in handled_signals():
        signal.signal(number, interrupt)
    sys.unraisablehook = interrupt.take_unraisable


def exit_interrupted() -> NoReturn:
    """Say that we were interrupted, and end at once.

    What is done at the end of a process may wait for a thread, and for whatever that waits for. And what libraries have
    registered for that moment, of kernels that we have ended long ago, has something to say that helps nobody.
    """
    ignore()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, AttributeError, ValueError):  # full, None, closed
            stream.flush()
    with suppress(OSError):
        os.write(2, b"error: interrupted; what had finished is kept\n")
    os._exit(INTERRUPTED)


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

    def take_unraisable(self, unraisable: "sys.UnraisableHookArgs") -> None:
        """Interrupt once more if an interrupt came where Python cannot raise anything, as it removes an object say.

        Python would tell of it and go on.
        """
        if not issubclass(unraisable.exc_type, KeyboardInterrupt):
            sys.__unraisablehook__(unraisable)
            return
        self._last_interrupt = float("-inf")
        again = threading.Timer(SECONDS_TO_TRY_AGAIN, _interrupt_main_thread)
        again.daemon = True
        again.start()


def _interrupt_main_thread() -> None:
    # The one that raises, and whose waiting it ends.
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)  # pragma: no cover - Windows
