"""Results by key: immutable files, written aside and renamed, verified when read.

Layout: `blobs/aa/<sha256>` holds an executed notebook with its provenance, `keys/aa/<key>/<digest of inputs>.json` says
which blob belongs to which key and input files. A key's file is written last, so whatever it names is there.
`signatures/aa/<key>/<sha256 of a key's file>.<signer>` says who vouches for a result that came from elsewhere.
`damaged/` holds, under the same paths, what was found to be something else than what was written.
"""

import errno
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from toolchain.base.errors import StoreError
from toolchain.base.files import sha256_bytes, sha256_lines, write_atomically
from toolchain.model import FileRecord, Provenance, Record
from toolchain.store.verified import VerifiedBlobs

BLOBS, KEYS, SIGNATURES, DAMAGED = "blobs", "keys", "signatures", "damaged"
DIGEST = re.compile(r"[0-9a-f]{64}")
CHANGED = "its content is not what was written"
NO_BLOB = "the notebook that it names is not there"
NO_RECORD = "is no record"
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class Damage(Struct, frozen=True):
    """An object that is not what was written."""

    paths: tuple[str, ...]
    """Relative to the store: the object, and after it the records that are nothing without it."""
    problem: str
    notebook: str = ""
    """Page whose result it was; empty if nothing says."""
    aside: bool = False
    """Whether it has been set aside."""

    @property
    def sentence(self) -> str:
        """What is damaged, whose it was, and what becomes of it."""
        whose = f"a result of {self.notebook}" if self.notebook else "a result"
        then = "set aside in store/damaged" if self.aside else "the next build sets it aside"
        return f"damaged {whose}: store/{self.paths[0]}: {self.problem}; {then}"


class KeyFile(Struct, frozen=True):
    """A key's file as it was found."""

    path: Path
    blob: str
    notebook: str = ""
    record: Record | None = None
    """None if another version of the toolchain wrote it: such a record is left alone."""


class _Reference(Struct, frozen=True):
    blob: str
    notebook: str = ""


class _Metadata(Struct, frozen=True):
    toolchain: Provenance = Provenance()


class _Notebook(Struct, frozen=True):
    metadata: _Metadata = _Metadata()


