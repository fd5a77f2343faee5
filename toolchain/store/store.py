"""Results by key: immutable files, written aside and renamed, verified when read.

Layout: `blobs/aa/<sha256>` holds an executed notebook with its provenance, `keys/aa/<key>/<digest of inputs>.json` says
which blob belongs to which key and input files. A key's file is written last, so whatever it names is there.
`signatures/aa/<key>/<sha256 of a key's file>.<signer>` says who vouches for a result that came from elsewhere.
`computed/aa/<sha256>` says that a notebook was computed on this machine; it is never shared.
`damaged/` holds, under the same paths, what was found to be something else than what was written.
"""

import errno
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from toolchain.base import refusals
from toolchain.base.decoding import LARGEST, OddFileError, content_of, decode_json
from toolchain.base.errors import StoreError
from toolchain.base.files import sha256_bytes, sha256_lines, write_atomically
from toolchain.base.units import human_size
from toolchain.model import FileRecord, Record
from toolchain.store.verified import VerifiedBlobs, looks_of

BLOBS, KEYS, SIGNATURES, DAMAGED = "blobs", "keys", "signatures", "damaged"
COMPUTED = "computed"
DIGEST = re.compile(r"[0-9a-f]{64}")
CHANGED = "its content is not what was written"
NO_BLOB = "the notebook that it names is not there"
NO_RECORD = "is no record"


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
    """A key's file as it was read."""

    path: Path
    blob: str
    notebook: str = ""
    record: Record | None = None
    """None if another version of the toolchain wrote it: such a record is left alone."""


class _Reference(Struct, frozen=True):
    blob: str
    notebook: str = ""


