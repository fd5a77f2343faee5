"""Reads all of a store elsewhere, and names what no build would take from there."""

from msgspec import Struct

from toolchain.base.files import sha256_bytes
from toolchain.base.units import count, human_size
from toolchain.messages.progress import Reporter, StageFinished, StageStarted, StageStep
from toolchain.sharing import names
from toolchain.sharing.remote import DeniedError
from toolchain.sharing.source import Refused, Source, each_of, refused_as
from toolchain.sharing.trust import RefusedError
from toolchain.store.store import BLOBS, CHANGED, KEYS, SIGNATURES


class Inspected(Struct, frozen=True):
    """What a look at the whole of a store elsewhere has found."""

    remote: str
    results: int
    """That the index names."""
    signed: int
    """Of those that are good."""
    bytes: int
    refused: tuple[Refused, ...]
    unlisted: tuple[str, ...]
    """Records that are there, and not in the index: who reads it does not find them."""


def inspect(source: Source, reporter: Reporter) -> Inspected:
    """Read every object. Raises RemoteError."""
    reporter(StageStarted(title=f"Verifying {source.url}"))
    source.require()
    catalogue = source.catalogue(names.PREFIXES)
    records = catalogue.all_records
    refused = list(catalogue.refused)
    seen: set[str] = set()
    signed = size = 0

    def one(name: str) -> tuple[int, int]:
        result = source.record(name, catalogue)
        seen.add(result.record.blob)
        with source.notebook(result) as notebook:
            return len(result.signatures), len(result.data) + len(notebook)

    for done, (name, answer) in enumerate(each_of(records, one), start=1):
        if isinstance(answer, RefusedError):
            refused.append(refused_as(name, answer))
        else:
            signed += bool(answer[0])
            size += answer[1]
        reporter(StageStep(done=done, total=len(records), what=human_size(size)))
    unlisted, others = _beside(source, set(records), seen)
    refused += others
    reporter(StageFinished(summary=f"  done    {count(len(records), 'result')} read ({human_size(size)})"))
    return Inspected(
        remote=source.url,
        results=len(records),
        signed=signed,
        bytes=size,
        refused=tuple(sorted(refused, key=lambda each: each.name)),
        unlisted=unlisted,
    )


def _beside(source: Source, listed: set[str], seen: set[str]) -> tuple[tuple[str, ...], list[Refused]]:
    """Look at what the index does not lead to, where there is a way to see it."""
    try:
        there = source.remote.sizes(KEYS, SIGNATURES, BLOBS)
    except DeniedError:
        return (), []

    def one(name: str) -> None:
        with source.blob(name) as data:
            if sha256_bytes(data) != name.rpartition("/")[2]:
                raise RefusedError(CHANGED)

    blobs = [each for each in there if (found := names.BLOB.fullmatch(each)) and found["blob"] not in seen]
    refused = [
        refused_as(name, answer) for name, answer in each_of(blobs, one) if isinstance(answer, RefusedError)
    ]
    unlisted = [each for each in there if names.RECORD.fullmatch(each) and each not in listed]
    return tuple(sorted(unlisted)), refused
