"""One build's notebooks on a cluster: handed to workers as there is room, again elsewhere when a worker is lost."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

from toolchain.base.units import human_size
from toolchain.cluster import answers, worker_tasks
from toolchain.cluster.assignment import Places, Worker
from toolchain.cluster.connection import BrokenError, Connection, WorkerError
from toolchain.cluster.dask_cluster import Started
from toolchain.cluster.inputs import DamagedError
from toolchain.cluster.protocol import Answer, Done, Lacking, Parcel, Unfit, unwritable
from toolchain.cluster.sending import Sender
from toolchain.cluster.watch import Watch
from toolchain.environment.kernel import Recipe
from toolchain.execute.attempts import RunPolicy, settle
from toolchain.execute.capacity import Resources
from toolchain.execute.job import Job
from toolchain.messages.progress import Note, NotebookStarted, NotebookStopped, Reporter
from toolchain.model import CellFailure, DeviceClass, Failed, FailureKind, Outcome
from toolchain.project.sections import ClusterSection
from toolchain.sources.notebook_files import NotebookFiles

DAMAGES = 3
"""When the files sent for a notebook were lost or damaged so often, the last worker is not used any more."""
NOTICE_SECONDS = 10.0
"""A worker that does not answer is noticed to be gone by then."""
LATE_SECONDS = 3600.0
"""Besides the time that a notebook may take, its worker may take so long, for its files and its environment mostly."""
LOST_REMEDY = (
    "Look at its machine: its memory may have run out, or somebody has ended it; "
    "or a batch system, because its time was over. "
    "`retries` in [execution] says how often a notebook is tried again."
)


class LostWorkerError(Exception):
    """The worker is gone, or does not answer any more."""


class BuildParcel(Struct, frozen=True):
    """What all notebooks of a build have in common."""

    project: Path
    recipes: dict[DeviceClass, Recipe]
    """Of the environments that they run in."""
    libraries: dict[str, str]
    """Shared libraries that they need, by name, with Debian's packages of them."""
    capabilities: tuple[str, ...]
    """Of GPUs that the environments' packages have machine code for."""


class _Attempt:
    """A notebook on its way to a worker, or running there."""

    def __init__(self, job: Job, worker: Worker, build: str) -> None:
        self.id = f"{build}-{uuid.uuid4().hex}"
        self.job = job
        self.host = worker.host
        self.files: dict[str, str] = {}
        """The digests of those that it was sent with, by their paths."""
        self.cell = 0
        self.is_kept = False
        """Whether it has ended, and its outcome is on its machine's disk."""
        self.start = time.monotonic()

    @property
    def lost(self) -> Failed:
        """Its outcome if its worker was lost."""
        document = self.job.planned.document
        failure = CellFailure(
            kind=FailureKind.LOST_WORKER,
            cell=self.cell,
            line=document.cells[self.cell - 1].line if self.cell else 0,
            message=f"the worker on {self.host} that ran it was lost",
            traceback="",
            remedy=LOST_REMEDY,
        )
        return Failed(
            planned=self.job.planned,
            failure=failure,
            partial=document.notebook,
            seconds=time.monotonic() - self.start,
        )


