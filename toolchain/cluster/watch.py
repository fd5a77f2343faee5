"""Watches a cluster during a build: workers that come and go, a scheduler that does, what nobody can run."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from toolchain.base.errors import ClusterError
from toolchain.base.terminal import plain
from toolchain.base.units import count, human_size
from toolchain.cluster import answers, worker_tasks
from toolchain.cluster.assignment import Places, Worker
from toolchain.cluster.connection import BrokenError, Connection, WorkerError
from toolchain.cluster.dask_cluster import Started
from toolchain.cluster.offer import Offer
from toolchain.cluster.protocol import Description, Greeting, code
from toolchain.execute.capacity import Resources
from toolchain.messages.progress import Note, Reporter
from toolchain.project.sections import ClusterSection

LOOK_SECONDS = 0.5
"""Seconds between two looks at which workers there are."""
SILENCES = 3
"""A worker that has not answered so often is not asked any more: who waits for all of them would wait for ever."""
REMEDY = "Start a worker that has it: `toolchain worker ADDRESS` on a machine with what is needed."
STARTED_REMEDY = (
    "Correct `options` in [execution.cluster], or what the notebook declares. Workers that are told "
    "`--resources GPU=1` run only notebooks that declare a GPU; with `GPU=1,SLOT=1` they run the others, too."
)
NONE_REMEDY = (
    "A batch system lists its jobs, Slurm with `squeue`; what a worker says stands in its job's log. "
    "How long they are waited for is `wait` in [execution.cluster]."
)


class Watch:
    """Keeps the places in step with the workers of the cluster."""

    def __init__(
        self,
        build: str,
        link: Connection,
        places: Places,
        section: ClusterSection,
        capabilities: tuple[str, ...],
        *,
        reporter: Reporter,
        started: Started | None = None,
    ) -> None:
        """`build` begins the names of all that workers keep for this build; `started` is the cluster, if we have started it."""
        self._build = build
        self._link = link
        self._places = places
        self._section = section
        self._capabilities = capabilities
        self._reporter = reporter
        self._greetings: dict[str, asyncio.Task[None]] = {}
        self._silences: Counter[str] = Counter()
        """How often workers have not answered, by their addresses."""
        self._folders: dict[str, str] = {}
        """Each process's own folder, by the worker's address: another process may come to the same address."""
        self._spooled: dict[str, str] = {}
        """Outcomes that machines keep for us, by name, with the address of a worker that can get each."""
        self._worker_names: set[str] = set()
        """The names of the workers that there were since we are connected."""
        self._connected = asyncio.Event()
        self._connected.set()
        self._first_look = asyncio.Event()
        self._started = started
        self._expecting = False
        """Whether workers may be on their way that nobody has told us of."""
        self._in_vain_since: float | None = None
        """Since when a notebook waits that no worker can run; None if there is none."""
        self._patient_until = 0.0
        """Until when a worker is waited for that was lost with the scheduler."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watch the cluster until the end of the context."""
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(self._run(group))
            yield
            watch.cancel()
            for task in self._greetings.values():
                task.cancel()

    async def ready(self, needs: Mapping[Resources, str]) -> None:
        """Wait until there are workers for all these needs, which have names.

        Raises ClusterError if there are workers, or none come, and a need cannot be met.
        """
        await self._first_look.wait()
        deadline = time.monotonic() + self._section.wait
        is_announced = False
        while True:
            greeting = any(not task.done() for task in self._greetings.values())
            lacking = self._places.impossible(needs)
            # Without needs the question is what there is: then every worker has to have answered.
            if self._places.workers and lacking is None and (needs or not greeting):
                return
            self._expecting |= not (self._started or self._places.workers or greeting)
            if not greeting and (not self._are_coming or time.monotonic() > deadline):
                raise self._no_worker(lacking, needs.get(lacking, "") if lacking else "")
            if self._are_coming and not greeting and not is_announced:
                is_announced = True
                self._reporter(
                    Note(
                        text=f"  waits   for workers of {self._section.kind or self._link.address}, "
                        f"up to {self._section.wait:g} s"
                    )
                )
            await asyncio.sleep(LOOK_SECONDS / 2)

    @property
    def _are_coming(self) -> bool:
        """Whether more workers may still come."""
        planned = self._started.planned if self._started else 0
        return self._expecting or len(self._places.workers) < planned

    async def kept_outcome(self, name: str, worker: Worker, *, sure: bool) -> object:
        """Return an outcome that a worker has kept before it was lost; None if its machine has none.

        If it is `sure` that there is one, a machine that has no worker any more is waited for: to run the notebook again
        takes longer, mostly.
        """
        deadline = time.monotonic() + (self._section.reconnect if sure else 0)
        while True:
            cut = worker.cut
            if cut:
                await self._wait_for_return(name, worker)
            waits = not self._is_back(worker) and time.monotonic() < deadline
            answered, outcome = await self._ask_for_outcome(name, worker)
            if outcome is not None or (answered and not waits):
                return outcome
            if worker.cut == cut and not waits and not self._neighbours(worker):
                return None
            await asyncio.sleep(LOOK_SECONDS)

    async def _ask_for_outcome(self, name: str, worker: Worker) -> tuple[bool, object]:
        """Ask a lost worker's machine for what it has kept; return whether it has answered, and with what."""
        addresses = [self._spooled.get(name, ""), *self._neighbours(worker)]
        for address in filter(None, addresses):
            try:
                outcome = await self._link.ask(address, worker_tasks.spooled, name)
            except BrokenError:  # the worker is gone, or the scheduler is: the next look tells
                continue
            except WorkerError:  # a disk that cannot be read, say
                outcome = None
            if outcome is not None:
                with suppress(BrokenError):  # it goes after a week
                    await self._link.ask(address, worker_tasks.forget, name)
            return True, outcome
        return False, None

    def _is_back(self, worker: Worker) -> bool:
        """Whether a lost worker was started again; its name stays."""
        return any(present.name == worker.name for present in self._places.workers.values())

    async def _wait_for_return(self, name: str, worker: Worker) -> None:
        """Wait until a worker that was lost with the scheduler, or the outcome that it kept, is back; not for ever."""
        await self._connected.wait()
        while (
            not (name in self._spooled or worker.name in self._worker_names)
            and time.monotonic() < self._patient_until
        ):
            await asyncio.sleep(LOOK_SECONDS)
            await self._connected.wait()

    def _neighbours(self, worker: Worker) -> list[str]:
        """Return the addresses of the workers that share a machine with one, and can be asked."""
        neighbours = (other for other in self._places.workers.values() if other.host == worker.host)
        return [neighbour.address for neighbour in neighbours if not neighbour.unfit]

    def exclude(self, worker: Worker, reason: str, remedy: str = "") -> None:
        """Use a worker no more; the reason may have lines."""
        if not worker.unfit:
            first, *others = plain(reason).strip().splitlines() or [""]
            worker.unfit = f"is not used: {first.removesuffix(':')}"
            parts = [*filter(None, [first, *others, plain(remedy)])]
            text = "\n          ".join(parts) if others else ". ".join(parts)
            self._reporter(Note(text=f"  problem {worker.host} is not used: {text}", problem=True))

    async def _run(self, group: asyncio.TaskGroup) -> None:
        while True:
            try:
                self._update(await self._link.workers(), group)
            except BrokenError:
                await self._recover()
                continue
            self._first_look.set()
            self._refuse_to_wait_in_vain()
            await asyncio.sleep(LOOK_SECONDS)

    def _update(self, descriptions: Mapping[str, Description], group: asyncio.TaskGroup) -> None:
        """Remove workers that have gone, greet those that have come; `descriptions` are Dask's, by address."""
        for address, worker in tuple(self._places.workers.items()):
            description = descriptions.get(address)
            if description is None or description.local_directory != self._folders[address]:
                self._expecting = True  # who starts workers may start it again
                self._places.remove(worker)
            else:
                worker.others = max(0, description.executing - len(worker.running))
        for address, description in descriptions.items():
            if address in self._places.workers or description.status != "running":
                continue
            if self._silences[address] == SILENCES:
                continue
            if address not in self._greetings or self._greetings[address].done():
                self._greetings[address] = group.create_task(self._greet(address, description))

    async def _greet(self, address: str, description: Description) -> None:
        """Ask a new worker for its offer and its version, and add it; one that does not fit is excluded."""
        try:
            greeting = answers.greeting(await self._link.ask(address, worker_tasks.greet, self._build))
            problem = "its answer says something else" if greeting is None else ""
        except BrokenError:  # gone again, mostly
            self._silences[address] += 1
            return
        except WorkerError as error:
            greeting, problem = None, str(error)
        if greeting is None:
            problem = f"it has no toolchain like this one ({problem})"
            nothing = Offer(host=plain(description.host), gpus=(), gpu_memory=0, memory=0, slots=0)
            greeting = Greeting(code="", offer=nothing)
        elif greeting.code != code():
            problem = "it has another version of the toolchain"
        worker = Worker(address, description, greeting.offer, self._capabilities)
        if problem:
            self.exclude(worker, problem, "Install the same there.")
        self._folders[address] = description.local_directory
        self._spooled.update(dict.fromkeys(greeting.spooled, address))
        self._worker_names.add(worker.name)
        self._places.add(worker)

    async def _recover(self) -> None:
        """Wait for a scheduler that has gone, and connect again.

        Raises ClusterError if it does not come back in time.
        """
        seconds = self._section.reconnect
        self._connected.clear()
        self._worker_names.clear()
        self._spooled.clear()
        self._expecting = True
        for task in self._greetings.values():
            task.cancel()
        for worker in tuple(self._places.workers.values()):
            worker.cut = True
            self._places.remove(worker)
        self._reporter(
            Note(
                text=f"  waits   for the scheduler at {self._link.address}, which does not answer any more, "
                f"up to {seconds:g} s",
                problem=True,
            )
        )
        if not await self._link.reopen(seconds):
            raise ClusterError(
                f"{self._link.address}: the scheduler did not come back within {seconds:g} s",
                remedy="Start it again, and the workers, then build again: results that had come are kept, and only "
                "the other notebooks run.",
            )
        self._reporter(Note(text=f"  note    connected again to {self._link.address}"))
        self._patient_until = time.monotonic() + seconds
        self._in_vain_since = None
        self._connected.set()

    def _refuse_to_wait_in_vain(self) -> None:
        """Raise ClusterError if a notebook has waited long enough for what no worker has."""
        lacking = self._places.impossible()
        if lacking is None or any(not task.done() for task in self._greetings.values()):
            self._in_vain_since = None
            return
        self._in_vain_since = self._in_vain_since or time.monotonic()
        if time.monotonic() - self._in_vain_since >= (self._section.wait if self._are_coming else 0):
            raise self._no_worker(lacking)

    def _no_worker(self, lacking: Resources | None, name: str = "") -> ClusterError:
        """Return the error that says which resources no worker has; with None, that there are no workers."""
        if self._started and not self._places.workers:
            message = f"{self._section.kind}: no worker has come within {self._section.wait:g} s"
            return ClusterError(message, remedy=NONE_REMEDY)
        if lacking is None:
            return ClusterError(f"{self._link.address}: has no workers", remedy=REMEDY)
        needed = [count(lacking.gpus, "GPU")] if lacking.gpus else ["a place for the CPU"]
        needed += [f"{human_size(lacking.gpu_memory)} on each GPU"] if lacking.gpu_memory else []
        needed += [f"{human_size(lacking.memory)} of memory"] if lacking.memory else []
        return ClusterError(
            f"{self._section.kind or self._link.address}: no worker has what {name or 'a notebook'} needs: "
            f"{', '.join(needed)}\nWhat there is:\n{self._places.offers}",
            remedy=STARTED_REMEDY if self._started else REMEDY,
        )
