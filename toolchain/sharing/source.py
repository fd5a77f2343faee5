"""A store elsewhere as it is read: whatever comes out of here has been verified."""

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from typing import TypeVar

import msgspec
from msgspec import Struct

from toolchain.errors import RemoteError
from toolchain.sharing import names, trust
from toolchain.sharing.remote import CONNECTIONS, DeniedError, Remote
from toolchain.sharing.trust import RefusedError, Result, Trusted
from toolchain.store import NO_BLOB
from toolchain.units import human_size

MOST_NAMED, LONGEST_SHOWN = 10, 200
"""Of what an index should not list: how many are named, and how many of their characters shown."""

Task = TypeVar("Task")
Answer = TypeVar("Answer")


class Refused(Struct, frozen=True):
    """An object of elsewhere that was not let in."""

    name: str
    problem: str
    notebook: str = ""
    """Page that it was given out to be a result of; empty if nothing says."""

    def sentence(self, url: str) -> str:
        """Say what was refused, and why."""
        whose = f", a result of {self.notebook}" if self.notebook else ""
        return f"refused {url}/{self.name}{whose}: {self.problem}"


def refused_as(name: str, error: RefusedError) -> Refused:
    """Return what is told of an object that was refused."""
    return Refused(name=name, problem=str(error), notebook=error.notebook)


class Catalogue(Struct, frozen=True):
    """What a store has, as its index says."""

    records: dict[str, list[str]]
    """Names of the records of each key."""
    signers: dict[tuple[str, str], list[str]]
    """Fingerprints of those who signed, by the key and the record's digest."""
    refused: tuple[Refused, ...]
    """Of the index itself."""

    @property
    def all_records(self) -> list[str]:
        """The names of all records."""
        return sorted(name for each in self.records.values() for name in each)


class Source:
    """A store elsewhere, to be read."""

    def __init__(self, remote: Remote, trusted: Trusted) -> None:
        """Read from a place what these have signed."""
        self.remote = remote
        self.url = remote.url
        self.trusted = trusted

    def require(self) -> None:
        """Raise RemoteError if there is no store at the address."""
        if self.remote.read(names.MARKER, names.SMALL) != names.MARKED:
            raise RemoteError(
                f"{self.url}: there is no store of results",
                remedy="Correct the address, or make a store there: `toolchain store push` does with the first result.",
            )

    def catalogue(self, prefixes: Collection[str]) -> Catalogue:
        """Return what the index says of the keys that begin with these digits."""
        records: dict[str, list[str]] = {}
        signers: dict[tuple[str, str], list[str]] = {}
        refused = []
        for prefix, answer in each_of(sorted(prefixes), self._index):
            if isinstance(answer, RefusedError):
                refused.append(Refused(name=names.index_of(prefix), problem=str(answer)))
                continue
            good = names.indexed(answer, prefix)
            for name in sorted(good):
                if found := names.RECORD.fullmatch(name):
                    records.setdefault(found["key"], []).append(name)
                elif found := names.SIGNATURE.fullmatch(name):
                    signers.setdefault((found["key"], found["record"]), []).append(found["signer"])
            refused += _refused_names(names.index_of(prefix), sorted(answer.keys() - good.keys()))
        return Catalogue(records=records, signers=signers, refused=tuple(refused))

    def record(self, name: str, catalogue: Catalogue) -> Result:
        """Return a result's record, with the signatures that count. Raises RefusedError."""
        result = trust.admitted(name, self._get(name, names.RECORD_LIMIT))
        signatures = {}
        for signer in catalogue.signers.get((result.key, result.digest), []) if self.trusted else ():
            signatures[signer] = b""  # of whom nobody trusts, the name is enough, to say it
            if self.trusted.knows(signer):
                # One that is not there takes nothing from another that is good.
                with suppress(RefusedError):
                    signed = names.signature_name(result.key, result.digest, signer)
                    signatures[signer] = self._get(signed, names.SMALL)
        return self.trusted.require(msgspec.structs.replace(result, signatures=signatures))

    def notebook(self, result: Result) -> bytes:
        """Return a result's notebook. Raises RefusedError."""
        name = names.blob_name(result.record.blob)
        data = self._get(name, names.BLOB_LIMIT, NO_BLOB)
        trust.fits(data, result)
        return data

    def _index(self, prefix: str) -> dict[str, int]:
        try:
            data = self.remote.read(names.index_of(prefix), names.INDEX_LIMIT)
        except DeniedError:
            # The marker could be read. Who may not list a bucket is told this of all that is not there.
            return {}
        if data is None:
            return {}
        _refuse_large(data, names.INDEX_LIMIT)
        try:
            return msgspec.json.decode(data, type=names.Index).objects
        except (msgspec.DecodeError, RecursionError):
            raise RefusedError("is no index") from None

    def _get(self, name: str, limit: int, absent: str = "is not there") -> bytes:
        try:
            data = self.remote.read(name, limit)
        except DeniedError:  # as above
            data = None
        if data is None:
            raise RefusedError(absent)
        _refuse_large(data, limit)
        return data


def _refused_names(index: str, bad: list[str]) -> list[Refused]:
    """Name what an index lists and nobody asks for; of very many, or of a very long one, enough to know them by."""
    problems = [f"lists {name[:LONGEST_SHOWN]!r}, which is no name of a result" for name in bad[:MOST_NAMED]]
    if len(bad) > MOST_NAMED:
        problems.append(f"lists {len(bad) - MOST_NAMED} more that are no names of a result")
    return [Refused(name=index, problem=each) for each in problems]


def _refuse_large(data: bytes, limit: int) -> None:
    if len(data) > limit:
        raise RefusedError(f"is larger than {human_size(limit)}")


def each_of(
    tasks: Iterable[Task], work: Callable[[Task], Answer]
) -> Iterator[tuple[Task, Answer | RefusedError]]:
    """Work on several tasks at a time, and yield each with its answer, or with why it was refused, as soon as it is done.

    Any other error ends all: what has not begun then does not.
    """
    pool = ThreadPoolExecutor(max_workers=CONNECTIONS)
    try:
        futures = {pool.submit(work, task): task for task in tasks}
        for future in as_completed(futures):
            try:
                answer: Answer | RefusedError = future.result()
            except RefusedError as refused:
                answer = refused
            yield futures[future], answer
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
