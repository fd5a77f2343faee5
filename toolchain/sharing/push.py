"""Sends results to a store elsewhere, and keeps its index.

Any number of hosts may push at once. Objects are only ever added, each as one act: notebook, signature, record, in
this order, so that whatever a record says is there. What was interrupted is gone on with by pushing again.
"""

from collections.abc import Collection
from pathlib import Path

import msgspec
from msgspec import Struct

from toolchain.errors import RemoteError
from toolchain.progress import Reporter, StageFinished, StageStarted, StageStep
from toolchain.sharing import names, trust
from toolchain.sharing.remote import Remote
from toolchain.sharing.source import Refused, each_of, refused_as
from toolchain.sharing.trust import RefusedError, Result, Signer, Trusted
from toolchain.store import BLOBS, CHANGED, KEYS, NO_BLOB, SIGNATURES, Store
from toolchain.units import count, human_size

SINGLY = 8
"""Of so many prefixes each is listed by itself; of more, everything once."""
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


class Target:
    """A store elsewhere, to be written."""

    def __init__(self, remote: Remote, signer: Signer | None, trusted: Trusted, *, replace: bool) -> None:
        """Write to a place; sign what nobody trusted has signed, if there is a signer."""
        self.remote = remote
        self.signer = signer
        self.trusted = trusted
        self.replace = replace


def push(
    records: Collection[Path], target: Target, store: Store, reporter: Reporter, *, mend: bool
) -> Pushed:
    """Send those results of a store that are in these records' files, as far as they are not there.

    With `mend` the whole index is compared with what is there: another host may have been killed before it came to
    this, or somebody has deleted results. Without, only the index of these results.

    Raises RemoteError or StoreError; what had been sent by then stays, and need not be sent again.
    """
    remote = target.remote
    reporter(StageStarted(title=f"Pushing to {remote.url}", total=len(records)))
    there = remote.sizes(KEYS, BLOBS, SIGNATURES, "index")
    remote.write(names.MARKER, names.MARKED)
    sent: list[_Sent] = []
    kept: list[str] = []
    refused = []
    size = 0

    def one(path: Path) -> _Sent | None:
        try:
            result = _result(path, store)
            return _send(result, target, there, store) if result else _Sent(skipped=True)
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
    index(remote, {path.parent.parent.name for path in records} | (_prefixes(there) if mend else set()))
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


def index(remote: Remote, prefixes: Collection[str]) -> None:
    """Make the index say what is there, for the keys that begin with these digits.

    Two hosts may do so at once, and one may write what it had listed before the other's results came. So each looks
    again after it has written, and leaves only when the index says what is there: whoever writes last has then listed
    after all results that were there when anyone left.

    Raises RemoteError.
    """
    wrong = set(prefixes)
    for _round in range(MOST_ROUNDS):
        there = remote.sizes(*_folders(wrong))
        wanted = {prefix: names.encode(names.indexed(there, prefix)) for prefix in wrong}
        read = each_of(wrong, lambda prefix: remote.read(names.index_of(prefix), names.INDEX_LIMIT))
        wrong = {prefix for prefix, data in read if data != wanted[prefix]}
        if not wrong:
            return
        for prefix in wrong:
            remote.write(names.index_of(prefix), wanted[prefix], replace=True)
    raise RemoteError(
        f"{remote.url}: the index is not what was written",
        remedy="All results have arrived; push again when fewer others do, so that they can be found.",
    )


def _folders(prefixes: Collection[str]) -> list[str]:
    """Return what to list to see all keys that begin with these: one by one, or once all."""
    if len(prefixes) > SINGLY:
        return [KEYS, SIGNATURES]
    return [f"{kind}/{prefix}" for prefix in sorted(prefixes) for kind in (KEYS, SIGNATURES)]


def _result(path: Path, store: Store) -> Result | None:
    """Read a result of the store here; None if it does not say what it was made of. Raises RefusedError if it is damaged."""
    entry = store.entry(path)
    if entry is None:
        raise RefusedError(CHANGED)
    if entry.record is None or not entry.record.components:
        return None
    result = trust.admitted(path.relative_to(store.folder).as_posix(), path.read_bytes())
    return msgspec.structs.replace(result, signatures=store.signatures(result.key, result.data))


def _send(result: Result, target: Target, there: dict[str, int], store: Store) -> _Sent:
    """Send what the other store lacks of a result. Raises RefusedError if it is damaged here."""
    notebook = store.read(result.record.blob)
    if notebook is None:
        raise RefusedError(NO_BLOB, result.record.notebook)
    if len(notebook) > names.BLOB_LIMIT:
        raise RefusedError(f"is larger than {human_size(names.BLOB_LIMIT)}", result.record.notebook)
    blob = names.blob_name(result.record.blob)
    signed = msgspec.structs.replace(result, signatures=_signatures(result, target))
    signatures = {
        name: data
        for signer, data in signed.signatures.items()
        if (name := names.signature_name(result.key, result.digest, signer)) not in there
    }
    exists = result.name in there
    lacks_blob = there.get(blob) != len(notebook)
    sent = _Sent(unsigned=bool(target.trusted) and not target.trusted.valid(signed))
    replace = False
    if exists and (lacks_blob or signatures or target.replace or there[result.name] != len(result.data)):
        theirs = target.remote.read(result.name, names.RECORD_LIMIT)
        replace = theirs != result.data
        if replace and not target.replace and _good(result.name, theirs):
            return _Sent(kept=True)
    write = target.remote.write
    if lacks_blob:
        # What has its name and another size is half of it: a notebook's name is its digest.
        sent.bytes += len(notebook) * write(blob, notebook, replace=blob in there)
    for name, data in signatures.items():
        sent.signatures += write(name, data)
    if replace or not exists:
        sent.record = write(result.name, result.data, replace=replace)
        sent.kept = not sent.record and target.remote.read(result.name, names.RECORD_LIMIT) != result.data
        sent.bytes += len(result.data) * sent.record
    return sent


def _signatures(result: Result, target: Target) -> dict[str, bytes]:
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
