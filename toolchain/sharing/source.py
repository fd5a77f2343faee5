"""A store elsewhere as it is read: whatever comes out of here has been verified."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TypeVar

import msgspec
from msgspec import Struct

from toolchain.base.errors import RemoteError
from toolchain.base.units import human_size
from toolchain.sharing import names, room, trust
from toolchain.sharing.remote import CONNECTIONS, DeniedError, Remote
from toolchain.sharing.trust import RefusedError, SignedResult, Trusted
from toolchain.store.store import NO_BLOB

MOST_NAMED, LONGEST_SHOWN = 10, 200
"""Of what an index should not list: how many are named, and how many of their characters shown."""

MOMENT = 0.1
"""Seconds that one who interrupts waits for each request under way."""

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
        self.room = room.Room()

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

    def record(self, name: str, catalogue: Catalogue) -> SignedResult:
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

    @contextmanager
    def notebook(self, result: SignedResult) -> Iterator[bytes]:
        """Give a result's notebook for as long as it is needed. Raises RefusedError."""
        with self.blob(names.blob_name(result.record.blob)) as data:
            trust.fits(data, result)
            yield data

    @contextmanager
    def blob(self, name: str) -> Iterator[bytes]:
        """Give what should be a notebook for as long as it is needed; others that are large wait. Raises RefusedError."""
        with ExitStack() as held:
            data = self._read(name, room.LARGE)
            if data is not None and len(data) > room.LARGE:  # how large it is, only all of it says
                held.enter_context(self.room.of(len(data)))
                data = self._read(name, names.BLOB_LIMIT)
            yield _within(data, names.BLOB_LIMIT, NO_BLOB)

    def _index(self, prefix: str) -> dict[str, int]:
        data = self._read(names.index_of(prefix), names.INDEX_LIMIT)
        if data is None:
            return {}
        _within(data, names.INDEX_LIMIT, "")
        try:
            return msgspec.json.decode(data, type=names.Index).objects
        except (msgspec.DecodeError, RecursionError):
            raise RefusedError("is no index") from None

    def _get(self, name: str, limit: int) -> bytes:
        return _within(self._read(name, limit), limit, "is not there")

    def _read(self, name: str, limit: int) -> bytes | None:
        try:
            return self.remote.read(name, limit)
        except DeniedError:
            # The marker could be read. Who may not list a bucket is told this of all that is not there.
            return None


def _refused_names(index: str, bad: list[str]) -> list[Refused]:
    """Name what an index lists and nobody asks for; of very many, or of a very long one, enough to know them by."""
    problems = [f"lists {name[:LONGEST_SHOWN]!r}, which is no name of a result" for name in bad[:MOST_NAMED]]
    if len(bad) > MOST_NAMED:
        problems.append(f"lists {len(bad) - MOST_NAMED} more that are no names of a result")
    return [Refused(name=index, problem=each) for each in problems]


def _within(data: bytes | None, limit: int, absent: str) -> bytes:
    """Return what was read, unless it is not there, or more than is expected. Raises RefusedError."""
    if data is None:
        raise RefusedError(absent)
    if len(data) > limit:
        raise RefusedError(f"is larger than {human_size(limit)}")
    return data


def each_of(
    tasks: Iterable[Task], work: Callable[[Task], Answer]
) -> Iterator[tuple[Task, Answer | RefusedError]]:
    """Work on several tasks at a time, and yield each with its answer, or with why it was refused, as soon as it is done.

    Any other error ends all: what has not begun then does not. Who interrupts does not wait for a server that is silent:
    what is half done is left as it would be if this process were killed, which harms nobody.
    """
    waiting: SimpleQueue[Task] = SimpleQueue()
    answers: SimpleQueue[tuple[Task, Answer | Exception]] = SimpleQueue()
    over = Event()
    tasks = list(tasks)
    for task in tasks:
        waiting.put(task)

    def help_out() -> None:
        with suppress(Empty):
            while not over.is_set():
                task = waiting.get_nowait()
                try:
                    answers.put((task, work(task)))
                except Exception as error:  # noqa: BLE001 - told to who waits for the answer
                    answers.put((task, error))

    helpers = [Thread(target=help_out, daemon=True) for _ in range(min(CONNECTIONS, len(tasks)))]
    for each in helpers:
        each.start()
    patience: float | None = None
    try:
        for _ in tasks:
            task, answer = answers.get()
            if isinstance(answer, Exception) and not isinstance(answer, RefusedError):
                raise answer
            yield task, answer
    except (KeyboardInterrupt, GeneratorExit):
        patience = MOMENT
        raise
    finally:
        over.set()
        for each in helpers:
            each.join(patience)
