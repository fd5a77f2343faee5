"""What a build has a worker process do: take files, make the notebooks' environment, run a notebook, stop it."""

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from distributed import get_worker
from distributed.utils import sync

from toolchain.base.aside import sweep_temporary
from toolchain.base.decoding import decode_msgpack
from toolchain.base.errors import KernelEnvironmentError
from toolchain.cluster import hosting, offer
from toolchain.cluster.inputs import DamagedError, Inputs
from toolchain.cluster.protocol import (
    Greeting,
    Lacking,
    Parcel,
    StoppedError,
    Unfit,
    code,
    encode_outcome,
    unwritable,
)
from toolchain.cluster.spool import Spool
from toolchain.environment import doctor, kernel
from toolchain.execute.run import run_notebook
from toolchain.model import Gpu, KernelIdentity, Outcome
from toolchain.processes import hardware

LOOK_SECONDS = 0.3
"""Seconds between two looks whether anybody still waits for a run."""
SAY_SECONDS = 5.0
"""What the scheduler has not confirmed by then is not waited for."""
LEASE_SECONDS = 60.0
"""A notebook that was stopped gives its GPUs back by then."""

_interpreters: dict[tuple[str, KernelIdentity], Path] = {}
_leased: set[str] = set()
_lease_lock = threading.Lock()


async def greet(build: str, dask_worker: Any = None) -> bytes:
    """Return an encoded Greeting: what this process is, and which outcomes of a build are kept here.

    First what others have left here is removed.
    """

    def tidy_and_greet() -> Greeting:
        for sweep in (sweep_temporary, Spool().sweep, Inputs().sweep):
            sweep()
        own_offer = offer.of_this_process(dask_worker)
        return Greeting(code=code(), offer=own_offer, spooled=Spool().names(build))

    return msgspec.msgpack.encode(await asyncio.to_thread(tidy_and_greet))


async def missing(digests: Iterable[str]) -> tuple[str, ...]:
    """Return the digests of the files that have to be sent here."""
    return await asyncio.to_thread(Inputs().missing, digests)


async def receive(digest: str, upload: str, part: bytes, is_last: bool) -> None:  # noqa: FBT001 - Dask passes it by place
    """Take the next part of a file."""
    await asyncio.to_thread(partial(Inputs().receive, digest, upload, part, is_last=is_last))


async def spooled(name: str) -> bytes | None:
    """Return an outcome that is kept here; None if there is none of that name."""
    return await asyncio.to_thread(Spool().get, name)


async def forget(name: str) -> None:
    """Remove an outcome: the build has it."""
    await asyncio.to_thread(Spool().forget, name)


def run(encoded: bytes) -> bytes:
    """Run the notebook of an encoded Parcel and return an encoded Answer: the one task that Dask is given."""
    parcel = decode_msgpack(encoded, Parcel)
    if parcel is None:
        return msgspec.msgpack.encode(Unfit("it was given something that is no notebook's run"))
    return asyncio.run(_run(parcel, _Task()))


class _Task:
    """The task of Dask's that runs in this thread."""

    def __init__(self) -> None:
        self._worker = get_worker()
        self._key = self._worker.get_current_task()

    @property
    def is_wanted(self) -> bool:
        """Whether the result is waited for: the build may be gone, or the scheduler, or somebody has stopped it."""
        state = self._worker.state.tasks.get(self._key)
        return state is not None and state.state == "executing" and self._worker.status.name == "running"

    @property
    def gpus(self) -> int | None:
        """How many GPUs may be leased, as the worker advertises to Dask; None if it advertises nothing."""
        advertised = self._worker.state.total_resources
        return int(advertised.get(offer.GPU, 0)) if advertised else None

    def say(self, topic: str, **message: Any) -> None:
        """Send the build a message, and wait until the scheduler has it: what runs next may end this process."""
        with suppress(OSError, RuntimeError):  # a scheduler or worker that is going is noticed elsewhere
            sync(
                self._worker.loop,
                self._worker.scheduler.log_event,
                topic=topic,
                msg=message,
                callback_timeout=SAY_SECONDS,
            )


