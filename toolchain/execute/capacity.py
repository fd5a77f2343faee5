"""How much may run at once: a number of notebooks, an amount of declared memory, each GPU for one notebook."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct

from toolchain.base.errors import ConfigError


class Resources(Struct, frozen=True):
    """What a notebook takes while it runs."""

    memory: int = 0
    """Bytes that it declares; nothing declared counts as nothing."""
    gpus: int = 0
    gpu_memory: int = 0
    """Bytes that it declares to take on each of its GPUs; whether there is room is asked where the GPUs' are known."""
    alone: bool = False
    """Whether nothing may run beside it."""


class Capacity:
    """Gives places to notebooks: of those that fit, to the first in the order. All on one event loop."""

    def __init__(self, jobs: int, memory: int, devices: tuple[str, ...] = ()) -> None:
        """`memory` in bytes; `devices` are ids of GPUs as CUDA_VISIBLE_DEVICES takes them."""
        self._jobs = jobs
        self._memory = memory
        self._devices = devices
        self._running: list[tuple[Resources, tuple[str, ...]]] = []
        self._waiting: list[tuple[int, Resources, asyncio.Future[tuple[str, ...]]]] = []

    @asynccontextmanager
    async def take(self, need: Resources, order: int = 0) -> AsyncIterator[tuple[str, ...]]:
        """Wait for a place and hold it; gives the ids of the GPUs that are its own meanwhile.

        What declares more memory than there is runs alone: a declaration is an estimate, made on another machine
        perhaps, and without neighbours it has the best chance that there is here.

        Raises ConfigError if it needs more GPUs than there are.
        """
        if need.gpus > len(self._devices):
            raise ConfigError(
                f"a notebook declares {need.gpus} GPUs and {len(self._devices)} can be used here",
                remedy="Run it on a machine that has them.",
            )
        place: asyncio.Future[tuple[str, ...]] = asyncio.get_running_loop().create_future()
        self._waiting.append((order, need, place))
        self._waiting.sort(key=lambda waiter: waiter[0])
        self._give()
        try:
            devices = await place
        except asyncio.CancelledError:
            self._waiting = [waiter for waiter in self._waiting if waiter[2] is not place]
            if place.done() and not place.cancelled():
                self._free(need, place.result())
            raise
        try:
            yield devices
        finally:
            self._free(need, devices)

    def too_large(self, need: Resources) -> bool:
        """Whether a notebook declares more memory than there is."""
        return need.memory > self._memory

    def _free(self, need: Resources, devices: tuple[str, ...]) -> None:
        self._running.remove((need, devices))
        self._give()

    def _give(self) -> None:
        for waiter in tuple(self._waiting):
            _, need, place = waiter
            if place.done() or not self._fits(need):
                continue
            devices = self._free_devices()[: need.gpus]
            self._running.append((need, devices))
            self._waiting.remove(waiter)
            place.set_result(devices)

    def _fits(self, need: Resources) -> bool:
        if not self._running:
            return True
        if (
            need.alone
            or self.too_large(need)
            or any(taken.alone or self.too_large(taken) for taken, _ in self._running)
        ):
            return False
        used = sum(taken.memory for taken, _ in self._running)
        return (
            len(self._running) < self._jobs
            and used + need.memory <= self._memory
            and need.gpus <= len(self._free_devices())
        )

    def _free_devices(self) -> tuple[str, ...]:
        taken = {device for _, devices in self._running for device in devices}
        return tuple(device for device in self._devices if device not in taken)
