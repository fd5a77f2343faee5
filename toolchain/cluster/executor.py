"""Notebooks that run on other machines, as Dask workers."""

import asyncio
from collections.abc import Coroutine, Iterable
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from toolchain.base.errors import ClusterError
from toolchain.base.units import count
from toolchain.cluster import optional_extra, peers
from toolchain.cluster.dask_cluster import Started
from toolchain.environment import kernel
from toolchain.execute.attempts import RunPolicy
from toolchain.execute.job import Job
from toolchain.execute.local import in_a_thread
from toolchain.messages.progress import Note, Reporter
from toolchain.model import Plan, Reason
from toolchain.project.sections import ClusterSection
from toolchain.project.settings import Settings

if TYPE_CHECKING:
    from toolchain.cluster.session import Session

T = TypeVar("T")
TEND_SECONDS = 5.0
"""Seconds between two looks at a cluster that we have started: workers that have ended are started anew."""


class ClusterExecutor:
    """Runs notebooks on a cluster. Use as a context: one that we have started is ended with it."""

    here = False

    def __init__(self, settings: Settings, section: ClusterSection, reporter: Reporter) -> None:
        """Connect to nothing yet: a build that runs nothing does not need it."""
        optional_extra.require()
        self._settings = settings
        self._section = section
        self._reporter = reporter
        self._started: Started | None = None
        self._most_gpus: int | None = None
        self._said = False
        """Whether the person was told how the address that they wrote is taken."""

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the cluster that we have started."""
        self._end()

    def gpus(self) -> int:
        """Return how many GPUs a notebook can have here."""
        if self._most_gpus is None:
            session = self._session((), workers=1)
            self._most_gpus = in_a_thread(self._tending(session.gpus()))
        return self._most_gpus

    def refuse(self, plan: Plan) -> None:
        """Raise ClusterError if a notebook needs more GPUs than any worker has, although there are some.

        Where there is none at all, a notebook that needs one is as it is on any machine without: missing.
        """
        for planned in plan.notebooks:
            declared = planned.document.declared.gpus
            if planned.reason == Reason.MISSING and 0 < self.gpus() < declared:
                raise ClusterError(
                    f"{planned.document.path}: declares {count(declared, 'GPU')}, and no worker has more than {self.gpus()}",
                    remedy="Correct `options` in [execution.cluster]: jobs of Slurm have two GPUs with `--gres=gpu:2` and "
                    "`--resources GPU=2`."
                    if self._section.kind
                    else "Start one that has: `toolchain worker --gpus-per-worker N ADDRESS`.",
                )

    def run_all(self, jobs: Iterable[Job], rules: RunPolicy) -> None:
        """Run notebooks, in this order as far as there is room; each outcome is kept as soon as it is there.

        Raises ClusterError if no worker has what a notebook needs, or if the scheduler is gone for too long.
        """
        jobs = tuple(jobs)
        session = self._session(jobs, workers=len(jobs))
        in_a_thread(self._tending(session.run(jobs, rules)))
        self._end()  # what follows can take long, and others wait for such machines

    def _session(self, jobs: tuple[Job, ...], workers: int) -> "Session":
        from toolchain.cluster.connection import Connection  # noqa: PLC0415 - slow to import
        from toolchain.cluster.session import BuildParcel, Session  # noqa: PLC0415 - as above

        devices = sorted({job.planned.device_class for job in jobs})
        parcel = BuildParcel(
            project=self._settings.project,
            recipes={device: kernel.recipe(self._settings, device) for device in devices},
            libraries=self._settings.toml.kernel.libraries,
            capabilities=self._settings.toml.kernel.compute_capabilities,
        )
        address, security = self._scheduler(workers)
        return Session(
            partial(Connection, address, security),
            self._section,
            parcel,
            self._reporter,
            most=self._settings.options.jobs,
            started=self._started,
        )

    def _scheduler(self, workers: int) -> tuple[str, Any]:
        """Return the scheduler's address and its TLS settings; start a cluster first if no scheduler is named."""
        if self._section.scheduler:
            reached = peers.reach(self._section.scheduler, self._settings.certificates)
            if reached.note and not self._said:
                self._said = True
                self._reporter(Note(text=f"  note    {reached.note}"))
            return str(reached.address), reached.security()
        if self._started is None:
            self._started = Started(self._section)
        self._started.ask(min(self._section.workers, workers))
        return self._started.address, self._started.security

    async def _tending(self, work: Coroutine[Any, Any, T]) -> T:
        """Await work that uses a cluster and return its result; meanwhile a cluster that we have started is tended.

        The scheduler of that one is a part of this process, and has to read what others do not let it.
        """
        from toolchain.cluster import harmless  # noqa: PLC0415 - slow to import

        async with asyncio.TaskGroup() as group:
            if self._started is None:
                with harmless.reading():
                    return await work
            tend = group.create_task(self._tend())
            result = await work
            tend.cancel()
        return result

    async def _tend(self) -> None:
        """Replace workers that have ended, until cancelled; report each new problem once."""
        reported = ""
        while self._started is not None:
            await asyncio.sleep(TEND_SECONDS)
            problem = await asyncio.to_thread(self._started.tend)
            if problem and problem != reported:
                text = f"  problem {self._section.kind} cannot have more workers: {problem}"
                self._reporter(Note(text=text, problem=True))
            reported = problem

    def _end(self) -> None:
        """End the cluster that we have started."""
        started, self._started = self._started, None
        if started is not None and (problem := started.close()):
            text = f"  problem {self._section.kind} may have left something behind: {problem}"
            self._reporter(Note(text=text, problem=True))