async def _run(parcel: Parcel, task: _Task) -> bytes:
    """Run a notebook, unless this machine lacks something for it, and return the encoded Answer."""
    if lacking := doctor.missing_libraries(parcel.libraries):
        names = ", ".join(need.name for need in lacking)
        return msgspec.msgpack.encode(Unfit(reason=f"it lacks {names}", remedy=doctor.command(lacking)))
    try:
        python = await _interpreter(parcel, task)
        async with _lease(parcel, task) as gpus:
            running = asyncio.ensure_future(
                run_notebook(
                    parcel.job,
                    python,
                    partial(Inputs().lay_out, parcel.files),
                    at_cell=lambda cell: task.say(parcel.topic, id=parcel.id, cell=cell),
                    gpus=gpus,
                )
            )
            outcome = await _while_wanted(running, task)
    except KernelEnvironmentError as error:
        return msgspec.msgpack.encode(Unfit(reason=error.message, remedy=error.remedy))
    except DamagedError as error:
        return msgspec.msgpack.encode(Lacking(error.digests))
    except OSError as error:
        return msgspec.msgpack.encode(unwritable(error))
    answer = encode_outcome(parcel.id, outcome)
    if Spool().keep(parcel.id, answer):
        task.say(parcel.topic, id=parcel.id, kept=True)
    return answer


async def _interpreter(parcel: Parcel, task: _Task) -> Path:
    """Return the notebooks' interpreter, which is compared with the lock once for each build.

    Raises KernelEnvironmentError if it cannot be made, or differs.
    """
    key = (parcel.topic, parcel.recipe.identity)
    if key not in _interpreters:
        existing = os.environ.get(hosting.PYTHON)
        if not (existing or parcel.recipe.ready):
            task.say(parcel.topic, id=parcel.id, making=True)
        environment = await asyncio.to_thread(
            kernel.environment_of, parcel.recipe, Path(existing) if existing else None
        )
        _interpreters[key] = environment.python
    return _interpreters[key]


async def _while_wanted(running: "asyncio.Future[Outcome]", task: _Task) -> Outcome:
    """Wait for a run; end it, with all that it has started, when nobody waits for it any more."""
    try:
        while not (await asyncio.wait({running}, timeout=LOOK_SECONDS))[0]:
            if not task.is_wanted:
                raise StoppedError
        return running.result()
    finally:
        running.cancel()
        await asyncio.wait({running})


@asynccontextmanager
async def _lease(parcel: Parcel, task: _Task) -> AsyncIterator[tuple[Gpu, ...]]:
    """Give a notebook GPUs of its own, of those that this process may use."""
    gpu_count = parcel.job.planned.gpus
    if not gpu_count:
        yield ()
        return
    # Some who start workers show each process all GPUs, its own ones first.
    visible = await asyncio.to_thread(hardware.gpus)
    usable = hardware.usable(visible[: task.gpus], parcel.capabilities)
    deadline = time.monotonic() + LEASE_SECONDS
    while not (leased := _take(usable, gpu_count)):
        if not task.is_wanted or time.monotonic() > deadline:
            raise StoppedError(f"{gpu_count} of {len(usable)} GPUs cannot be leased here")
        await asyncio.sleep(LOOK_SECONDS)
    try:
        yield leased
    finally:
        with _lease_lock:
            _leased.difference_update(gpu.id for gpu in leased)


def _take(usable: tuple[Gpu, ...], gpu_count: int) -> tuple[Gpu, ...]:
    """Lease so many GPUs; an empty tuple if that many are not free."""
    with _lease_lock:
        free = tuple(gpu for gpu in usable if gpu.id not in _leased)[:gpu_count]
        if len(free) < gpu_count:
            return ()
        _leased.update(gpu.id for gpu in free)
        return free
