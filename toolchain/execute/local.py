"""Run notebooks on this machine, as many at a time as fit; kernels are processes, one event loop serves them all."""

import asyncio
import os
import tempfile
from collections.abc import Coroutine, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

from toolchain.base.errors import ConfigError, SourceError, ToolchainError, UnwritableError
from toolchain.base.files import in_words, is_utf8
from toolchain.base.refusals import NO_ROOM
from toolchain.execute.attempts import RunPolicy, settle
from toolchain.execute.capacity import Capacity, Resources
from toolchain.execute.job import Job
from toolchain.execute.run import run_notebook
from toolchain.messages.progress import Note, NotebookStarted
from toolchain.model import DeviceClass, Gpu, Outcome
from toolchain.processes import hardware, signals
from toolchain.sources.notebook_files import NotebookFiles

T = TypeVar("T")
LONGEST_TEMPORARY = 70
"""Bytes of the path of the folder for temporary files: those of a kernel's sockets, which lie below, have up to 103."""


class Host(Struct, frozen=True):
    """What this machine has for the notebooks of a build."""

    project: Path
    """The folder that they read their files from."""
    pythons: Mapping[DeviceClass, Path]
    """The interpreters of the notebooks' environments."""
    jobs: int
    """Notebooks at a time."""
    gpus: tuple[Gpu, ...] = ()
    """Those that may be leased, each to one notebook at a time."""


def run_all(jobs: Iterable[Job], host: Host, rules: RunPolicy) -> None:
    """Run notebooks, in this order as far as there is room; each outcome is kept as soon as it is there.

    A failure ends nothing but its own notebook. An interrupt ends every kernel; what was kept stays.

    Raises UnwritableError if a result cannot be kept or a notebook's files cannot be laid out; the other notebooks
    are then ended as well, because their results would have no place either.
    """
    jobs = tuple(jobs)
    _refuse_temporary(tempfile.gettempdir())
    in_a_thread(_Machine(host, rules).run_all(jobs))


def _refuse_temporary(folder: str) -> None:
    """Raise ConfigError for a folder for temporary files whose path the kernels' sockets cannot have."""
    if not is_utf8(folder):
        raise ConfigError(
            f"{in_words(folder)}: the folder for temporary files has a path that is not UTF-8",
            remedy="Name another one with TMPDIR.",
        )
    if os.name == "posix" and len(os.fsencode(folder)) > LONGEST_TEMPORARY:
        raise ConfigError(
            f"{folder}: the folder for temporary files has a path of more than {LONGEST_TEMPORARY} bytes, and the system "
            "gives no sockets such names",
            remedy="Name another one with TMPDIR.",
        )


def in_a_thread(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a loop in a thread of its own; an interrupt cancels it, and what it has to end is waited for.

    nbclient replaces the signal handlers of a loop in the main thread, and one Ctrl-C would then end one notebook.
    """
    with asyncio.Runner() as runner, ThreadPoolExecutor(1, thread_name_prefix="notebook") as thread:
        loop = runner.get_loop()
        task = loop.create_task(work)
        try:
            return thread.submit(runner.run, _await(task)).result()
        except KeyboardInterrupt:
            with signals.blocked(), suppress(RuntimeError):  # the loop has ended by itself
                loop.call_soon_threadsafe(task.cancel)
                thread.shutdown()
            raise
        except BaseExceptionGroup as group:
            raise _first_failure(group) from group


async def _await(task: asyncio.Task[T]) -> T:
    """Wait for a task from a coroutine, which is what a runner can run."""
    return await task


def _first_failure(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first exception of a group, a ToolchainError if there is one."""
    leaves = [
        _first_failure(error) if isinstance(error, BaseExceptionGroup) else error
        for error in group.exceptions
    ]
    return min(leaves, key=lambda error: not isinstance(error, ToolchainError))


class _Machine:
    """This machine while it runs the notebooks of one build."""

    def __init__(self, host: Host, rules: RunPolicy) -> None:
        self._host = host
        self._rules = rules
        self._capacity = Capacity(host.jobs, hardware.memory(), tuple(gpu.id for gpu in host.gpus))

    async def run_all(self, jobs: tuple[Job, ...]) -> None:
        async with asyncio.TaskGroup() as group:
            for order, job in enumerate(jobs):
                if self._capacity.too_large(job.need):
                    text = f"  note    {job.name} declares more memory than there is here: it runs alone"
                    self._rules.reporter(Note(text=text))
                group.create_task(settle(job, partial(self._attempt, job, order), self._rules))

    async def _attempt(self, job: Job, order: int, need: Resources) -> Outcome:
        """Run a notebook as soon as it fits."""
        async with self._capacity.take(need, order) as devices:
            try:
                return await run_notebook(
                    job,
                    self._host.pythons[job.planned.device_class],
                    NotebookFiles(job.planned.document, self._host.project).lay_out,
                    at_cell=lambda cell: self._rules.reporter(
                        NotebookStarted(name=job.name, cell=cell, cells=len(job.planned.document.cells))
                    ),
                    gpus=tuple(gpu for gpu in self._host.gpus if gpu.id in devices),
                )
            except OSError as error:
                # Of the two files in a copy Python names the one that is read, also if the other one has no room.
                path, full = Path(error.filename or ""), error.errno in NO_ROOM
                if not full and path.is_relative_to(self._host.project):
                    place = path.relative_to(self._host.project).as_posix()
                    raise SourceError(
                        f"{place}: cannot be read: {error.strerror}",
                        remedy="Let it be read, then build again.",
                    ) from error
                error.filename = None if full else error.filename
                raise UnwritableError(error, Path(tempfile.gettempdir())) from error
