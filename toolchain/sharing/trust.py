"""Who vouches for results: Ed25519 signatures of records, and what a result from elsewhere must be to be let in."""

import base64
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from toolchain.base.decoding import decode_json
from toolchain.base.errors import ConfigError
from toolchain.base.files import sha256_bytes
from toolchain.model import Record
from toolchain.outputs.executed import code_of, expressions_of
from toolchain.plan import keys
from toolchain.sharing import names
from toolchain.store.provenance import claimed, is_date, is_sound
from toolchain.store.store import CHANGED, DIGEST, NO_RECORD, inputs_digest

PREFIX = "ed25519:"
KEY_BYTES = 100_000
"""More than any key has."""
OTHERS = 0o077
"""The permissions of a file that others than its owner have."""
LONGEST = 4096
"""Characters of a name: as many as a path may have."""
CONTEXT = "toolchain result 1"
"""First line of a message that is signed, so that a signature means this and nothing else."""


class RefusedError(Exception):
    """An object from elsewhere is not what it has to be."""

    def __init__(self, problem: str, notebook: str = "") -> None:
        """`problem` says what is wrong; `notebook` is the page that the object claims to be a result of."""
        super().__init__(problem)
        self.notebook = notebook


class AbsentError(RefusedError):
    """An object is not there that an index or a record names."""


class SignedResult(Struct, frozen=True):
    """A record as it was found, and who signed it."""

    key: str
    record: Record
    data: bytes
    """The record as it was written, to the byte: that is what is signed."""
    signatures: Mapping[str, bytes] = {}
    """By their signers' fingerprints."""

    @property
    def name(self) -> str:
        """Its name in a store."""
        return names.record_name(self.key, inputs_digest(self.record.inputs))

    @property
    def digest(self) -> str:
        """The digest of the record."""
        return sha256_bytes(self.data)


class Signer:
    """A private key."""

    def __init__(self, path: Path) -> None:
        """Read the key from a file. Raises ConfigError if it has none, is for others to read too, or cannot be read."""
        from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - slow to import
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415
        from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

        remedy = "Make one with `toolchain store key FILE`."
        if "PRIVATE KEY" in str(path):  # which is not to be shown
            raise ConfigError(
                "what is to sign with is a private key itself, not the name of a file",
                remedy="Write it to a file that only its owner may read, and name that file.",
            )
        try:
            open_to_all = os.name == "posix" and path.stat().st_mode & OTHERS
            with path.open("rb") as stream:  # of a pipe, too: a shell gives one for `<(pass show key)`
                key = load_pem_private_key(stream.read(KEY_BYTES), password=None)
        except OSError as error:
            raise ConfigError(f"{path}: {error.strerror}: no key to sign with", remedy=remedy) from error
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise ConfigError(f"{path}: is no key to sign with: {error}", remedy=remedy) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise ConfigError(f"{path}: is a key of another kind than Ed25519", remedy=remedy)
        if open_to_all:
            raise ConfigError(
                f"{path}: others may read this private key too, and sign with it",
                remedy=f"Take that from them, `chmod 600 {path}`; if anybody may have read it, make another one.",
            )
        self._key = key
        self.public = _public_line(key.public_key().public_bytes_raw())
        self.fingerprint = fingerprint(self.public)

    def sign(self, result: SignedResult) -> bytes:
        """Return the signature of a result."""
        return base64.b64encode(self._key.sign(_message(result))) + b"\n"


