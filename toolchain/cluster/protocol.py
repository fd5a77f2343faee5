"""What travels between a build and the workers: bytes of MessagePack, which both sides read by these types."""

import errno

import msgspec
from msgspec import Struct

from toolchain.base.code import digest_of_rooms
from toolchain.cluster.offer import Offer
from toolchain.environment.kernel import Recipe
from toolchain.execute.job import Job
from toolchain.model import Executed, Failed, Outcome

ROOMS = ("cluster", "execute", "environment", "sources", "project", "processes", "model", "base")
"""What a build and its workers have to have alike: the rooms that a notebook's run goes through."""


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


def encode_outcome(outcome: Outcome) -> bytes:
    """Return the bytes that are sent of an outcome, without what the build knows itself of its plan."""
    planned = msgspec.structs.replace(outcome.planned, record=None, components={})
    return msgspec.msgpack.encode(Done(msgspec.structs.replace(outcome, planned=planned)))


def code() -> str:
    """Return the digest of what of the toolchain decides how a notebook runs."""
    return digest_of_rooms(ROOMS)