class Session:
    """A build's use of a cluster, from its connection to its end."""

    def __init__(
        self,
        link: Callable[..., Connection],
        section: ClusterSection,
        parcel: BuildParcel,
        reporter: Reporter,
        *,
        most: int = 0,
        started: Started | None = None,
    ) -> None:
        """`link` makes a connection, which is not opened yet, from a topic and a handler of its events.

        `most` notebooks run at a time, or all that can with 0; `started` is the cluster, if we have started it.
        """
        self._build = uuid.uuid4().hex
        self._parcel = parcel
        self._reporter = reporter
        self._attempts: dict[str, _Attempt] = {}
        self._notes: set[str] = set()
        self._link = link(topic=f"toolchain-{self._build}", on_event=self._on_event)
        self._places = Places(most)
        self._sender = Sender(self._link)
        self._watch = Watch(
            self._build,
            self._link,
            self._places,
            section,
            parcel.capabilities,
            reporter=reporter,
            started=started,
        )

    async def gpus(self) -> int:
        """Return how many GPUs a notebook can have at most.

        Raises ClusterError if there is no scheduler, or no worker.
        """
        async with self._opened():
            await self._watch.ready({})
            return self._places.most_gpus

    async def run(self, jobs: Iterable[Job], rules: RunPolicy) -> None:
        """Run notebooks, in this order as far as there is room; each outcome is kept as soon as it is there.

        Raises ClusterError if that is not possible: there is no scheduler, or not any more; or no worker has what a
        notebook needs.
        """
        jobs = tuple(jobs)
        async with self._opened():
            await self._watch.ready({job.need: job.name for job in jobs})
            async with asyncio.TaskGroup() as group:
                for order, job in enumerate(jobs):
                    group.create_task(settle(job, partial(self._attempt, job, order), rules))

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[None]:
        async with self._link.opened(), self._watch.running():
            yield

    async def _attempt(self, job: Job, order: int, need: Resources) -> Outcome:
        """Run a notebook as soon as a worker has room; again if that one cannot or is cut off, until there is an outcome."""
        damages = 0
        while True:
            async with self._places.take(need, order) as worker:
                attempt = _Attempt(job, worker, self._build)
                self._attempts[attempt.id] = attempt
                answer: Answer | None = None
                try:
                    answer = await self._run_on(worker, attempt, need)
                except LostWorkerError:
                    if attempt.is_kept:
                        text = f"  waits   for a worker on {worker.host}, which has kept the result of {job.name}"
                        self._reporter(Note(text=text))
                    kept_answer = await self._watch.kept_outcome(attempt.id, worker, sure=attempt.is_kept)
                    if kept_answer is None and not worker.cut:
                        return attempt.lost
                    answer = await self._read(kept_answer, worker, attempt) if kept_answer else None
                finally:
                    del self._attempts[attempt.id]
                    self._reporter(NotebookStopped(name=job.name))
            match answer:
                case Done(outcome=outcome):
                    return msgspec.structs.replace(outcome, planned=job.planned)
                case Lacking():
                    damages += 1
                    self._sender.forget(worker)
                    if damages == DAMAGES:
                        self._watch.exclude(worker, "loses or damages the files that it is sent")
                case Unfit(reason, remedy):
                    self._watch.exclude(worker, reason, remedy)

    async def _run_on(self, worker: Worker, attempt: _Attempt, need: Resources) -> Answer:
        """Have a worker run a notebook and return its answer.

        Raises LostWorkerError if it is lost meanwhile.
        """
        work = asyncio.create_task(self._deliver(worker, attempt, need))
        lost = asyncio.create_task(worker.lost.wait())
        try:
            most = attempt.job.timeout + LATE_SECONDS
            done, _ = await asyncio.wait({work, lost}, timeout=most, return_when=asyncio.FIRST_COMPLETED)
            if work in done:
                return work.result()
            if not done:
                return Unfit(f"its worker {worker.name} has not answered within {most:g} s")
            raise LostWorkerError
        except DamagedError as error:
            return Lacking(error.digests)
        except WorkerError as error:
            cause = error.__cause__
            return unwritable(cause) if isinstance(cause, OSError) else Unfit(str(error))
        except BrokenError as error:
            with suppress(TimeoutError):
                await asyncio.wait_for(worker.lost.wait(), NOTICE_SECONDS)
            raise LostWorkerError from error
        finally:
            work.cancel()
            lost.cancel()
            await asyncio.wait({work, lost})

    async def _deliver(self, worker: Worker, attempt: _Attempt, need: Resources) -> Answer:
        """Send a worker the notebook's files and the notebook, and wait for its answer."""
        job, document = attempt.job, attempt.job.planned.document
        files = NotebookFiles(document, self._parcel.project).files
        attempt.files = digests = await asyncio.to_thread(self._sender.digests, files)
        if sent := await self._sender.send(worker, files, digests):
            self._note_once(f"  sent    {human_size(sent)} to {worker.host} for {job.name}")
        planned = msgspec.structs.replace(job.planned, record=None, components={})
        parcel = Parcel(
            id=attempt.id,
            topic=self._link.topic,
            job=msgspec.structs.replace(job, planned=planned),
            files=digests,
            recipe=self._parcel.recipes[job.planned.device_class],
            libraries=self._parcel.libraries,
            capabilities=self._parcel.capabilities,
        )
        answer = await self._link.compute(
            worker.address,
            worker_tasks.run,
            msgspec.msgpack.encode(parcel),
            name=f"toolchain-{job.name}-{attempt.id}",
            resources=worker.resources(need),
        )
        with suppress(Exception):  # it is only room on a disk, and goes after a week
            await self._link.ask(worker.address, worker_tasks.forget, attempt.id)
        return await self._read(answer, worker, attempt)

    async def _read(self, answer: object, worker: Worker, attempt: _Attempt) -> Answer:
        """Return a worker's answer; that it is unfit if what it has sent is none."""
        try:
            return await asyncio.to_thread(answers.answer, answer, attempt.id, attempt.job, attempt.files)
        except answers.RefusedError as error:
            return Unfit(f"its worker {worker.name} {error}")

    def _on_event(self, event: object) -> None:
        """Take what a worker says of a notebook: its environment is made, a cell begins, its outcome is kept."""
        said = answers.said(event)
        attempt = self._attempts.get(said.id) if said else None
        if said is None or attempt is None:
            return
        job = attempt.job
        if said.making:
            lock = self._parcel.recipes[job.planned.device_class].lock
            self._note_once(f"  note    {attempt.host} makes the notebooks' environment from {lock}")
        attempt.is_kept = attempt.is_kept or said.kept
        cells = len(job.planned.document.cells)
        if 0 < said.cell <= cells:
            attempt.cell = said.cell
            self._reporter(NotebookStarted(name=job.name, cell=said.cell, cells=cells, host=attempt.host))

    def _note_once(self, text: str) -> None:
        if text not in self._notes:
            self._notes.add(text)
            self._reporter(Note(text=text))
