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
from toolchain.sharing.memory_limit import Room
from toolchain.sharing.remote import WritableRemote
from toolchain.sharing.source import Refused, in_parallel, refused_object
from toolchain.sharing.trust import RefusedError, SignedResult, Signer, Trusted
from toolchain.store.store import BLOBS, CHANGED, KEYS, NO_BLOB, SIGNATURES, Store

SINGLY = 8
"""Up to so many prefixes are listed one by one, even where everything may be listed at once."""
MOST_ROUNDS = 50
"""So often at most the index is written anew because others have pushed meanwhile."""


class Pushed(Struct, frozen=True):
    """What was sent to a store elsewhere."""

    remote: str
    results: int
    """How many results' records were sent."""
    signatures: int
    unsigned: int
    """Results that nobody will take, since nobody whom book.toml trusts has signed them."""
    bytes: int
    there: int
    """Results that were there already."""
    kept: tuple[str, ...]
    """Names of records that are there with another content: the first that came stays."""
    skipped: int
    """Results of another version of the toolchain, which nobody could verify."""
    refused: tuple[Refused, ...]
    """Results of the store here that are damaged."""


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

    def __init__(
        self, remote: WritableRemote, signer: Signer | None, trusted: Trusted, *, replace: bool
    ) -> None:
        """Write to a place; results that nobody trusted has signed are signed by the signer, if there is one.

        With `replace` a record that is there with another content is replaced.
        """
        self.remote = remote
        self.signer = signer
        self.trusted = trusted
        self.replace = replace
        self.room = Room()


def push(
    records: Collection[Path], target: PushTarget, store: Store, reporter: Reporter, *, mend: bool
) -> Pushed:
    """Send those results of a store that are in these records' files, as far as the target lacks them.

    With `mend` everything at the target is listed, and the whole index compared with it: another host may have been killed
    before it came to this, or somebody has deleted results. Without, only these results and the index of
    their keys are asked for, so that sending a few takes as long with a large store as with a small one.

    Raises RemoteError or StoreError; results that were sent by then stay, and need not be sent again.
    """
    remote = target.remote
    reporter(StageStarted(title=f"Pushing to {remote.url}", total=len(records)))
    remote_sizes = remote.sizes(KEYS, BLOBS, SIGNATURES, "index") if mend else {}
    size_of = remote_sizes.get if mend else remote.size
    remote.write(names.MARKER, names.MARKED)
    sent: list[_Sent] = []
    other_records: list[str] = []
    refused = []
    size = 0

    def send_record(path: Path) -> _Sent | None:
        try:
            result = _stored_result(path, store)
            return _send_result(result, target, size_of, store) if result else _Sent(skipped=True)
        except (RefusedError, FileNotFoundError):
            if path.exists():
                raise
            return None  # removed from the store here meanwhile, by `gc` say

    for number, (path, answer) in enumerate(in_parallel(sorted(records), send_record), start=1):
        if isinstance(answer, RefusedError):
            refused.append(refused_object(path.relative_to(store.folder).as_posix(), answer))
        elif answer:
            sent.append(answer)
            size += answer.bytes
            if answer.kept:
                other_records.append(path.relative_to(store.folder).as_posix())
        reporter(StageStep(done=number, total=len(records), what=human_size(size)))
    ours = {path.parent.parent.name for path in records}
    update_index(remote, ours | _prefixes_of(remote_sizes), everything=mend)
    results = sum(outcome.record for outcome in sent)
    skipped = sum(outcome.skipped for outcome in sent)
    reporter(StageFinished(summary=f"  done    {count(results, 'result')} pushed ({human_size(size)})"))
    return Pushed(
        remote=remote.url,
        results=results,
        signatures=sum(outcome.signatures for outcome in sent),
        unsigned=sum(outcome.unsigned for outcome in sent),
        bytes=size,
        there=len(sent) - results - len(other_records) - skipped,
        kept=tuple(sorted(other_records)),
        skipped=skipped,
        refused=tuple(sorted(refused, key=lambda refusal: refusal.name)),
    )


def _prefixes_of(objects: Collection[str]) -> set[str]:
    """Return the prefixes of keys that have a record or an index among these names of objects."""
    of_records = {names.prefix_of(name) for name in objects if names.RECORD.fullmatch(name)}
    return of_records | {match["prefix"] for name in objects if (match := names.INDEX.fullmatch(name))}


def update_index(remote: WritableRemote, prefixes: Collection[str], *, everything: bool = False) -> None:
    """Make the index list the objects that are there, for the keys that begin with these digits.

    With `everything` many prefixes may be listed at once, with all others; otherwise each is listed by itself.

    Two hosts may do so at once, and one may write what it had listed before the other's results came. So each looks
    again after it has written, and leaves only when the index is right: whoever writes last has then listed after all
    results that were there when anyone left.

    Raises RemoteError, also if the index is never as it was written.
    """
    wrong = set(prefixes)
    for _round in range(MOST_ROUNDS):
        expected = _expected_index(remote, wrong, everything=everything and len(wrong) > SINGLY)
        answers = in_parallel(expected, lambda prefix: remote.read(names.index_of(prefix), names.INDEX_LIMIT))
        wrong = {prefix for prefix, content in answers if content != expected[prefix]}
        if not wrong:
            return
        _write_index(remote, {prefix: expected[prefix] for prefix in wrong})
    raise RemoteError(
        f"{remote.url}: the index is not what was written",
        remedy="All results have arrived; push again when fewer others do, so that they can be found.",
    )


