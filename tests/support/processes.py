"""Processes that another has started, which may end while they are asked."""

from collections.abc import Callable

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
