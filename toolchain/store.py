"""Results by key: immutable files, written aside and renamed, verified when read.

Layout: `blobs/aa/<sha256>` holds an executed notebook with its provenance, `keys/aa/<key>/<digest of inputs>.json` says
which blob belongs to which key and input files. A key's file is written last, so whatever it names is there.
"""

from pathlib import Path

import msgspec

from toolchain.files import sha256_bytes, sha256_lines, write_atomically
from toolchain.model import FileRecord, Record


class Store:
    """A folder of results."""

    def __init__(self, folder: Path) -> None:
        """Use the folder; it need not exist yet."""
        self.folder = folder

    def records(self, key: str) -> tuple[Record, ...]:
        """Return the results of a key whose notebooks are there and whole, oldest first.

        A record that cannot be read, or whose notebook is damaged, counts as absent, so that it is computed again.
        """
        found = []
        for path in sorted(self._key_folder(key).glob("*.json"), key=lambda each: each.stat().st_mtime_ns):
            try:
                record = msgspec.json.decode(path.read_bytes(), type=Record)
            except (OSError, msgspec.DecodeError):
                continue
            if self.read(record.blob) is not None:
                found.append(record)
        return tuple(found)

    def read(self, blob: str) -> bytes | None:
        """Return a notebook; None if it is missing or its content is not what its name says."""
        try:
            data = self._blob(blob).read_bytes()
        except OSError:
            return None
        return data if sha256_bytes(data) == blob else None

    def put(self, notebook: bytes) -> str:
        """Keep an executed notebook and return its digest."""
        digest = sha256_bytes(notebook)
        if self.read(digest) is None:
            write_atomically(self._blob(digest), notebook)
        return digest

    def record(self, key: str, record: Record, *, replace: bool = False) -> Record:
        """Enter a result under its key and return the one that counts: the first writer's, unless told to replace."""
        path = self._key_folder(key) / f"{inputs_digest(record.inputs)}.json"
        if not replace:
            for known in self.records(key):
                if known.inputs == record.inputs:
                    return known
        write_atomically(
            path, msgspec.json.format(msgspec.json.encode(record, order="deterministic"), indent=1)
        )
        return record

    def _blob(self, digest: str) -> Path:
        return self.folder / "blobs" / digest[:2] / digest

    def _key_folder(self, key: str) -> Path:
        return self.folder / "keys" / key[:2] / key


def inputs_digest(inputs: tuple[FileRecord, ...]) -> str:
    """Return the digest of a set of input files."""
    return sha256_lines(f"{each.sha256} {each.path}" for each in sorted(inputs))
