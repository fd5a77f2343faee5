"""Sends results to a store elsewhere, and keeps its index.

Any number of hosts may push at once. Objects are only ever added, each as one act: notebook, signature, record, in
this order, so that whatever a record says is there. What was interrupted is gone on with by pushing again.
"""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from toolchain.base.errors import RemoteError
from toolchain.base.units import count, human_size
from toolchain.messages.progress import Reporter, StageFinished, StageStarted, StageStep
from toolchain.sharing import names, trust
from toolchain.sharing.remote import Remote
from toolchain.sharing.room import Room
from toolchain.sharing.source import Refused, each_of, refused_as
from toolchain.sharing.trust import RefusedError, SignedResult, Signer, Trusted
from toolchain.store.store import BLOBS, CHANGED, KEYS, NO_BLOB, SIGNATURES, Store

SINGLY = 8
"""Of so many prefixes each is listed by itself, even if everything may be."""
MOST_ROUNDS = 50
"""So often the index is written anew because others have pushed meanwhile."""


class Pushed(Struct, frozen=True):
    """What has gone elsewhere."""

    remote: str
    results: int
    """Whose record was sent."""
    signatures: int
    unsigned: int
    """Results that nobody will take, since whom book.toml trusts has not signed them."""
    bytes: int
    there: int
    """Results that were there already."""
    kept: tuple[str, ...]
    """Names of records that are there with another content: the first that came stays."""
    skipped: int
    """Results of another version of the toolchain, which nobody could verify."""
    refused: tuple[Refused, ...]
    """Of the store here: what is damaged."""


class _Sent(Struct):
    """What became of one result."""

    bytes: int = 0
    record: bool = False
    signatures: int = 0
    kept: bool = False
    skipped: bool = False
    unsigned: bool = False


class PushTarget:
    """A store elsewhere, to be written."""

    def __init__(self, remote: Remote, signer: Signer | None, trusted: Trusted, *, replace: bool) -> None:
        """Write to a place; sign what nobody trusted has signed, if there is a signer."""
        self.remote = remote
        self.signer = signer
        self.trusted = trusted
        self.replace = replace
        self.room = Room()


def push(
    records: Collection[Path], target: PushTarget, store: Store, reporter: Reporter, *, mend: bool
) -> Pushed:
    """Send those results of a store that are in these records' files, as far as they are not there.

    With `mend` all that is there is listed, and the whole index compared with it: another host may have been killed
    before it came to this, or somebody has deleted results. Without, nothing is asked but of these results and of the
    index of their keys, so that the size of a store does not matter to who sends a few.

    Raises RemoteError or StoreError; what had been sent by then stays, and need not be sent again.
    """
    remote = target.remote
    reporter(StageStarted(title=f"Pushing to {remote.url}", total=len(records)))
    there = remote.sizes(KEYS, BLOBS, SIGNATURES, "index") if mend else {}
    size_of = there.get if mend else remote.size
    remote.write(names.MARKER, names.MARKED)
    sent: list[_Sent] = []
    kept: list[str] = []
    refused = []
    size = 0

    def one(path: Path) -> _Sent | None:
        try:
            result = _result(path, store)
            return _send(result, target, size_of, store) if result else _Sent(skipped=True)
        except (RefusedError, FileNotFoundError):
            if path.exists():
                raise
            return None  # removed from the store here meanwhile, by `gc` say

    for done, (path, answer) in enumerate(each_of(sorted(records), one), start=1):
        if isinstance(answer, RefusedError):
            refused.append(refused_as(path.relative_to(store.folder).as_posix(), answer))
        elif answer:
            sent.append(answer)
            size += answer.bytes
            if answer.kept:
                kept.append(path.relative_to(store.folder).as_posix())
        reporter(StageStep(done=done, total=len(records), what=human_size(size)))
    ours = {path.parent.parent.name for path in records}
    index(remote, ours | _prefixes(there), everything=mend)
    results = sum(each.record for each in sent)
    skipped = sum(each.skipped for each in sent)
    reporter(StageFinished(summary=f"  done    {count(results, 'result')} pushed ({human_size(size)})"))
    return Pushed(
        remote=remote.url,
        results=results,
        signatures=sum(each.signatures for each in sent),
        unsigned=sum(each.unsigned for each in sent),
        bytes=size,
        there=len(sent) - results - len(kept) - skipped,
        kept=tuple(sorted(kept)),
        skipped=skipped,
        refused=tuple(sorted(refused, key=lambda each: each.name)),
    )


def _prefixes(there: Collection[str]) -> set[str]:
    """Return what the keys begin with that have a record or an index there."""
    records = {names.prefix_of(name) for name in there if names.RECORD.fullmatch(name)}
    return records | {found["prefix"] for name in there if (found := names.INDEX.fullmatch(name))}


