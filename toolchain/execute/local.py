"""Run notebooks on this machine, as many at a time as fit; kernels are processes, one event loop serves them all."""

import asyncio
import errno
import signal
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from toolchain import machine
from toolchain.errors import ToolchainError, UnwritableError
from toolchain.execute.capacity import Capacity, Need
from toolchain.execute.run import run_notebook
from toolchain.execute.spec import kernel_spec
from toolchain.model import INFRASTRUCTURE, DeviceClass, Failed, FailureKind, Gpu, Outcome, Planned
from toolchain.progress import Note, NotebookFinished, NotebookStarted, Reporter
from toolchain.settings import Settings
from toolchain.units import size


class Host(Struct, frozen=True):
    """What the machine has for all notebooks of one build."""

    pythons: Mapping[DeviceClass, Path]
    """The interpreters of the notebooks' environments."""
    commit: str
    """Of the project."""
    gpus: tuple[Gpu, ...] = ()
    """Those that may be leased, each to one notebook at a time."""
    libraries: Mapping[str, Mapping[str, str]] = {}
    """Files of the book's library that each notebook can import, by the notebooks' names."""


class Job(Struct, frozen=True):
    """What all notebooks of one build have in common."""

    host: Host
    settings: Settings
    reporter: Reporter
    keep: Callable[[Outcome], None]


def run_all(
    tasks: Iterable[Planned],
    host: Host,
    settings: Settings,
    *,
    reporter: Reporter,
    keep: Callable[[Outcome], None],
) -> None:
    """Run the tasks in their order; `keep` receives each outcome as soon as it is there.

    A failure ends nothing but its own notebook. An interrupt ends every kernel; what `keep` has received stays.

    Raises UnwritableError if a result cannot be kept or a notebook's files cannot be laid out; the other notebooks
    are then ended as well, because their results would have no place either.
    """
    tasks = tuple(tasks)
    for device, name in sorted({(task.device_class, task.document.kernel_name) for task in tasks}):
        kernel_spec(host.pythons[device], name)  # raises before anything runs
    job = Job(host=host, settings=settings, reporter=reporter, keep=keep)
    # nbclient replaces the signal handlers of a loop in the main thread, and one Ctrl-C would then end one notebook.
    with asyncio.Runner() as runner, ThreadPoolExecutor(1, thread_name_prefix="notebooks") as thread:
        loop = runner.get_loop()
        try:
            thread.submit(runner.run, _run_all(tasks, job)).result()
        except KeyboardInterrupt:
            with _deaf(), suppress(RuntimeError):  # the loop has ended by itself
                loop.call_soon_threadsafe(_cancel_all, loop)
                thread.shutdown()
            raise
        except BaseExceptionGroup as group:
            raise _first(group) from group


@contextmanager
def _deaf() -> Iterator[None]:
    """Hear no second Ctrl-C: it would stop us from ending the kernels, which takes less than a second."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return what went wrong, expected failures first."""
    leaves = [_first(each) if isinstance(each, BaseExceptionGroup) else each for each in group.exceptions]
    return min(leaves, key=lambda each: not isinstance(each, ToolchainError))


async def _run_all(tasks: tuple[Planned, ...], job: Job) -> None:
    capacity = Capacity(job.settings.jobs, machine.memory(), tuple(gpu.id for gpu in job.host.gpus))
    async with asyncio.TaskGroup() as group:
        for order, task in enumerate(tasks):
            group.create_task(_one(task, order, job, capacity))


async def _one(task: Planned, order: int, job: Job, capacity: Capacity) -> None:
    """Run a notebook as soon as it fits, and again if the machine may be to blame for its failure."""
    name, declared = task.document.name, task.document.declared
    need = Need(memory=size(declared.memory), gpus=task.gpus)
    if capacity.too_large(need):
        job.reporter(Note(text=f"  note    {name} declares more memory than there is here: it runs alone"))
    retries = job.settings.toml.execution.retries
    for attempt in range(1, retries + 2):
        async with capacity.take(need, order) as devices:
            outcome = await _attempt(task, job, devices)
        if not isinstance(outcome, Failed) or outcome.failure.kind not in INFRASTRUCTURE:
            break
        if attempt <= retries:
            failure = outcome.failure
            job.reporter(
                Note(text=f"  again   {name}: cell {failure.cell}: {failure.kind}: {failure.message}")
            )
        # Its neighbours may have taken the memory.
        if outcome.failure.kind == FailureKind.OUT_OF_MEMORY:
            need = msgspec.structs.replace(need, alone=True)
    outcome = msgspec.structs.replace(outcome, attempts=attempt)
    try:
        job.keep(outcome)
    except OSError as error:
        raise UnwritableError(error, job.settings.store) from error
    job.reporter(NotebookFinished(name=name, outcome=outcome))


async def _attempt(task: Planned, job: Job, devices: tuple[str, ...]) -> Outcome:
    name, cells = task.document.name, len(task.document.cells)
    leased = tuple(gpu for gpu in job.host.gpus if gpu.id in devices)
    try:
        return await run_notebook(
            task,
            job.host.pythons[task.device_class],
            job.settings,
            commit=job.host.commit,
            at_cell=lambda cell: job.reporter(NotebookStarted(name=name, cell=cell, cells=cells)),
            gpus=leased,
            library=job.host.libraries.get(name, {}),
        )
    except OSError as error:
        if error.errno == errno.ENOSPC:
            error.filename = None  # of two files in a copy Python names the one that is read
        raise UnwritableError(error, Path(tempfile.gettempdir())) from error