class Store:
    """A folder of results."""

    def __init__(
        self, folder: Path, found: Callable[[Damage], object] | None = None, *, mend: bool = False
    ) -> None:
        """Use the folder; it need not exist yet.

        `found` hears of every damaged object, once. Only a store that is told to mend sets it aside: that needs
        the folder's lock, since another process may be about to write the object anew.
        """
        self.folder = folder
        self._found = found
        self._mend = mend
        self._told: set[str] = set()
        self._verified = VerifiedBlobs()

    def records(self, key: str) -> tuple[Record, ...]:
        """Return the results of a key whose notebooks are there and whole, oldest first.

        What is damaged counts as absent, so that it is computed again.
        Raises StoreError if the store cannot be read: that is no reason to compute everything again.
        """
        found = []
        paths = (self.key_folder(key) / name for name in self._names(self.key_folder(key)))
        for path in sorted(filter(_is_record, paths), key=lambda each: (each.stat().st_mtime_ns, each)):
            entry = self.entry(path)
            if entry is None or entry.record is None:
                continue
            problem = self._verify(entry.blob)
            if problem:
                lost = (self.blob(entry.blob), path) if problem == CHANGED else (path,)
                self.damaged(lost, problem, entry.notebook)
            else:
                found.append(entry.record)
        return tuple(found)

    def read(self, blob: str) -> bytes | None:
        """Return a notebook; None if it is missing or damaged. Raises StoreError if the store cannot be read."""
        if not blob:
            return None
        data = self._verified.get(blob)
        if data is not None:
            return data
        problem, data = self._look_at(blob)
        if problem == CHANGED:
            self.damaged((self.blob(blob),), CHANGED)
        if problem:
            return None
        self._verified.keep(blob, data)
        return data

    def put(self, notebook: bytes) -> str:
        """Keep an executed notebook and return its digest. Raises StoreError if it cannot be written."""
        digest = sha256_bytes(notebook)
        problem = self.problem(digest)
        if problem == CHANGED:
            self._set_aside(self.blob(digest))
        if problem:
            self._write(self.blob(digest), notebook)
        self._verified.keep(digest, notebook)
        return digest

    def record(self, key: str, record: Record, *, replace: bool = False) -> Record:
        """Enter a result under its key and return the one that counts: the first writer's, unless told to replace.

        Raises StoreError if it cannot be written.
        """
        if not replace:
            for known in self.records(key):
                if known.inputs == record.inputs:
                    return known
        data = msgspec.json.format(msgspec.json.encode(record, order="deterministic"), indent=1)
        self._write(self.path(key, record), data)
        return record

    def adopt(self, key: str, record: Record, data: bytes, signatures: Mapping[str, bytes]) -> bool:
        """Enter a result of elsewhere as it was written there, unless one is here; say whether it was entered.

        Its notebook is here already. `signatures` are by their signers. Raises StoreError if it cannot be written.
        """
        for signer, signature in signatures.items():
            self._write(self.signature(key, data, signer), signature)
        path = self.path(key, record)
        if self.whole(path):
            return False
        self._write(path, data)
        return True

    def whole(self, path: Path) -> bool:
        """Say whether a key's file and its notebook are there, and are what was written."""
        entry = self.entry(path)
        return entry is not None and not self.problem(entry.blob)

    def signature(self, key: str, data: bytes, signer: str) -> Path:
        """Return the file of a signature of what is in a key's file."""
        return self.folder / SIGNATURES / key[:2] / key / f"{sha256_bytes(data)}.{signer}"

    def signatures(self, key: str, data: bytes) -> dict[str, bytes]:
        """Return the signatures that are here of what is in a key's file, by their signers."""
        folder = self.folder / SIGNATURES / key[:2] / key
        found = {}
        for name in self._names(folder):
            digest, _, signer = name.partition(".")
            signature = self._bytes(folder / name) if digest == sha256_bytes(data) else None
            if signature is not None:
                found[signer] = signature
        return found

    def path(self, key: str, record: Record) -> Path:
        """Return the file that a key's record is in."""
        return self.key_folder(key) / f"{inputs_digest(record.inputs)}.json"

    def key_folder(self, key: str) -> Path:
        """Return the folder of a key's records."""
        return self.folder / KEYS / key[:2] / key

    def blob(self, digest: str) -> Path:
        """Return the file that a notebook is in."""
        return self.folder / BLOBS / digest[:2] / digest

    def problem(self, blob: str) -> str:
        """Say what is wrong with a notebook on the disk; empty if nothing is."""
        return self._look_at(blob)[0]

    def entry(self, path: Path) -> KeyFile | None:
        """Read a key's file; None if it is gone or damaged. It is damaged if its name is not that of its inputs, too."""
        data = self._bytes(path)
        if data is None:
            return None
        try:
            named = msgspec.json.decode(data, type=_Reference)
        except msgspec.DecodeError:
            named = _Reference(blob="")
        if not DIGEST.fullmatch(named.blob):
            self.damaged((path,), NO_RECORD)
            return None
        try:
            record = msgspec.json.decode(data, type=Record)
        except msgspec.ValidationError:
            return KeyFile(path=path, blob=named.blob, notebook=named.notebook)
        if inputs_digest(record.inputs) != path.stem:
            self.damaged((path,), CHANGED, named.notebook)
            return None
        return KeyFile(path=path, blob=named.blob, notebook=named.notebook, record=record)

    def files(self) -> tuple[list[Path], list[Path], list[Path]]:
        """Return the notebooks, the records, and what interrupted writes have left: sorted, the damaged apart."""
        blobs, records, left = [], [], []
        for path in (*self._below(self.folder / BLOBS), *self._below(self.folder / KEYS)):
            if path.name.startswith("."):
                left.append(path)
            elif _is_record(path):
                records.append(path)
            else:
                blobs.append(path)
        return blobs, records, left

    def signature_files(self) -> list[Path]:
        """Return all signatures, sorted."""
        return list(self._below(self.folder / SIGNATURES))

    def damaged(self, paths: tuple[Path, ...], problem: str, notebook: str = "") -> Damage:
        """Set objects aside, if told to mend, and say so. Raises StoreError if they cannot be set aside."""
        names = tuple(path.relative_to(self.folder).as_posix() for path in paths)
        if self._mend:
            for path in paths:
                self._set_aside(path)
        damage = Damage(paths=names, problem=problem, notebook=notebook, aside=self._mend)
        if self._found and names[0] not in self._told:
            self._told.add(names[0])
            self._found(damage)
        return damage

    def require_writable(self) -> None:
        """Raise StoreError if results could not be kept: before hours are spent on them."""
        for folder in (self.folder, self.folder / BLOBS, self.folder / KEYS):
            try:
                folder.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryFile(dir=folder):
                    pass
            except OSError as error:
                raise self._error(folder, "written", error) from error

    def _verify(self, blob: str) -> str:
        """Say what is wrong with a notebook, which is read once in a run; empty if nothing is."""
        if self._verified.get(blob) is not None:
            return ""
        problem, data = self._look_at(blob)
        if not problem:
            self._verified.keep(blob, data)
        return problem

    def _look_at(self, blob: str) -> tuple[str, bytes]:
        """Read a notebook; return what is wrong with it, or nothing, and its bytes."""
        data = self._bytes(self.blob(blob))
        if data is None:
            return NO_BLOB, b""
        return CHANGED if sha256_bytes(data) != blob else "", data

    def _set_aside(self, path: Path) -> None:
        target = self.folder / DAMAGED / path.relative_to(self.folder)
        number = 1
        while target.exists():  # damaged again, and perhaps otherwise
            number += 1
            target = target.with_name(f"{path.name}.{number}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._error(path, "mended, it is damaged", error) from error

    def _write(self, path: Path, data: bytes) -> None:
        try:
            write_atomically(path, data)
        except OSError as error:
            raise self._error(path, "written", error) from error

    def _bytes(self, path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._error(path, "read", error) from error

    def _names(self, folder: Path) -> list[str]:
        try:
            return sorted(os.listdir(folder))  # noqa: PTH208 - glob would pass over what may not be read
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._error(folder, "read", error) from error

    def _below(self, folder: Path) -> Iterator[Path]:
        for name in self._names(folder):
            path = folder / name
            if path.is_dir():
                yield from self._below(path)
            else:
                yield path

    def _error(self, path: Path, what: str, error: OSError) -> StoreError:
        if error.errno in NO_SPACE:
            remedy = "Free some space, then build again: the results that are in the store stay there."
        else:
            remedy = (
                f"Let this user read and write the folder, with `chmod -R u+rwX {self.folder}` as its owner for "
                "instance, then build again: the results that are in it stay there."
            )
        return StoreError(f"{path}: the store cannot be {what}: {error.strerror or error}", remedy=remedy)


def provenance(notebook: bytes) -> Provenance:
    """Return what an executed notebook says of its own making; nothing if it says nothing."""
    try:
        return msgspec.json.decode(notebook, type=_Notebook).metadata.toolchain
    except msgspec.DecodeError:
        return Provenance()


def inputs_digest(inputs: tuple[FileRecord, ...]) -> str:
    """Return the digest of a set of input files."""
    return sha256_lines(f"{each.sha256} {each.path}" for each in sorted(inputs))


def _is_record(path: Path) -> bool:
    return path.suffix == ".json" and not path.name.startswith(".")
