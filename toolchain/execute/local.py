"""Run notebooks on this machine, as many at a time as told; kernels are processes, one event loop serves them all."""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from toolchain.execute.run import run_notebook
from toolchain.execute.start import kernel_spec
from toolchain.model import Outcome, Planned
from toolchain.report import NotebookFinished, NotebookStarted, Reporter
from toolchain.settings import Settings


def run_all(
    tasks: Iterable[Planned],
    python: Path,
    settings: Settings,
    *,
    commit: str,
    reporter: Reporter,
    keep: Callable[[Outcome], None],
) -> None:
    """Run the tasks in their order; `keep` receives each outcome as soon as it is there.

    A failure ends nothing but its own notebook. An interrupt ends every kernel; what `keep` has received stays.
    """
    tasks = tuple(tasks)
    for name in sorted({task.document.kernel_name for task in tasks}):
        kernel_spec(python, name)  # raises before anything runs
    everything = _run_all(tasks, python, settings, commit=commit, reporter=reporter, keep=keep)
    # nbclient replaces the signal handlers of a loop in the main thread, and one Ctrl-C would then end one notebook.
    with ThreadPoolExecutor(1, thread_name_prefix="notebooks") as thread:
        runner = asyncio.Runner()
        loop = runner.get_loop()
        future = thread.submit(runner.run, everything)
        try:
            future.result()
        except KeyboardInterrupt:
            loop.call_soon_threadsafe(_cancel_all, loop)
            wait([future])
            raise
        finally:
            runner.close()


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()


async def _run_all(
    tasks: tuple[Planned, ...],
    python: Path,
    settings: Settings,
    *,
    commit: str,
    reporter: Reporter,
    keep: Callable[[Outcome], None],
) -> None:
    slots = asyncio.Semaphore(settings.jobs)

    async def one(task: Planned) -> None:
        async with slots:
            name = task.document.name
            total = len(task.document.cells)
            outcome = await run_notebook(
                task,
                python,
                settings,
                commit=commit,
                at_cell=lambda cell: reporter(NotebookStarted(name=name, cell=cell, cells=total)),
            )
            keep(outcome)
            reporter(NotebookFinished(name=name, outcome=outcome))

    async with asyncio.TaskGroup() as group:
        for task in tasks:
            group.create_task(one(task))
