"""Fetches results from a store elsewhere: those that a plan lacks, or all."""

from collections.abc import Callable
from functools import partial

from msgspec import Struct

from toolchain.base.errors import RemoteError
from toolchain.base.units import count, human_size
from toolchain.messages.progress import Reporter, StageFinished, StageStarted, StageStep
from toolchain.model import Record
from toolchain.sharing import names, trust
from toolchain.sharing.source import Catalogue, Refused, Source, in_parallel, refused_object
from toolchain.sharing.trust import AbsentError, RefusedError, SignedResult
from toolchain.store.store import Store

MOST_ABSENT = 1000
"""So many names of nothing in an index are asked for."""
MOST_RECORDS = 1000
"""So many results of one key are looked at for a plan: an index full of names of nothing must hold nobody up."""


class WantedResult(Struct, frozen=True):
    """A result that a plan lacks."""

    keys: tuple[str, ...]
    """Any of them will do, the first one best."""
    fits: Callable[[Record], bool]
    """Tells whether the inputs of a result are what they are here."""


class Pulled(Struct, frozen=True):
    """The results that have come from elsewhere."""

    remote: str
    results: int
    bytes: int
    there: int
    """How many more results it has: they were here already, or, for a plan, were not chosen."""
    keys: tuple[str, ...]
    """Keys of the results that have come."""
    refused: tuple[Refused, ...]


def everything(source: Source, store: Store, reporter: Reporter) -> Pulled:
    """Fetch every result that is not here. Raises RemoteError or StoreError; what had come by then stays."""
    reporter(StageStarted(title=f"Pulling from {source.url}"))
    source.require()
    catalogue = source.catalogue(names.PREFIXES)
    absent = [name for name in catalogue.all_records if not store.whole(store.folder / name)]
    return _fetch(source, catalogue, absent, store, reporter)


def lacking(wanted_results: list[WantedResult], source: Source, store: Store, reporter: Reporter) -> Pulled:
    """Fetch the best result for each that a plan lacks, as far as there is one. Raises as `everything` does."""
    reporter(StageStarted(title=f"Pulling from {source.url}"))
    source.require()
    catalogue = source.catalogue({key[:2] for wanted_result in wanted_results for key in wanted_result.keys})
    results_by_key: dict[str, list[SignedResult]] = {}
    refused = []
    record_names: set[str] = set()
    for key in {key for wanted_result in wanted_results for key in wanted_result.keys}:
        listed = catalogue.records.get(key, [])
        record_names.update(listed[:MOST_RECORDS])
        if len(listed) > MOST_RECORDS:
            problem = f"lists {count(len(listed), 'result')} of one key; {MOST_RECORDS} were looked at"
            refused.append(Refused(name=names.index_of(key[:2]), problem=problem))
    for name, answer in in_parallel(sorted(record_names), partial(source.record, catalogue=catalogue)):
        if isinstance(answer, RefusedError):
            refused.append(refused_object(name, answer))
        else:
            results_by_key.setdefault(answer.key, []).append(answer)
    chosen = {
        result.name: result
        for wanted_result in wanted_results
        if (result := _choose(wanted_result, results_by_key))
    }
    return _fetch(source, catalogue, sorted(chosen), store, reporter, chosen=chosen, refused=refused)


def _choose(
    wanted_result: WantedResult, results_by_key: dict[str, list[SignedResult]]
) -> SignedResult | None:
    """Return the oldest fitting result of the first key that has one: the same choice on every host."""
    for key in wanted_result.keys:
        fitting = [result for result in results_by_key.get(key, []) if wanted_result.fits(result.record)]
        if fitting:
            return min(fitting, key=lambda result: (result.record.start, result.name))
    return None


def _fetch(
    source: Source,
    catalogue: Catalogue,
    record_names: list[str],
    store: Store,
    reporter: Reporter,
    *,
    chosen: dict[str, SignedResult] | None = None,
    refused: list[Refused] | None = None,
) -> Pulled:
    """Fetch results by the names of their records; of those in `chosen` the record has been read already."""

    def fetch_result(name: str) -> tuple[str, int]:
        """Return the key of a result, and how many bytes have come."""
        result = chosen[name] if chosen else source.record(name, catalogue)
        return result.key, _store_result(result, source, store)

    keys: list[str] = []
    size = 0
    all_refused = [*catalogue.refused, *(refused or [])]
    absent = 0
    for number, (name, answer) in enumerate(in_parallel(record_names, fetch_result), start=1):
        if isinstance(answer, RefusedError):
            all_refused.append(refused_object(name, answer))
            absent += isinstance(answer, AbsentError)
            if absent > MOST_ABSENT:
                raise RemoteError(
                    f"{source.url}: more than {MOST_ABSENT} results that its index lists are not there",
                    remedy="What has come stays. The next `toolchain store push` there mends the index.",
                )
        else:
            keys.append(answer[0])
            size += answer[1]
        reporter(StageStep(done=number, total=len(record_names), what=human_size(size)))
    reporter(StageFinished(summary=f"  done    {count(len(keys), 'result')} pulled ({human_size(size)})"))
    return Pulled(
        remote=source.url,
        results=len(keys),
        bytes=size,
        there=len(catalogue.all_records) - len(record_names),
        keys=tuple(sorted(keys)),
        refused=tuple(sorted(all_refused, key=lambda refusal: refusal.name)),
    )


def _store_result(result: SignedResult, source: Source, store: Store) -> int:
    """Put a result into the store, its notebook first, and return how many bytes have come."""
    size = len(result.data)
    if not _has_notebook(result, source, store):
        with source.notebook(result) as notebook:
            size += len(notebook)
            store.put(notebook)
    store.adopt(result.key, result.record, result.data, result.signatures)
    return size


def _has_notebook(result: SignedResult, source: Source, store: Store) -> bool:
    """Tell whether a result's notebook is in the store here, and whole. Raises RefusedError if it is not that of the result."""
    path = store.blob(result.record.blob)
    with source.room.of(path.stat().st_size if path.is_file() else 0):
        notebook = store.read(result.record.blob)
        if notebook is not None:
            trust.require_matching(notebook, result)
        return notebook is not None
