"""Processes that another has started, which may end while they are asked."""

import time
from collections.abc import Callable, Iterator

import psutil


def is_alive(process: psutil.Process) -> bool:
    """Say whether a process still runs."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def below(process: int, is_wanted: Callable[[psutil.Process], bool] = is_alive) -> list[psutil.Process]:
    """Return the wanted ones of the processes that descend from one; what ends as it is asked is not wanted."""

    def answer(descendant: psutil.Process) -> bool:
        try:
            return is_wanted(descendant)
        except psutil.NoSuchProcess:
            return False

    return [one for one in psutil.Process(process).children(recursive=True) if answer(one)]


def processes_since(start: float) -> str:
    """Return a line for each process of this machine that was started since then, in seconds since 1970.

    Also of those that are no descendants of a test any more: they may keep a pipe open that it reads to its end.
    """
    return "\n".join(_lines(start))


def _lines(start: float) -> Iterator[str]:
    for process in psutil.process_iter():
        try:
            if process.create_time() >= start:
                age = time.time() - process.create_time()
                command = " ".join(process.cmdline())[:200] or f"[{process.name()}]"
                yield f"{process.pid} of {process.ppid()}, {age:.0f} s, {process.status()}: {command}"
        except psutil.Error:
            continue  # it has ended
