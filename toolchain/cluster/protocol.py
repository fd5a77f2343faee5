"""What travels between a build and the workers: bytes of MessagePack, which both sides read by these types."""

import errno
import math
from typing import Any

import msgspec
from msgspec import Struct

from toolchain.base.code import digest_of_rooms
from toolchain.cluster.offer import Offer
from toolchain.environment.kernel import Recipe
from toolchain.execute.job import Job
from toolchain.model import Executed, Failed, Outcome

ROOMS = ("cluster", "execute", "environment", "sources", "project", "processes", "model", "base")
"""What a build and its workers have to have alike: the rooms that a notebook's run goes through."""


class StoppedError(Exception):
    """A run was ended from outside: nobody waits for it, or its worker ends."""


class Metrics(Struct, frozen=True):
    """What Dask measures of a worker."""

    task_counts: dict[str, Any] = {}
    """How many tasks are in each state."""


class Description(Struct, frozen=True):
    """What a scheduler of Dask's says of a worker, as far as we want to know it."""

    name: str | int
    """Stays as it is when the worker is started again, unlike the address."""
    nthreads: int
    resources: dict[str, float] = {}
    """Dask's; empty if it was started without."""
    host: str = ""
    local_directory: str = ""
    """The process's own folder: another process may come to the same address."""
    status: str = ""
    metrics: Metrics = Metrics()

    def __post_init__(self) -> None:
        """Raise ValueError for amounts that there are not."""
        if not all(math.isfinite(amount) and amount >= 0 for amount in self.resources.values()):
            raise ValueError("resources that are no amounts")

    @property
    def executing(self) -> int:
        """How many tasks it runs, of whatever build."""
        count = self.metrics.task_counts.get("executing", 0)
        return count if isinstance(count, int) else 0


class Said(Struct, frozen=True):
    """What a worker says of a parcel while it runs, as a message of Dask's."""

    id: str
    """Of the parcel."""
    cell: int = 0
    """Number of the code cell that begins; 0 if none does."""
    making: bool = False
    """Whether it makes the notebooks' environment first."""
    kept: bool = False
    """Whether the outcome is on its machine's disk."""


class Greeting(Struct, frozen=True):
    """A worker process's answer when a build gets to know it."""

    code: str
    """Digest of its toolchain."""
    offer: Offer
    spooled: tuple[str, ...] = ()
    """Outcomes of this build that it, or another process of its machine, has kept for it."""


class Parcel(Struct, frozen=True):
    """A notebook's run, complete but for the bytes of its files, which are sent before."""

    id: str
    """Of this attempt, in this build and in no other."""
    topic: str
    """Of Dask's events in which the worker says what goes on."""
    job: Job
    files: dict[str, str]
    """sha256 of the files that it may read, by their paths in the project."""
    recipe: Recipe
    """The notebooks' environment, to be made where it is not there yet."""
    libraries: dict[str, str] = {}
    """Shared libraries that the environment's packages load, by name, with Debian's packages of them."""
    capabilities: tuple[str, ...] = ()
    """Of GPUs that the environment's packages have machine code for."""


class Done(Struct, frozen=True, tag=True):
    """The notebook has run, well or not."""

    id: str
    """Of the parcel that this is the answer to."""
    outcome: Executed | Failed


class Lacking(Struct, frozen=True, tag=True):
    """Files that are not there as they were sent: removed or damaged since."""

    digests: tuple[str, ...]


class Unfit(Struct, frozen=True, tag=True):
    """The worker cannot run notebooks of this book."""

    reason: str
    remedy: str = ""


Answer = Done | Lacking | Unfit


def unwritable(error: OSError) -> Unfit:
    """Return the answer of a worker that cannot write, or read, a file that it has to."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    reason = f"{error.filename or 'its disk'}: {error.strerror or error}"
    return Unfit(reason, remedy="Make room there." if full else "Let its user read and write there.")


def encode_outcome(name: str, outcome: Outcome) -> bytes:
    """Return the bytes that are sent of the outcome of a parcel, without what the build knows itself of its plan."""
    planned = msgspec.structs.replace(outcome.planned, record=None, components={})
    return msgspec.msgpack.encode(Done(name, msgspec.structs.replace(outcome, planned=planned)))


def code() -> str:
    """Return the digest of what of the toolchain decides how a notebook runs."""
    return digest_of_rooms(ROOMS)
