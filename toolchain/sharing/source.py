"""A store elsewhere as it is read: whatever comes out of here has been verified."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from heapq import nsmallest
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from typing import TypeVar

import msgspec
from msgspec import Struct

from toolchain.base.decoding import decode_json
from toolchain.base.errors import RemoteError
from toolchain.base.units import human_size
from toolchain.sharing import memory_limit, names, trust
from toolchain.sharing.remote import CONNECTIONS, DeniedError, Remote
from toolchain.sharing.trust import AbsentError, RefusedError, SignedResult, Trusted
from toolchain.store.store import NO_BLOB

MOST_NAMED, LONGEST_SHOWN = 10, 200
"""Of names that an index should not list: how many are shown, and how many characters of each."""

MOST_LISTED = 1_000_000
"""Of all objects in an index: names of nothing cost whoever lists them nothing, and us memory."""

MOMENT = 0.1
"""Seconds that an interrupt waits for each request under way."""

Task = TypeVar("Task")
Answer = TypeVar("Answer")


class Refused(Struct, frozen=True):
    """An object of elsewhere that was not let in."""

    name: str
    problem: str
    notebook: str = ""
    """Page that it claims to be a result of; empty if nothing says."""

    def sentence(self, url: str) -> str:
        """Return a sentence that says what was refused, and why."""
        whose = f", a result of {self.notebook}" if self.notebook else ""
        return f"refused {url}/{self.name}{whose}: {self.problem}"


def refused_object(name: str, error: RefusedError) -> Refused:
    """Return the report of an object that was refused, with the problem and the page of the error."""
    return Refused(name=name, problem=str(error), notebook=error.notebook)


class Catalogue(Struct, frozen=True):
    """What a store has, as its index says."""

    records: dict[str, list[str]]
    """Names of the records of each key."""
    signers: dict[tuple[str, str], list[str]]
    """Fingerprints of those who signed, by the key and the record's digest."""
    refused: tuple[Refused, ...]
    """Those of the index itself."""

    @property
    def all_records(self) -> list[str]:
        """The names of all records."""
        return sorted(name for names_of_key in self.records.values() for name in names_of_key)