class Store:
    """A folder of results."""

    def __init__(
        self,
        folder: Path,
        report: Callable[[Damage], object] | None = None,
        *,
        mend: bool = False,
        remember: bool = False,
    ) -> None:
        """Use the folder; it need not exist yet.

        `report` is called with every damaged object, once. Only a store that is told to mend sets it aside: that needs
        the folder's lock, since another process may be about to write the object anew. A store that is told to remember
        reads and verifies each notebook once, and keeps as many as fit into a bound of memory: for a build, whose stages
        all want the same ones.
        """
        self.folder = folder
        self._report = report
        self._mend = mend
        self._reported: set[str] = set()
        self._verified = VerifiedBlobs() if remember else VerifiedBlobs(most=0)

    def records(self, key: str) -> tuple[Record, ...]:
        """Return the results of a key whose notebooks are there and whole, oldest first.

        What is damaged counts as absent, so that it is computed again.
        Raises StoreError if the store cannot be read: that is no reason to compute everything again.
        """
        records = []
        paths = (self.key_folder(key) / name for name in self._names(self.key_folder(key)))
        for path in sorted(filter(_is_record, paths), key=lambda path: (path.lstat().st_mtime_ns, path)):
            entry = self.entry(path)
            if entry is None or entry.record is None:
                continue
            problem = self.problem(entry.blob)
            if problem:
                lost = (self.blob(entry.blob), path) if problem == CHANGED else (path,)
                self.report_damage(lost, problem, entry.notebook)
            else:
                records.append(entry.record)
        return tuple(records)

    def read(self, blob: str) -> bytes | None:
        """Return a notebook; None if it is missing or damaged. Raises StoreError if the store cannot be read."""
        if not blob:
            return None
        problem, notebook = self._look_at(blob)
        if problem == CHANGED:
            self.report_damage((self.blob(blob),), CHANGED)
        return None if problem else notebook

    def put(self, notebook: bytes) -> str:
        """Keep an executed notebook and return its digest. Raises StoreError if it cannot be written, or is too large."""
        if len(notebook) > LARGEST:
            raise StoreError(
                f"a result of more than {human_size(LARGEST)} cannot be kept",
                remedy="Let its cells show less.",
            )
        digest = sha256_bytes(notebook)
        problem = self.problem(digest)
        if problem == CHANGED:
            self._set_aside(self.blob(digest))
        if problem:
            self._write(self.blob(digest), notebook)
        return digest

    def record(self, key: str, record: Record, *, replace: bool = False) -> Record:
        """Enter a result under its key and return the one that counts: the first writer's, unless told to replace.

        Raises StoreError if it cannot be written.
        """
        if not replace:
            for earlier in self.records(key):
                if earlier.inputs == record.inputs:
                    return earlier
        content = msgspec.json.format(msgspec.json.encode(record, order="deterministic"), indent=1)
        self._write(self.path(key, record), content)
        return record

    def adopt(self, key: str, record: Record, content: bytes, signatures: Mapping[str, bytes]) -> None:
        """Enter a result of elsewhere that is not here.

        `content` is the record's file as it was written there. Its notebook is here already. `signatures` are by their
        signers. Raises StoreError if it cannot be written.
        """
        for signer, signature in signatures.items():
            self._write(self.signature(key, content, signer), signature)
        self._write(self.path(key, record), content)

    def whole(self, path: Path) -> bool:
        """Say whether a key's file and its notebook are there, and are what was written."""
        entry = self.entry(path)
        return entry is not None and not self.problem(entry.blob)

    def signature(self, key: str, content: bytes, signer: str) -> Path:
        """Return the path of a signer's signature of the content of a key's file."""
        return self.signatures_folder(key) / f"{sha256_bytes(content)}.{signer}"

    def signatures_folder(self, key: str) -> Path:
        """Return the folder of the signatures of a key's records."""
        return self.folder.joinpath(SIGNATURES, key[:2], key)

    def signatures(self, key: str, content: bytes) -> dict[str, bytes]:
        """Return the signatures that are here of the content of a key's file, by their signers."""
        folder = self.signatures_folder(key)
        signatures = {}
        for name in self._names(folder):
            digest, _, signer = name.partition(".")
            signature = self._bytes(folder / name) if digest == sha256_bytes(content) else None
            if signature is not None:
                signatures[signer] = signature
        return signatures

    def path(self, key: str, record: Record) -> Path:
        """Return the path of the file that a key's record is in."""
        return self.key_folder(key) / f"{inputs_digest(record.inputs)}.json"

    def key_folder(self, key: str) -> Path:
        """Return the folder of a key's records."""
        return self.folder.joinpath(KEYS, key[:2], key)

    def blob(self, digest: str) -> Path:
        """Return the path of the file that a notebook is in."""
        return self.folder.joinpath(BLOBS, digest[:2], digest)

    def problem(self, blob: str) -> str:
        """Say what is wrong with a notebook; empty if nothing is."""
        return self._look_at(blob)[0]

    def entry(self, path: Path) -> KeyFile | None:
        """Read a key's file; None if it is gone or damaged. It is damaged if its name is not that of its inputs, too."""
        content = self._bytes(path)
        if content is None:
            return None
        reference = decode_json(content, _Reference) or _Reference(blob="")
        if not DIGEST.fullmatch(reference.blob):
            self.report_damage((path,), NO_RECORD)
            return None
        record = decode_json(content, Record)
        if record is None:  # of another version
            return KeyFile(path=path, blob=reference.blob, notebook=reference.notebook)
        if inputs_digest(record.inputs) != path.stem:
            self.report_damage((path,), CHANGED, reference.notebook)
            return None
        return KeyFile(path=path, blob=reference.blob, notebook=reference.notebook, record=record)

    def files(self) -> tuple[list[Path], list[Path], list[Path]]:
        """Return the paths of the notebooks, of the records, and of what interrupted writes have left, each sorted.

        What was set aside as damaged is not among them.
        """
        blobs, records, remains = [], [], []
        for path in (*self._below(self.folder / BLOBS), *self._below(self.folder / KEYS)):
            if path.name.startswith("."):
                remains.append(path)
            elif _is_record(path):
                records.append(path)
            else:
                blobs.append(path)
        return blobs, records, remains

    def computed(self, blob: str) -> Path:
        """Return the path of the empty file that is there if a notebook was computed on this machine."""
        return self.folder.joinpath(COMPUTED, blob[:2], blob)

    def mark_computed(self, blob: str) -> None:
        """Remember that a notebook was computed on this machine. Raises StoreError if that cannot be written."""
        if not self.computed(blob).is_file():
            self._write(self.computed(blob), b"")

    def computed_files(self) -> list[Path]:
        """Return the paths of all that say so, sorted."""
        return list(self._below(self.folder / COMPUTED))

    def signature_files(self) -> list[Path]:
        """Return the paths of all signatures, sorted."""
        return list(self._below(self.folder / SIGNATURES))

    def report_damage(self, paths: tuple[Path, ...], problem: str, notebook: str = "") -> Damage:
        """Report a damaged object, once, and set it aside with its records if this store mends; return what is damaged.

        Raises StoreError if it cannot be set aside.
        """
        names = tuple(path.relative_to(self.folder).as_posix() for path in paths)
        if self._mend:
            for path in paths:
                self._set_aside(path)
        damage = Damage(paths=names, problem=problem, notebook=notebook, aside=self._mend)
        if self._report and names[0] not in self._reported:
            self._reported.add(names[0])
            self._report(damage)
        return damage

    def require_writable(self) -> None:
        """Raise StoreError if results could not be kept: before hours are spent on them."""
        import tempfile  # noqa: PLC0415 - slow to import

        for folder in (self.folder, self.folder / BLOBS, self.folder / KEYS):
            try:
                folder.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryFile(dir=folder):
                    pass
            except OSError as error:
                raise self._error(folder, "written", error) from error

    def _look_at(self, blob: str) -> tuple[str, bytes]:
        """Return what is wrong with a notebook, empty if nothing is, and its bytes."""
        path = self.blob(blob)
        verified = self._verified.get(path)
        if verified is not None:
            return "", verified
        looks = looks_of(path)
        notebook = self._bytes(path)
        if notebook is None:
            return NO_BLOB, b""
        if not self._verified.is_known(path, looks) and sha256_bytes(notebook) != blob:
            return CHANGED, notebook
        self._verified.keep(path, looks, notebook)
        return "", notebook

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
            return  # another thread was here
        except OSError as error:
            raise self._error(path, "mended, it is damaged", error) from error

    def _write(self, path: Path, content: bytes) -> None:
        try:
            write_atomically(path, content)
        except OSError as error:
            raise self._error(path, "written", error) from error

    def _bytes(self, path: Path) -> bytes | None:
        """Return what an object has, and nothing if it is no file, or larger than any; None if it is not there."""
        try:
            return content_of(path)
        except OddFileError:
            return b""
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
            if path.is_dir() and not path.is_symlink():
                yield from self._below(path)
            else:
                yield path

    def _error(self, path: Path, action: str, error: OSError) -> StoreError:
        """Return the error that says that a path of the store cannot be `action`, such as `read`, and what helps."""
        remedy = refusals.remedy(error, path)
        if not remedy or error.errno in (errno.EACCES, errno.EPERM):
            remedy = (
                f"Let this user read and write the folder, with `chmod -R u+rwX {self.folder}` as its owner for "
                "instance, then build again: the results that are in it stay there."
            )
        return StoreError(f"{path}: the store cannot be {action}: {error.strerror or error}", remedy=remedy)


def inputs_digest(inputs: tuple[FileRecord, ...]) -> str:
    """Return the digest of a set of input files."""
    return sha256_lines(f"{file.sha256} {file.path}" for file in sorted(inputs))


def _is_record(path: Path) -> bool:
    return path.suffix == ".json" and not path.name.startswith(".")