def _expected_index(
    remote: WritableRemote, prefixes: Collection[str], *, everything: bool
) -> dict[str, bytes]:
    """Return what the index has to contain, by prefix; with `everything` all objects are listed at once."""
    listed: dict[str, dict[str, int]] = {prefix: {} for prefix in prefixes}
    if everything:
        for name, size in remote.sizes(KEYS, SIGNATURES).items():
            # A store can have objects that do not belong there: a file in place of a folder, say.
            listed.setdefault(name.partition("/")[2][:2], {})[name] = size
    else:
        for prefix, sizes in in_parallel(
            prefixes, lambda prefix: remote.sizes(f"{KEYS}/{prefix}", f"{SIGNATURES}/{prefix}")
        ):
            listed[prefix] = sizes if isinstance(sizes, dict) else {}
    return {prefix: names.encode(names.indexed(listed[prefix], prefix)) for prefix in prefixes}


def _write_index(remote: WritableRemote, contents: Mapping[str, bytes]) -> None:
    """Write the index of each prefix."""
    for _written in in_parallel(
        contents, lambda prefix: remote.write(names.index_of(prefix), contents[prefix], replace=True)
    ):
        pass


def _stored_result(path: Path, store: Store) -> SignedResult | None:
    """Return a result of the store here; None if it does not say what it was made of. Raises RefusedError if damaged."""
    entry = store.entry(path)
    if entry is None:
        raise RefusedError(CHANGED)
    if entry.record is None or not entry.record.components:
        return None
    result = trust.admitted(path.relative_to(store.folder).as_posix(), path.read_bytes())
    return msgspec.structs.replace(result, signatures=store.signatures(result.key, result.data))


def _send_result(
    result: SignedResult, target: PushTarget, size_of: Callable[[str], int | None], store: Store
) -> _Sent:
    """Send what the target lacks of a result; `size_of` gives the bytes of an object there, None if it is not there.

    Raises RefusedError if the result is damaged here.
    """
    size = _notebook_size(result, store)
    blob = names.blob_name(result.record.blob)
    remote_size, remote_blob_size = size_of(result.name), size_of(blob)
    signed = msgspec.structs.replace(result, signatures=_signatures_to_send(result, target))
    signatures = {
        name: signature
        for signer, signature in signed.signatures.items()
        if size_of(name := names.signature_name(result.key, result.digest, signer)) is None
    }
    sent = _Sent(unsigned=bool(target.trusted) and not target.trusted.valid(signed))
    replace = False
    if remote_size is not None and (
        remote_blob_size != size or signatures or target.replace or remote_size != len(result.data)
    ):
        remote_record = target.remote.read(result.name, names.RECORD_LIMIT)
        replace = remote_record != result.data
        if replace and not target.replace and _is_valid_record(result.name, remote_record):
            return _Sent(kept=True)
    write = target.remote.write
    if remote_blob_size != size:
        # One of its name and another size is only a part of it: a notebook's name is its digest.
        sent.bytes += _send_notebook(result, target, store, replace=remote_blob_size is not None)
    for name, signature in signatures.items():
        sent.signatures += write(name, signature)
    if replace or remote_size is None:
        sent.record = write(result.name, result.data, replace=replace)
        sent.kept = not sent.record and target.remote.read(result.name, names.RECORD_LIMIT) != result.data
        sent.bytes += len(result.data) * sent.record
    return sent


def _notebook_size(result: SignedResult, store: Store) -> int:
    """Return the bytes of a result's notebook. Raises RefusedError if it is not here, or so large that nobody takes it."""
    try:
        size = store.blob(result.record.blob).stat().st_size
    except FileNotFoundError:
        raise RefusedError(NO_BLOB, result.record.notebook) from None
    if size > names.BLOB_LIMIT:
        raise RefusedError(f"is larger than {human_size(names.BLOB_LIMIT)}", result.record.notebook)
    return size


def _send_notebook(result: SignedResult, target: PushTarget, store: Store, *, replace: bool) -> int:
    """Send a notebook and return how many bytes were sent. Raises RefusedError if it is damaged here."""
    with target.room.of(_notebook_size(result, store)):
        notebook = store.read(result.record.blob)
        if notebook is None:
            raise RefusedError(CHANGED, result.record.notebook)
        written = target.remote.write(names.blob_name(result.record.blob), notebook, replace=replace)
        return len(notebook) * written


def _signatures_to_send(result: SignedResult, target: PushTarget) -> dict[str, bytes]:
    """Return the signatures to send: of those who are trusted, or else of this host."""
    signatures = dict(result.signatures) if not target.trusted else target.trusted.valid(result)
    if target.signer and not signatures:
        signatures[target.signer.fingerprint] = target.signer.sign(result)
    return signatures


def _is_valid_record(name: str, content: bytes | None) -> bool:
    """Tell whether a record that is at the target is one of its name, and may stay."""
    try:
        trust.admitted(name, content or b"")
    except RefusedError:
        return False
    return True