class Trusted:
    """The signers whose results are accepted; if there are none, all results are."""

    def __init__(self, lines: Iterable[str]) -> None:
        """`lines` are public keys as book.toml has them."""
        self._keys: dict[str, Any] = {fingerprint(line): _public_key(line) for line in lines}

    def __bool__(self) -> bool:
        """Tell whether a signature is required."""
        return bool(self._keys)

    def knows(self, signer: str) -> bool:
        """Tell whether a fingerprint is that of somebody trusted."""
        return signer in self._keys

    def valid(self, result: SignedResult) -> dict[str, bytes]:
        """Return those signatures of a result that are by somebody trusted, and really of this result."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - slow to import

        signatures = {}
        for signer in result.signatures.keys() & self._keys.keys():
            with suppress(InvalidSignature, ValueError):
                self._keys[signer].verify(base64.b64decode(result.signatures[signer]), _message(result))
                signatures[signer] = result.signatures[signer]
        return signatures

    def require(self, result: SignedResult) -> SignedResult:
        """Return a result with its valid signatures only; with none if no signer is trusted.

        Raises RefusedError if a signature is required and none is valid.
        """
        if not self._keys:
            return msgspec.structs.replace(result, signatures={})
        if valid := self.valid(result):
            return msgspec.structs.replace(result, signatures=valid)
        if not result.signatures:
            raise RefusedError("is not signed", result.record.notebook)
        signers = ", ".join(sorted(result.signatures))
        if result.signatures.keys() & self._keys.keys():
            raise RefusedError(f"the signature by {signers} is not of what it says", result.record.notebook)
        raise RefusedError(f"is signed by {signers}, whom book.toml does not trust", result.record.notebook)


def admitted(name: str, content: bytes) -> SignedResult:
    """Return the result that a record describes. Raises RefusedError if it is no record, or not one of this name."""
    match = names.RECORD.fullmatch(name)
    if match is None:
        raise RefusedError("is no name of a record")
    record = decode_json(content, Record)
    if record is None or not DIGEST.fullmatch(record.blob):
        raise RefusedError(NO_RECORD)
    if inputs_digest(record.inputs) != match["inputs"]:
        raise RefusedError("its name is not that of its inputs")
    if keys.key(record.components) != match["key"]:
        raise RefusedError("its key is not that of what it says it was made of")
    origin = (record.device, record.toolchain, record.commit, *record.versions, *record.versions.values())
    texts = (record.notebook, *origin, *record.made, *(file.path for file in record.inputs))
    if not all(text.isprintable() for text in texts):
        raise RefusedError("it has characters that no name has")
    if max(map(len, texts)) > LONGEST:
        raise RefusedError("it has a name that is longer than any")
    if not is_date(record.start):
        raise RefusedError(NO_RECORD)
    return SignedResult(key=match["key"], record=record, data=content)


def require_matching(notebook: bytes, result: SignedResult) -> None:
    """Raise RefusedError unless a notebook is the one of a record: by its digest, its form, its code, its provenance."""
    if sha256_bytes(notebook) != result.record.blob:
        raise RefusedError(f"its notebook: {CHANGED}", result.record.notebook)
    code = code_of(notebook)
    try:
        expected = tuple(source for source, _tags in result.record.components["cells"])
    except (KeyError, ValueError, TypeError):
        code = expected = None
    if code is None:
        raise RefusedError("what it names is no notebook", result.record.notebook)
    if code != expected:
        raise RefusedError("the code of its notebook is not what it says", result.record.notebook)
    if expressions_of(notebook) != result.record.components.get("expressions", []):
        raise RefusedError("the expressions of its notebook are not what it says", result.record.notebook)
    if not is_sound(claimed(notebook)):
        raise RefusedError("its notebook does not say where it comes from", result.record.notebook)


def make_key(path: Path) -> str:
    """Make a private key, for its owner alone to read, and return the public one as book.toml lists it.

    Raises ConfigError if there is a file already: a key that is overwritten is lost, and its signer not trusted any more.
    Raises it, too, if the file cannot be written.
    """
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - slow to import
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    if path.exists():
        raise ConfigError(
            f"{path}: exists already",
            remedy=f"Show its public key with `toolchain store key --show {path}`, or name another file.",
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(text)
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be written: {error.strerror}", remedy="Name another file."
        ) from error
    return _public_line(key.public_key().public_bytes_raw())


def fingerprint(line: str) -> str:
    """Return the short name of a public key, which is given as its line in book.toml."""
    return sha256_bytes(line.encode())[:16]


def _message(result: SignedResult) -> bytes:
    """Return the message that is signed: a record's digest with its key and inputs, so that it counts nowhere else."""
    return "\n".join((CONTEXT, result.key, inputs_digest(result.record.inputs), result.digest, "")).encode()


def _public_line(raw: bytes) -> str:
    """Return a public key as its line in book.toml."""
    return PREFIX + base64.b64encode(raw).decode()


def _public_key(line: str) -> Any:
    """Return the public key of a line in book.toml, which has the form of one."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - as above

    return Ed25519PublicKey.from_public_bytes(base64.b64decode(line.removeprefix(PREFIX)))
