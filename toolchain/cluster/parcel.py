"""What travels between a build and the workers: bytes of MessagePack, which both sides read by these types."""

import errno
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

import toolchain
from toolchain.base.files import files_below, sha256_file, sha256_lines
from toolchain.cluster.offer import Offer
from toolchain.environment.kernel import Recipe
from toolchain.execute.job import Job
from toolchain.model import Executed, Failed, Outcome

PARTS = ("cluster", "execute", "model")
"""The packages that a build and its workers have to have alike: what runs a notebook, and what is said about it."""


class Greeting(Struct, frozen=True):
    """What a worker process says of itself."""

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
    """Under which the worker says what goes on."""
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
    """Say of a worker that it cannot write, or read, what it has to."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    said = f"{error.filename or 'its disk'}: {error.strerror or error}"
    return Unfit(said, remedy="Make room there." if full else "Let its user read and write there.")


def done(outcome: Outcome) -> bytes:
    """Return what is sent of an outcome; of the plan the build knows everything itself."""
    bare = msgspec.structs.replace(outcome.planned, record=None, components={})
    return msgspec.msgpack.encode(Done(msgspec.structs.replace(outcome, planned=bare)))


@cache
def code() -> str:
    """Return the digest of what of the toolchain decides how a notebook runs."""
    root = Path(toolchain.__file__).parent
    files = [path for part in PARTS for path in files_below(root / part)]
    return sha256_lines(
        [
            toolchain.__version__,
            *(f"{path.relative_to(root).as_posix()} {sha256_file(path)}" for path in files),
        ]
    )