class Source:
    """A store elsewhere, to be read."""

    def __init__(self, remote: Remote, trusted: Trusted) -> None:
        """Read from a place the results that these have signed."""
        self.remote = remote
        self.url = remote.url
        self.trusted = trusted
        self.room = memory_limit.Room()
        self._understanding = Lock()
        """One index at a time: understood, it takes twenty times as much memory."""

    def require(self) -> None:
        """Raise RemoteError if there is no store at the address."""
        if self.remote.read(names.MARKER, names.SMALL) != names.MARKED:
            raise RemoteError(
                f"{self.url}: there is no store of results",
                remedy="Correct the address, or make a store there: `toolchain store push` does with the first result.",
            )

    def catalogue(self, prefixes: Collection[str]) -> Catalogue:
        """Return what the index says of the keys that begin with these digits.

        Raises RemoteError, also if it lists more than any store has.
        """
        records: dict[str, list[str]] = {}
        signers: dict[tuple[str, str], list[str]] = {}
        refused = []
        listed = 0
        for prefix, answer in in_parallel(sorted(prefixes), self._indexed_objects):
            if isinstance(answer, RefusedError):
                refused.append(Refused(name=names.index_of(prefix), problem=str(answer)))
                continue
            objects, problems = answer
            listed += len(objects)
            if listed > MOST_LISTED:
                raise RemoteError(
                    f"{self.url}: its index lists more than {MOST_LISTED:,} objects, which no store has",
                    remedy="Nothing was taken from there. Ask whoever keeps that store, or name another one.",
                )
            for name in objects:
                if match := names.RECORD.fullmatch(name):
                    records.setdefault(match["key"], []).append(name)
                elif match := names.SIGNATURE.fullmatch(name):
                    signers.setdefault((match["key"], match["record"]), []).append(match["signer"])
            refused += problems
        return Catalogue(records=records, signers=signers, refused=tuple(refused))

    def record(self, name: str, catalogue: Catalogue) -> SignedResult:
        """Return a result's record, with the signatures that count. Raises RefusedError."""
        result = trust.admitted(name, self._read_required(name, names.RECORD_LIMIT))
        signatures = {}
        for signer in catalogue.signers.get((result.key, result.digest), []) if self.trusted else ():
            signatures[signer] = b""  # of a signer who is not trusted the name is enough, for the message
            if self.trusted.knows(signer):
                # A signature that is missing does not make another one less good.
                with suppress(RefusedError):
                    signature = names.signature_name(result.key, result.digest, signer)
                    signatures[signer] = self._read_required(signature, names.SMALL)
        return self.trusted.require(msgspec.structs.replace(result, signatures=signatures))

    @contextmanager
    def notebook(self, result: SignedResult) -> Iterator[bytes]:
        """Give a result's notebook for as long as it is needed. Raises RefusedError if it is not what it has to be."""
        with self.blob(names.blob_name(result.record.blob)) as notebook:
            trust.require_matching(notebook, result)
            yield notebook

    @contextmanager
    def blob(self, name: str) -> Iterator[bytes]:
        """Give what should be a notebook for as long as it is needed; others that are large wait. Raises RefusedError."""
        with ExitStack() as held:
            content = self._read(name, memory_limit.LARGE)
            if (
                content is not None and len(content) > memory_limit.LARGE
            ):  # how large it is, only all of it says
                held.enter_context(self.room.of(len(content)))
                content = self._read(name, names.BLOB_LIMIT)
            yield _checked(content, names.BLOB_LIMIT, NO_BLOB)

    def _indexed_objects(self, prefix: str) -> tuple[list[str], list[Refused]]:
        """Return the names that an index lists, and those that it should not. Raises RefusedError if it is no index."""
        content = self._read(names.index_of(prefix), names.INDEX_LIMIT)
        if content is None:
            return [], []
        _checked(content, names.INDEX_LIMIT, "")
        with self._understanding:
            index = decode_json(content, names.Index)
            if index is None:
                raise RefusedError("is no index")
            objects = names.indexed(index.objects, prefix)
            others = nsmallest(MOST_NAMED, (name for name in index.objects if name not in objects))
            many = len(index.objects) - len(objects)
        return sorted(objects), _refused_names(names.index_of(prefix), others, many)

    def _read_required(self, name: str, limit: int) -> bytes:
        """Return an object. Raises RefusedError if it is not there, or too large."""
        return _checked(self._read(name, limit), limit, "is not there")

    def _read(self, name: str, limit: int) -> bytes | None:
        try:
            return self.remote.read(name, limit)
        except DeniedError:
            # The marker could be read. Who may not list a bucket gets this answer for all that is not there.
            return None


def _refused_names(index: str, first: list[str], many: int) -> list[Refused]:
    """Return the reports of so `many` names that an index should not list: of the `first` of them, cut short if long."""
    problems = [f"lists {name[:LONGEST_SHOWN]!r}, which is no name of a result" for name in first]
    if many > len(first):
        problems.append(f"lists {many - len(first)} more that are no names of a result")
    return [Refused(name=index, problem=problem) for problem in problems]


def _checked(content: bytes | None, limit: int, absent: str) -> bytes:
    """Return what was read. Raises AbsentError if it is None, with the message `absent`.

    Raises RefusedError if it is more than `limit` bytes.
    """
    if content is None:
        raise AbsentError(absent)
    if len(content) > limit:
        raise RefusedError(f"is larger than {human_size(limit)}")
    return content


def in_parallel(
    tasks: Iterable[Task], work: Callable[[Task], Answer]
) -> Iterator[tuple[Task, Answer | RefusedError]]:
    """Work on several tasks at a time, and yield each with its answer, or with why it was refused, as soon as it is done.

    Any other error is raised and ends all: tasks that have not begun then are not begun. An interrupt does not wait for a
    server that is silent: what is half done stays as it would if this process were killed, which harms nobody.
    """
    waiting: SimpleQueue[Task] = SimpleQueue()
    answers: SimpleQueue[tuple[Task, Answer | Exception]] = SimpleQueue()
    over = Event()
    tasks = list(tasks)
    for task in tasks:
        waiting.put(task)

    def work_on_tasks() -> None:
        with suppress(Empty):
            while not over.is_set():
                task = waiting.get_nowait()
                try:
                    answers.put((task, work(task)))
                except Exception as error:  # noqa: BLE001 - handed on to the one who waits for the answer
                    answers.put((task, error))

    threads = [Thread(target=work_on_tasks, daemon=True) for _ in range(min(CONNECTIONS, len(tasks)))]
    for thread in threads:
        thread.start()
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
        for thread in threads:
            thread.join(patience)
