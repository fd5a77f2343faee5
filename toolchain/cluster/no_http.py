"""What Dask's schedulers and workers serve by HTTP to everybody who asks: not at all, unless somebody wants it.

Each listens at a port of its own for that, without encryption and without asking who comes, and cannot be told not to.
This is a `preload` of Dask's: `dask worker --preload toolchain.cluster.no_http` does the same where others start workers.
"""

from typing import TYPE_CHECKING

import dask

if TYPE_CHECKING:
    from distributed import Scheduler, Worker

NAME = __name__


def preload(role: str) -> list[str]:
    """Return the modules that a `scheduler` or a `worker` is to load: this one beside what the person has configured."""
    configured = dask.config.get(f"distributed.{role}.preload")
    return [*([configured] if isinstance(configured, str) else configured), NAME]


def dask_setup(server: "Scheduler | Worker") -> None:
    """Have a scheduler or a worker that begins listen for no HTTP any more: nobody knows of the port yet."""
    server.http_server.stop()
    server.services.pop("dashboard", None)
