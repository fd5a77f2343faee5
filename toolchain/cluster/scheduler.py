"""The scheduler: one process that builds and workers connect to, with our rules for certificates."""

import asyncio
import signal
import socket
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import msgspec

from toolchain.base.aside import folder_for_now, sweep_temporary
from toolchain.base.errors import ConfigError
from toolchain.cluster import log, optional_extra, peers
from toolchain.cluster.addresses import SchedulerAddress, address, is_host
from toolchain.processes import signals

if TYPE_CHECKING:
    from distributed import Security

At = Callable[[peers.Reached], object]
Say = Callable[[str], object]


def run(host: str, port: int, folder: Path | None, *, at: At, say: Say) -> None:
    """Serve until interrupted; `at` is told how it is reached once that is known, `say` lines on who comes and goes.

    Raises ConfigError if it cannot listen there, or has no certificates for it.
    """
    optional_extra.require()
    host = host.removeprefix("[").removesuffix("]")
    if not is_host(host):
        raise ConfigError(
            f"--host: {host!r} is no name or address of a machine", remedy="The port is named with --port."
        )
    reached = peers.reach(str(SchedulerAddress(protocol="tls", host=host, port=port)), folder)
    security = reached.security()
    peers.expect_many()
    sweep_temporary()
    with folder_for_now() as scratch:
        asyncio.run(_serve(reached, security, scratch, at=at, say=say))


async def _serve(reached: peers.Reached, security: "Security", scratch: Path, *, at: At, say: Say) -> None:
    import dask  # noqa: PLC0415 - slow to import
    import distributed  # noqa: PLC0415 - as above

    from toolchain.cluster import no_http  # noqa: PLC0415 - as above

    log.listen(say)
    dask.config.set(temporary_directory=str(scratch))  # Dask would leave a folder of its own behind
    interrupted, loop = asyncio.Event(), asyncio.get_running_loop()

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(interrupted.set)

    # Not asyncio's own way: with the loop it ends, and what comes then would kill us.
    for number in signals.handled_signals():
        signal.signal(number, interrupt)
    try:
        with warnings.catch_warnings():  # that a machine outside the Internet does not reach it
            warnings.simplefilter("ignore", RuntimeWarning)
            scheduler = await distributed.Scheduler(
                host=str(reached.address).rpartition(":")[0],
                port=reached.address.port,
                security=security,
                preload=no_http.preload("scheduler"),
                dashboard=False,
                dashboard_address="127.0.0.1:0",
            )
    except RuntimeError as error:  # says that it failed; its cause says why
        raise ConfigError(
            f"{reached.address}: cannot listen there: {getattr(error.__cause__, 'strerror', '') or error.__cause__ or error}",
            remedy="Name another --port, or an address of this machine with --host.",
        ) from error
    scheduler.add_plugin(_watcher(say))
    actual = _address_for_others(reached.address, address(scheduler.address))
    at(msgspec.structs.replace(reached, address=actual))
    await interrupted.wait()
    await scheduler.close()


def _address_for_others(requested: SchedulerAddress, actual: SchedulerAddress) -> SchedulerAddress:
    """Return the address that others are to use: Debian's own name for a machine leads to that machine only."""
    if actual.is_loopback and not requested.is_loopback:
        actual = msgspec.structs.replace(actual, host=socket.gethostname())
    return actual


def _watcher(say: Say) -> Any:
    """Return a plugin of Dask's that says which workers come and go."""
    import distributed  # noqa: PLC0415 - slow to import

    names: dict[str, str] = {}

    class Watcher(distributed.SchedulerPlugin):
        def add_worker(self, scheduler: distributed.Scheduler, worker: str) -> None:
            names[worker] = str(scheduler.workers[worker].name)
            say(f"{names[worker]} joined")

        def remove_worker(
            self,
            scheduler: distributed.Scheduler,  # noqa: ARG002 - Dask's signature
            worker: str,
            *,
            stimulus_id: str,  # noqa: ARG002 - as above
            **_other: Any,
        ) -> None:
            say(f"{names.pop(worker, worker)} left")

    return Watcher()
