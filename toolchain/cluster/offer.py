"""What a worker process can give to notebooks, and the names of Dask's resources for it."""

import socket
from typing import Any

from msgspec import Struct

from toolchain.base.units import human_size
from toolchain.model import Gpu
from toolchain.processes import hardware

GPU, GPU_MEMORY, MEMORY, SLOT = "GPU", "GPU_MEMORY", "MEMORY", "SLOT"
"""Dask's resources: GPUs; bytes of the smallest of them; bytes of memory; notebooks at a time that need no GPU."""

MXNET = ("5.0", "6.0", "7.0", "8.0", "8.6")
"""What the last wheels of MXNet, of mxnet-cu112 and mxnet-cu117 1.9.1, have machine code for; no PTX is in them.

A worker has no book whose settings could say what its packages have. Whether a notebook can run here is decided by
those when it comes; this is for the person who offers the machine, and would otherwise learn it late.
"""


class Offer(Struct, frozen=True):
    """What one Dask worker can give."""

    host: str
    gpus: tuple[Gpu, ...]
    gpu_memory: int
    """Bytes of the smallest of them; 0 if it has none, or the driver does not say."""
    memory: int
    """Bytes."""
    slots: int
    """Notebooks at a time that need no GPU."""

    @property
    def resources(self) -> dict[str, float]:
        """The same as Dask's resources; what there is none of is left out."""
        counted = {GPU: len(self.gpus), GPU_MEMORY: self.gpu_memory, MEMORY: self.memory, SLOT: self.slots}
        return {name: float(amount) for name, amount in counted.items() if amount}


def of_this_process(dask_worker: Any = None) -> Offer:
    """Return what this process can give: its environment says which GPUs, a Dask worker what it advertises.

    Dask's `Client.run` passes the worker. One that advertises nothing, because somebody else started it, offers the
    GPUs that it sees, or else a slot for each of its threads.
    """
    gpus = hardware.gpus()
    state = getattr(dask_worker, "state", None)
    advertised = state.total_resources if state else {}
    slots = 0 if gpus else state.nthreads if state else hardware.cores()
    return Offer(
        host=socket.gethostname(),
        gpus=gpus,
        gpu_memory=smallest(gpus),
        memory=int(advertised.get(MEMORY, hardware.memory())),
        slots=int(advertised.get(SLOT, 0)) if advertised else slots,
    )


def describe(gpu: Gpu, driver: str) -> str:
    """Return a line that says what a GPU is, and whether MXNet can be used on it."""
    parts = [gpu.name, human_size(gpu.memory) if gpu.memory else "", driver and f"driver {driver}"]
    supported = ", ".join(MXNET)
    if not gpu.capability:
        code = f"its driver does not say its compute capability; MXNet 1.9.1 has code for {supported} only"
    elif hardware.usable((gpu,), MXNET):
        code = f"compute capability {gpu.capability}: MXNet 1.9.1 has code for it"
    else:
        code = f"compute capability {gpu.capability}: MXNet 1.9.1 has no code for it, only for {supported}"
    return ", ".join((*filter(None, parts), code))


def smallest(gpus: tuple[Gpu, ...]) -> int:
    """Return the bytes that each of these GPUs has at least."""
    return min((gpu.memory for gpu in gpus), default=0)


def of_this_machine(*, gpus_per_worker: int, slots: int, memory: int = 0) -> tuple[Offer, ...]:
    """Share this machine out among workers: its GPUs one by one or in groups, and one worker with the slots.

    `memory` is what each gets, in bytes; without it they get equal parts of what there is, so that what notebooks
    declare cannot come to more than that.
    """
    gpus = hardware.gpus()
    groups = [gpus[start : start + gpus_per_worker] for start in range(0, len(gpus), gpus_per_worker)]
    parts = [*((group, 0) for group in groups), *([((), slots)] if slots else [])]
    share = memory or hardware.memory() // max(len(parts), 1)
    host = socket.gethostname()
    return tuple(
        Offer(host=host, gpus=group, gpu_memory=smallest(group), memory=share, slots=group_slots)
        for group, group_slots in parts
    )
