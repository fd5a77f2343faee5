"""The program of one worker process: waits for the scheduler, joins it, and ends when the scheduler is gone.

It says on standard output what its parent has to know. Everything else that it writes is Dask's log.
"""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from toolchain.base.errors import ToolchainError
from toolchain.cluster import certificates, log
from toolchain.cluster.addresses import address
from toolchain.cluster.unreachable import diagnose

if TYPE_CHECKING:
    from distributed import Security

CONNECTED, WAITING, REFUSED = "toolchain: connected", "toolchain: waiting: ", "toolchain: "
"""What lines for our parent begin with."""
TRY_AGAIN = 75
"""The exit code of a worker that has said why it has to wait."""
NAME_TAKEN = (
    "it has a worker of the same name. If that is another machine's, choose other names with --name; "
    "if it was this machine's, it will soon be missed"
)
SECONDS_TO_ANSWER = 10
"""A scheduler that is there answers by then; if not, we ask again, and say so."""
QUIET = {
    "distributed.worker.profile.enabled": False,  # the work is done by other processes
    "distributed.diagnostics.nvml": False,
}


class WorkerOptions(Struct, frozen=True):
    """The options of a worker process: its one argument, as JSON."""

    scheduler: str
    certificates: str
    """Their folder."""
    name: str
    threads: int
    """Notebooks at a time."""
    resources: dict[str, float]
    folder: str
    """For Dask's own files."""


def command(options: WorkerOptions) -> list[str]:
    """Return the command that starts such a process."""
    return [sys.executable, "-m", "toolchain.cluster.member", msgspec.json.encode(options).decode()]


async def _serve(options: WorkerOptions) -> None:
    """Join the scheduler as a worker and serve until it is gone."""
    import dask  # noqa: PLC0415 - slow to import, and our parent needs `command` only
    import distributed  # noqa: PLC0415 - as above

    from toolchain.cluster import no_http  # noqa: PLC0415 - as above

    dask.config.set(QUIET)
    log.translate(lambda line: _say(REFUSED + line))
    security = certificates.security(Path(options.certificates))
    scheduler = address(options.scheduler)
    await _wait_for_scheduler(options.scheduler, security)
    worker = distributed.Worker(
        options.scheduler,
        name=options.name,
        nthreads=options.threads,
        resources=options.resources,
        local_directory=options.folder,
        security=security,
        protocol=scheduler.protocol,
        host=scheduler.bracketed if scheduler.is_loopback else None,  # by default it listens everywhere
        memory_limit=0,  # the memory is that of kernels, which are other processes: Dask must not judge by its own
        preload=no_http.preload("worker"),
        dashboard_address="127.0.0.1:0",
    )
    try:
        await worker
    except RuntimeError as error:  # says that it failed; its cause says why
        reason = str(error.__cause__ or error)
        if "name taken" not in reason:
            sys.exit(reason)
        _say(WAITING + NAME_TAKEN)
        sys.exit(TRY_AGAIN)
    _say(CONNECTED)
    await worker.finished()


async def _wait_for_scheduler(scheduler: str, security: "Security") -> None:
    """Wait until the scheduler answers, and say why it does not: Dask's Worker would only wait."""
    from distributed.comm.core import connect  # noqa: PLC0415 - slow to import

    reported = ""
    while True:
        try:
            comm = await connect(scheduler, SECONDS_TO_ANSWER, **security.get_connection_args("worker"))
        except OSError as error:
            diagnosis = await asyncio.to_thread(diagnose, scheduler, security, error)
            reason = ". ".join(filter(None, diagnosis))
            if reason != reported:
                reported = reason
                _say(WAITING + reason)
            await asyncio.sleep(1)
        else:
            await comm.close()
            return


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - our parent reads it


if __name__ == "__main__":
    try:
        asyncio.run(_serve(msgspec.json.decode(sys.argv[1], type=WorkerOptions)))
    except ToolchainError as error:  # such as certificates whose time is over by now
        sys.exit(f"{error.message}. {error.remedy}")