def index(remote: Remote, prefixes: Collection[str], *, everything: bool = False) -> None:
    """Make the index say what is there, for the keys that begin with these digits; they may be listed with all others.

    Two hosts may do so at once, and one may write what it had listed before the other's results came. So each looks
    again after it has written, and leaves only when the index says what is there: whoever writes last has then listed
    after all results that were there when anyone left.

    Raises RemoteError.
    """
    wrong = set(prefixes)
    for _round in range(MOST_ROUNDS):
        wanted = _wanted(remote, wrong, everything=everything and len(wrong) > SINGLY)
        read = each_of(wanted, lambda prefix: remote.read(names.index_of(prefix), names.INDEX_LIMIT))
        wrong = {prefix for prefix, data in read if data != wanted[prefix]}
        if not wrong:
            return
        _write_index(remote, {prefix: wanted[prefix] for prefix in wrong})
    raise RemoteError(
        f"{remote.url}: the index is not what was written",
        remedy="All results have arrived; push again when fewer others do, so that they can be found.",
    )


def _wanted(remote: Remote, prefixes: Collection[str], *, everything: bool) -> dict[str, bytes]:
    """Return what the index has to be; what is there may be listed all at once."""
    listed: dict[str, dict[str, int]] = {prefix: {} for prefix in prefixes}
    if everything:
        for name, size in remote.sizes(KEYS, SIGNATURES).items():
            # There can be anything: a file where a folder belongs, say.
            listed.setdefault(name.partition("/")[2][:2], {})[name] = size
    else:
        for prefix, sizes in each_of(
            prefixes, lambda each: remote.sizes(f"{KEYS}/{each}", f"{SIGNATURES}/{each}")
        ):
            listed[prefix] = sizes if isinstance(sizes, dict) else {}
    return {prefix: names.encode(names.indexed(listed[prefix], prefix)) for prefix in prefixes}


def _write_index(remote: Remote, data: Mapping[str, bytes]) -> None:
    for _written in each_of(
        data, lambda prefix: remote.write(names.index_of(prefix), data[prefix], replace=True)
    ):
        pass


def _result(path: Path, store: Store) -> SignedResult | None:
    """Read a result of the store here; None if it does not say what it was made of. Raises RefusedError if it is damaged."""
    entry = store.entry(path)
    if entry is None:
        raise RefusedError(CHANGED)
    if entry.record is None or not entry.record.components:
        return None
    result = trust.admitted(path.relative_to(store.folder).as_posix(), path.read_bytes())
    return msgspec.structs.replace(result, signatures=store.signatures(result.key, result.data))


def _send(
    result: SignedResult, target: PushTarget, size_of: Callable[[str], int | None], store: Store
) -> _Sent:
    """Send what the other store lacks of a result; `size_of` says what it has. Raises RefusedError if it is damaged here."""
    size = _size(result, store)
    blob = names.blob_name(result.record.blob)
    there, blob_there = size_of(result.name), size_of(blob)
    signed = msgspec.structs.replace(result, signatures=_signatures(result, target))
    signatures = {
        name: data
        for signer, data in signed.signatures.items()
        if size_of(name := names.signature_name(result.key, result.digest, signer)) is None
    }
    sent = _Sent(unsigned=bool(target.trusted) and not target.trusted.valid(signed))
    replace = False
    if there is not None and (
        blob_there != size or signatures or target.replace or there != len(result.data)
    ):
        theirs = target.remote.read(result.name, names.RECORD_LIMIT)
        replace = theirs != result.data
        if replace and not target.replace and _good(result.name, theirs):
            return _Sent(kept=True)
    write = target.remote.write
    if blob_there != size:
        # What has its name and another size is half of it: a notebook's name is its digest.
        sent.bytes += _send_notebook(result, target, store, replace=blob_there is not None)
    for name, data in signatures.items():
        sent.signatures += write(name, data)
    if replace or there is None:
        sent.record = write(result.name, result.data, replace=replace)
        sent.kept = not sent.record and target.remote.read(result.name, names.RECORD_LIMIT) != result.data
        sent.bytes += len(result.data) * sent.record
    return sent


def _size(result: SignedResult, store: Store) -> int:
    """Return the bytes of a notebook. Raises RefusedError if it is not here, or nobody would take it."""
    try:
        size = store.blob(result.record.blob).stat().st_size
    except FileNotFoundError:
        raise RefusedError(NO_BLOB, result.record.notebook) from None
    if size > names.BLOB_LIMIT:
        raise RefusedError(f"is larger than {human_size(names.BLOB_LIMIT)}", result.record.notebook)
    return size


def _send_notebook(result: SignedResult, target: PushTarget, store: Store, *, replace: bool) -> int:
    """Send a notebook and return how many bytes have gone. Raises RefusedError if it is damaged here."""
    with target.room.of(_size(result, store)):
        notebook = store.read(result.record.blob)
        if notebook is None:
            raise RefusedError(NO_BLOB, result.record.notebook)
        written = target.remote.write(names.blob_name(result.record.blob), notebook, replace=replace)
        return len(notebook) * written


def _signatures(result: SignedResult, target: PushTarget) -> dict[str, bytes]:
    """Return the signatures to send: of those who are trusted, or else of this host."""
    signatures = dict(result.signatures) if not target.trusted else target.trusted.valid(result)
    if target.signer and not signatures:
        signatures[target.signer.fingerprint] = target.signer.sign(result)
    return signatures


def _good(name: str, data: bytes | None) -> bool:
    """Say whether a record that is there may stay."""
    try:
        trust.admitted(name, data or b"")
    except RefusedError:
        return False
    return True
