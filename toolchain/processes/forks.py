"""Workers: forks of this process that do a piece of work after the other, whose results come back in order.

A fork has only the thread that made it: what is held by another one stays held there, so there are no workers beside threads.
"""

import ctypes
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, NamedTuple, NoReturn

from toolchain.processes.guard import PR_SET_PDEATHSIG

LEAST = 2
"""Fewer workers would do what one process does, and more slowly."""
PAGES_OF_A_WORKER = 4
"""For fewer pages a worker costs more than it gains."""
PIECES_OF_A_WORKER, LARGEST_PIECE = 8, 64
"""Pieces are small: none is left to a single worker for long when the others have ended."""

Pages = Sequence[str]
_to_builder: list[Connection] = []
"""Where this process tells what it does, if it is a worker."""


def tell_builder(what: str, page: str) -> bool:
    """Tell the builder what is done with which page, and say so, if this process is a worker."""
    for connection in _to_builder:
        connection.send((what, page))
    return bool(_to_builder)


class Pool(NamedTuple):
    """How many workers there are."""

    jobs: int
    step: Callable[[str, str], None]
    """Is told what workers do with which page."""

    def workers(self, pages: Pages) -> int:
        """Return how many workers are worth while for so many pages, none if there can be none."""
        possible = hasattr(os, "fork") and threading.active_count() == 1
        wanted = min(self.jobs, len(pages) // PAGES_OF_A_WORKER)
        return wanted if possible and wanted >= LEAST else 0

    def pieces(self, pages: Pages) -> list[Pages]:
        """Return the pages in pieces, in their order."""
        workers = max(1, self.workers(pages))
        size = max(1, min(LARGEST_PIECE, len(pages) // (workers * PIECES_OF_A_WORKER)))
        return [pages[at : at + size] for at in range(0, len(pages), size)]

    def results(self, pages: Pages, work: Callable[[Pages], Any]) -> Iterator[tuple[Pages, Any]]:
        """Yield each piece with what the work on it has returned in a worker, in order; None if it failed there."""
        pieces = self.pieces(pages)
        sys.stdout.flush()
        sys.stderr.flush()
        gc.freeze()  # what is there already is shared as long as nobody touches it
        team = _Team(pieces, work, self.step)
        try:
            team.begin(self.workers(pages))
            for number, piece in enumerate(pieces):
                yield piece, team.result(number)
        finally:
            team.end()


class _Worker(NamedTuple):
    """A process at work."""

    process: int
    number: int
    """Of the piece that it has."""


class _Team:
    """The workers, what they have been given, and what has come back."""

    def __init__(
        self, pieces: Sequence[Pages], work: Callable[[Pages], Any], step: Callable[[str, str], None]
    ) -> None:
        self._pieces = pieces
        self._work = work
        self._step = step
        self._next = 0
        self._workers: dict[Connection, _Worker] = {}
        self._results: dict[int, Any] = {}

    def begin(self, count: int) -> None:
        for _ in range(count):
            with suppress(OSError):  # of memory or processes there may be no more
                self._fork()

    def _fork(self) -> None:
        builder = os.getpid()
        ours, theirs = Pipe()
        process = os.fork()
        if process == 0:
            for connection in (ours, *self._workers):
                connection.close()
            _work(builder, theirs, self._pieces, self._work)
        theirs.close()
        self._give(ours, process)

    def _give(self, connection: Connection, process: int) -> None:
        """Give a worker the next piece; one for which there is none is ended, and its memory is there for the others."""
        number, self._next = self._next, self._next + 1
        if number >= len(self._pieces):
            self._workers.pop(connection, None)
            _end(connection, process)
            return
        self._workers[connection] = _Worker(process, number)
        with suppress(OSError):  # it has ended, which is seen next
            connection.send(number)

    def result(self, number: int) -> Any:
        while number not in self._results and self._workers:
            for connection in wait(list(self._workers)):
                self._take(connection)  # type: ignore[arg-type] # it is one of ours
        return self._results.pop(number, None)

    def _take(self, connection: Connection) -> None:
        """Take what a worker tells, or has done, or that it has ended."""
        process, number = self._workers[connection]
        try:
            told = connection.recv()
        except Exception:  # noqa: BLE001 - whatever has become of it, the builder does its work
            del self._workers[connection]
            _end(connection, process)
            return
        match told:
            case (str(what), str(page)):
                self._step(what, page)
            case _:
                self._results[number] = told[0]
                self._give(connection, process)

    def end(self) -> None:
        """End every worker, whatever it is doing."""
        for connection, worker in self._workers.items():
            _end(connection, worker.process)
        self._workers.clear()


def _end(connection: Connection, process: int) -> None:
    connection.close()
    with suppress(OSError):
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


def _work(
    builder: int, connection: Connection, pieces: Sequence[Pages], work: Callable[[Pages], Any]
) -> NoReturn:
    """Be a worker until there is nothing more to do; whatever goes wrong, the builder meets it itself."""
    try:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        _to_builder.append(connection)
        while os.getppid() == builder:
            result = work(pieces[connection.recv()])
            sys.stdout.flush()
            sys.stderr.flush()
            connection.send((result,))
    finally:
        os._exit(0)
