"""Keeps the worker processes of this machine running until somebody ends them, and with them all that they started.

No Nanny of Dask's stands between: each worker runs under a guard (`guard.py`), which a Nanny could not give it, so
that a worker that is killed leaves no kernel behind. What a Nanny does besides is in the way here: it starts workers
with OMP_NUM_THREADS=1, and judges them by memory that is not theirs.
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from toolchain.base.units import count
from toolchain.cluster import member
from toolchain.cluster.offer import Offer
from toolchain.processes import signals
from toolchain.processes.programs import Programs, how_it_ended

PYTHON = "TOOLCHAIN_WORKER_PYTHON"
"""The environment variable that tells a worker process which interpreter notebooks run in."""
DEVICES = "CUDA_VISIBLE_DEVICES"
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before a worker is started again: doubled each time that it ends without having joined the scheduler."""


class Workers(Struct, frozen=True):
    """The worker processes that are to be kept running on this machine."""

    scheduler: str
    certificates: Path
    name: str
    """What the names of the workers begin with."""
    offers: tuple[Offer, ...]
    """One for each worker."""
    folder: Path
    """Holds Dask's files, the workers' logs and the temporary folders of notebooks."""
    python: Path | None = None
    """An interpreter to run notebooks in; None where environments are made from locks."""

    @property
    def names(self) -> tuple[str, ...]:
        """The workers' names."""
        return tuple(f"{self.name}-{_devices(offer)}" for offer in self.offers)


def _devices(offer: Offer) -> str:
    """Name the GPUs of a worker, or the CPU: the end of its name."""
    return "gpu" + "+".join(gpu.id for gpu in offer.gpus) if offer.gpus else "cpu"


def run(workers: Workers, say: Callable[[str], object]) -> None:
    """Keep all workers running; returns only by an exception, KeyboardInterrupt if somebody ends us.

    Then no process that was started here is left.
    """
    running = _Running(Programs(), threading.Event(), _State(workers, say))
    keepers: list[Future[None]] = []
    with ThreadPoolExecutor(len(workers.offers), thread_name_prefix="worker") as threads:
        try:
            for name, offer in zip(workers.names, workers.offers, strict=True):
                keepers.append(threads.submit(_keep_running, *_start(workers, name, offer), running))
            wait(keepers, return_when=FIRST_EXCEPTION)
        finally:
            with signals.blocked():
                running.ending.set()
                running.programs.end_all()
                threads.shutdown()
    for keeper in keepers:
        keeper.result()


def _start(workers: Workers, name: str, offer: Offer) -> tuple[member.WorkerOptions, dict[str, str]]:
    """Return a worker's options and its environment variables."""
    options = member.WorkerOptions(
        scheduler=workers.scheduler,
        certificates=str(workers.certificates.absolute()),
        name=name,
        threads=offer.slots or 1,
        resources=offer.resources,
        folder=str(workers.folder),
    )
    environment = {
        **os.environ,
        DEVICES: ",".join(gpu.id for gpu in offer.gpus),
        "TMPDIR": str(workers.folder),  # so that what a killed notebook leaves there goes with the folder
    }
    environment.pop(PYTHON, None)
    return options, {**environment, **({PYTHON: str(workers.python)} if workers.python else {})}


def _keep_running(options: member.WorkerOptions, environment: dict[str, str], running: "_Running") -> None:
    """Start a worker, and again whenever it has ended, until `running.ending` is set."""
    folder, pause = Path(options.folder), SHORTEST_PAUSE
    command, log = member.command(options), folder / f"{options.name.replace('/', '-')}.log"
    while not running.ending.is_set():
        on_line = partial(running.state.on_line, options.name)
        try:
            folder.mkdir(parents=True, exist_ok=True)  # what cleans up temporary files may have taken it
            code = running.programs.run(command, folder, environment, log, on_line)
        except OSError as error:  # a full disk, say: it may have room again later
            on_line(f"{error.filename or folder}: {error.strerror}")
            code = 1
        if running.ending.is_set():
            return
        had_joined = running.state.on_end(options.name, code)
        pause = SHORTEST_PAUSE if had_joined else min(2 * pause, LONGEST_PAUSE)
        running.ending.wait(pause)


class _State:
    """Which workers are connected; says it to a person, but never the same sentence twice in a row."""

    def __init__(self, workers: Workers, say: Callable[[str], object]) -> None:
        self._scheduler = workers.scheduler
        self._all = frozenset(workers.names)
        self._connected: set[str] = set()
        self._last_lines: dict[str, str] = {}
        self._last_sentence = ""
        self._say = say
        self._lock = threading.Lock()

    def on_line(self, name: str, line: str) -> None:
        """Take a line that a worker has written: a message for its parent, or a line of its log."""
        line = line.rstrip()
        with self._lock:
            if line == member.CONNECTED:
                self._connected.add(name)
                if self._connected == self._all:
                    self._say_once(f"connected to {self._scheduler}: {count(len(self._all), 'worker')}")
            elif line.startswith(member.WAITING):
                reason = line.removeprefix(member.WAITING)
                self._say_once(f"waiting for the scheduler at {self._scheduler}: {reason}")
            elif line.startswith(member.REFUSED):
                self._say(f"{name} {line.removeprefix(member.REFUSED)}")
            elif line:
                self._last_lines[name] = line

    def on_end(self, name: str, code: int) -> bool:
        """Note that a worker has ended with an exit code; return whether it had been connected."""
        with self._lock:
            connected = name in self._connected
            self._connected.discard(name)
            if code == 0:
                self._say_once(f"lost the scheduler at {self._scheduler}: looking for it until interrupted")
            elif code != member.TRY_AGAIN:
                last_line = self._last_lines.pop(name, "") if code > 0 else ""
                self._say(
                    f"{name} ended: {how_it_ended(code)}{last_line and f': {last_line}'}; it is started again"
                )
                self._last_sentence = ""
            return connected

    def _say_once(self, sentence: str) -> None:
        if sentence != self._last_sentence:
            self._last_sentence = sentence
            self._say(sentence)


class _Running(NamedTuple):
    """What the threads share, one of which keeps each worker."""

    programs: Programs
    ending: threading.Event
    state: _State
