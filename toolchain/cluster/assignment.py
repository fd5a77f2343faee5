"""Where notebooks can run: the workers that are there, what each can give, and who waits for what.

Dask itself chooses a worker when a task comes, by all that the worker could ever give, and lets the task wait there
while another worker may be free; and it blames every task of a lost worker, also those that only waited there. So a
notebook is handed to Dask when it can begin at once, for the one worker that we have chosen; Dask's resources still
keep the builds of several people apart.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from toolchain.base.terminal import plain
from toolchain.base.units import count, human_size
from toolchain.cluster.offer import GPU, GPU_MEMORY, MEMORY, SLOT, Offer
from toolchain.cluster.protocol import Description
from toolchain.execute.capacity import Resources
from toolchain.processes.hardware import usable


class Worker:
    """One worker process."""

    def __init__(
        self,
        address: str,
        description: Description,
        offer: Offer,
        capabilities: tuple[str, ...],
    ) -> None:
        """Take Dask's `description` and the worker's own `offer`.

        `capabilities` are of GPUs that the book's packages have machine code for.
        """
        self.address = address
        self.name = plain(str(description.name))
        """Stays as it is when the worker is started again, unlike the address."""
        self.host = offer.host
        self.advertised: dict[str, float] = description.resources
        """Dask's resources of the worker; empty if it was started without."""
        self.threads = description.nthreads
        gpu_count = int(self.advertised.get(GPU, 0)) if self.advertised else None
        self.gpus = usable(offer.gpus[:gpu_count], capabilities)
        self.gpu_memory = int(self.advertised.get(GPU_MEMORY, offer.gpu_memory))
        self.memory = int(self.advertised.get(MEMORY, offer.memory))
        self.slots = offer.slots
        self.running: list[Resources] = []
        """What our notebooks take that run there."""
        self.others = 0
        """Tasks of other builds."""
        self.lost = asyncio.Event()
        self.cut = False
        """Whether it was lost with the scheduler: then it may have gone on for a moment."""
        self.unfit = ""
        """Why it cannot run this book's notebooks; empty if it can."""

    def can(self, need: Resources) -> bool:
        """Whether it has what a notebook needs, if nothing else runs there."""
        enough = (
            len(self.gpus) >= need.gpus and self.gpu_memory >= need.gpu_memory
            if need.gpus
            else self.slots > 0
        )
        return enough and self.memory >= need.memory and not self.unfit

    def has_room(self, need: Resources) -> bool:
        """Whether it has what a notebook needs now, beside what runs there."""
        if not self.can(need) or (need.alone and self.running) or any(taken.alone for taken in self.running):
            return False
        return (
            len(self.running) < self.threads
            and sum(taken.memory for taken in self.running) + need.memory <= self.memory
            and sum(taken.gpus for taken in self.running) + need.gpus <= len(self.gpus)
            and (need.gpus > 0 or sum(not taken.gpus for taken in self.running) < self.slots)
        )

    def resources(self, need: Resources) -> dict[str, float]:
        """Return the resources that Dask is to set aside there, as far as the worker advertises them."""
        amounts = {GPU: need.gpus, MEMORY: need.memory, SLOT: int(not need.gpus)}
        return {name: float(amount) for name, amount in amounts.items() if amount and name in self.advertised}

    @property
    def sentence(self) -> str:
        """What it offers, in words."""
        gpus = Counter(gpu.name for gpu in self.gpus)
        parts = [f"{number} x {name}" for name, number in sorted(gpus.items())] or ["no GPU"]
        if self.gpu_memory:
            parts.append(f"{human_size(self.gpu_memory)} on each GPU" if self.gpus else "")
        parts += [f"{human_size(self.memory)} of memory", f"{count(self.slots, 'place')} for the CPU"]
        return f"{self.host}: {self.unfit or ', '.join(filter(None, parts))}"


class Places:
    """The workers, and the notebooks that wait for one; all on one event loop."""

    def __init__(self, most: int = 0) -> None:
        """Begin with no worker; give `most` places at a time at most, or as many as there are with 0."""
        self._most = most
        self.workers: dict[str, Worker] = {}
        """By their addresses."""
        self._waiting: list[tuple[int, Resources, asyncio.Future[Worker]]] = []

    @asynccontextmanager
    async def take(self, need: Resources, order: int = 0) -> AsyncIterator[Worker]:
        """Wait for a place and hold it; whoever comes first in the order and fits somewhere goes first."""
        place: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiting.append((order, need, place))
        self._waiting.sort(key=lambda waiter: waiter[0])
        self.give()
        try:
            worker = await place
        except BaseException:
            self._waiting = [waiter for waiter in self._waiting if waiter[2] is not place]
            if place.done() and not place.cancelled() and not place.exception():
                self._free(place.result(), need)
            raise
        try:
            yield worker
        finally:
            self._free(worker, need)

    def add(self, worker: Worker) -> None:
        """Use a worker that has come."""
        self.workers[worker.address] = worker
        self.give()

    def remove(self, worker: Worker) -> None:
        """Do without a worker that has gone, with all that ran there."""
        del self.workers[worker.address]
        worker.lost.set()

    def give(self) -> None:
        """Give places to those who wait."""
        for waiter in tuple(self._waiting):
            if self._most and sum(len(worker.running) for worker in self.workers.values()) >= self._most:
                return
            _, need, place = waiter
            free = [worker for worker in self.workers.values() if worker.has_room(need)]
            if free and not place.done():
                worker = min(free, key=_least_wasted)
                worker.running.append(need)
                self._waiting.remove(waiter)
                place.set_result(worker)

    def impossible(self, needs: Iterable[Resources] = ()) -> Resources | None:
        """Return the first need that no worker can ever meet: of those given, or of those who wait."""
        candidates = tuple(needs) or tuple(need for _, need, _ in self._waiting)
        return next(
            (need for need in candidates if not any(worker.can(need) for worker in self.workers.values())),
            None,
        )

    @property
    def most_gpus(self) -> int:
        """The most GPUs that one worker has."""
        return max((len(worker.gpus) for worker in self.workers.values() if not worker.unfit), default=0)

    @property
    def offers(self) -> str:
        """What there is, a line for each worker."""
        lines = sorted(worker.sentence for worker in self.workers.values())
        return "\n".join(f"  {line}" for line in lines) or "  no worker"

    def _free(self, worker: Worker, need: Resources) -> None:
        worker.running.remove(need)
        self.give()


def _least_wasted(worker: Worker) -> tuple[int, int, int]:
    """Order workers: first those that nobody else uses, with the fewest GPUs beyond need, with the least to do."""
    return worker.others, len(worker.gpus), len(worker.running)
