"""Fetches results from a store elsewhere: those that a plan lacks, or all."""

from collections.abc import Callable
from functools import partial

from msgspec import Struct

from toolchain.base.units import count, human_size
from toolchain.messages.progress import Reporter, StageFinished, StageStarted, StageStep
from toolchain.model import Record
from toolchain.sharing import names, trust
from toolchain.sharing.source import Catalogue, Refused, Source, each_of, refused_as
from toolchain.sharing.trust import RefusedError, SignedResult
from toolchain.store.store import Store

MOST_RECORDS = 1000
"""So many results of one key are looked at for a plan: who fills an index with names of nothing holds nobody up."""


class WantedResult(Struct, frozen=True):
    """A result that a plan lacks."""

    keys: tuple[str, ...]
    """Any of them will do, the first one best."""
    fits: Callable[[Record], bool]
    """Says whether the inputs of a result are what they are here."""


class Pulled(Struct, frozen=True):
    """What has come from elsewhere."""

    remote: str
    results: int
    bytes: int
    there: int
    """Results that it has and that were here already; of a plan: that do not count here."""
    keys: tuple[str, ...]
    """Of the results that have come."""
    refused: tuple[Refused, ...]


def everything(source: Source, store: Store, reporter: Reporter) -> Pulled:
    """Fetch every result that is not here. Raises RemoteError or StoreError; what had come by then stays."""
    reporter(StageStarted(title=f"Pulling from {source.url}"))
    source.require()
    catalogue = source.catalogue(names.PREFIXES)
    lacking = [each for each in catalogue.all_records if not store.whole(store.folder / each)]
    return _fetch(source, catalogue, lacking, store, reporter)


def lacking(wanted: list[WantedResult], source: Source, store: Store, reporter: Reporter) -> Pulled:
    """Fetch the results that are wanted, as far as they are there. Raises as `everything` does."""
    reporter(StageStarted(title=f"Pulling from {source.url}"))
    source.require()
    catalogue = source.catalogue({key[:2] for each in wanted for key in each.keys})
    found: dict[str, list[SignedResult]] = {}
    refused = []
    asked = set()
    for key in {key for each in wanted for key in each.keys}:
        listed = catalogue.records.get(key, [])
        asked.update(listed[:MOST_RECORDS])
        if len(listed) > MOST_RECORDS:
            problem = f"lists {count(len(listed), 'result')} of one key; {MOST_RECORDS} were looked at"
            refused.append(Refused(name=names.index_of(key[:2]), problem=problem))
    for name, answer in each_of(sorted(asked), partial(source.record, catalogue=catalogue)):
        if isinstance(answer, RefusedError):
            refused.append(refused_as(name, answer))
        else:
            found.setdefault(answer.key, []).append(answer)
    chosen = {each.name: each for one in wanted if (each := _choose(one, found))}
    return _fetch(source, catalogue, sorted(chosen), store, reporter, chosen=chosen, refused=refused)


def _choose(wanted: WantedResult, found: dict[str, list[SignedResult]]) -> SignedResult | None:
    """Return the oldest result of the first key that has one: the same wherever it is asked for."""
    for key in wanted.keys:
        fitting = [each for each in found.get(key, []) if wanted.fits(each.record)]
        if fitting:
            return min(fitting, key=lambda each: (each.record.start, each.name))
    return None


def _fetch(
    source: Source,
    catalogue: Catalogue,
    wanted: list[str],
    store: Store,
    reporter: Reporter,
    *,
    chosen: dict[str, SignedResult] | None = None,
    refused: list[Refused] | None = None,
) -> Pulled:
    """Fetch results by their names; the records may be known already."""

    def one(name: str) -> tuple[str, int]:
        result = chosen[name] if chosen else source.record(name, catalogue)
        return result.key, _enter(result, source, store)

    keys: list[str] = []
    size = 0
    bad = [*catalogue.refused, *(refused or [])]
    for done, (name, answer) in enumerate(each_of(wanted, one), start=1):
        if isinstance(answer, RefusedError):
            bad.append(refused_as(name, answer))
        else:
            keys.append(answer[0])
            size += answer[1]
        reporter(StageStep(done=done, total=len(wanted), what=human_size(size)))
    reporter(StageFinished(summary=f"  done    {count(len(keys), 'result')} pulled ({human_size(size)})"))
    return Pulled(
        remote=source.url,
        results=len(keys),
        bytes=size,
        there=len(catalogue.all_records) - len(wanted),
        keys=tuple(sorted(keys)),
        refused=tuple(sorted(bad, key=lambda each: each.name)),
    )


def _enter(result: SignedResult, source: Source, store: Store) -> int:
    """Put a result into the store, its notebook first, and return how many bytes have come."""
    size = len(result.data)
    if not _here(result, source, store):
        with source.notebook(result) as notebook:
            size += len(notebook)
            store.put(notebook)
    store.adopt(result.key, result.record, result.data, result.signatures)
    return size


def _here(result: SignedResult, source: Source, store: Store) -> bool:
    """Say whether a result's notebook is here and whole. Raises RefusedError if it is not that of the result."""
    path = store.blob(result.record.blob)
    with source.room.of(path.stat().st_size if path.is_file() else 0):
        notebook = store.read(result.record.blob)
        if notebook is not None:
            trust.fits(notebook, result)
        return notebook is not None
