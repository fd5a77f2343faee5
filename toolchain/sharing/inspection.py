"""Reads all of a store elsewhere, and names the objects that no build would take from there."""

from msgspec import Struct

from toolchain.base.files import sha256_bytes
from toolchain.base.units import count, human_size
from toolchain.messages.progress import Reporter, StageFinished, StageStarted, StageStep
from toolchain.sharing import names
from toolchain.sharing.remote import DeniedError
from toolchain.sharing.source import Refused, Source, in_parallel, refused_object
from toolchain.sharing.trust import RefusedError
from toolchain.store.store import BLOBS, CHANGED, KEYS, SIGNATURES


class Inspected(Struct, frozen=True):
    """What reading the whole of a store elsewhere has shown."""

    remote: str
    results: int
    """How many results the index names."""
    signed: int
    """How many of them are good, and signed by somebody trusted."""
    bytes: int
    refused: tuple[Refused, ...]
    unlisted: tuple[str, ...]
    """Records that are there but not in the index: who reads the index does not find them."""


def inspect(source: Source, reporter: Reporter) -> Inspected:
    """Read every object, and report what is wrong. Raises RemoteError."""
    reporter(StageStarted(title=f"Verifying {source.url}"))
    source.require()
    catalogue = source.catalogue(names.PREFIXES)
    records = catalogue.all_records
    refused = list(catalogue.refused)
    recorded_blobs: set[str] = set()
    signed = size = 0

    def inspect_result(name: str) -> tuple[int, int]:
        """Return how many signatures and how many bytes a result has."""
        result = source.record(name, catalogue)
        recorded_blobs.add(result.record.blob)
        with source.notebook(result) as notebook:
            return len(result.signatures), len(result.data) + len(notebook)

    for number, (name, answer) in enumerate(in_parallel(records, inspect_result), start=1):
        if isinstance(answer, RefusedError):
            refused.append(refused_object(name, answer))
        else:
            signed += bool(answer[0])
            size += answer[1]
        reporter(StageStep(done=number, total=len(records), what=human_size(size)))
    unlisted, refused_blobs = _unindexed(source, set(records), recorded_blobs)
    refused += refused_blobs
    reporter(StageFinished(summary=f"  done    {count(len(records), 'result')} read ({human_size(size)})"))
    return Inspected(
        remote=source.url,
        results=len(records),
        signed=signed,
        bytes=size,
        refused=tuple(sorted(refused, key=lambda refusal: refusal.name)),
        unlisted=unlisted,
    )


def _unindexed(
    source: Source, indexed: set[str], recorded_blobs: set[str]
) -> tuple[tuple[str, ...], list[Refused]]:
    """Return the records that the index does not name, and the damaged notebooks that none of its records has.

    Nothing of either if the place cannot be listed.
    """
    try:
        objects = source.remote.sizes(KEYS, SIGNATURES, BLOBS)
    except DeniedError:
        return (), []

    def check_digest(name: str) -> None:
        with source.blob(name) as content:
            if sha256_bytes(content) != name.rpartition("/")[2]:
                raise RefusedError(CHANGED)

    blobs = [
        name
        for name in objects
        if (match := names.BLOB.fullmatch(name)) and match["blob"] not in recorded_blobs
    ]
    refused = [
        refused_object(name, answer)
        for name, answer in in_parallel(blobs, check_digest)
        if isinstance(answer, RefusedError)
    ]
    unlisted = [name for name in objects if names.RECORD.fullmatch(name) and name not in indexed]
    return tuple(sorted(unlisted)), refused
