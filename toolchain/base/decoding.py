"""JSON and MessagePack that others have written, or that a killed process, a full disk or another version has left: data, or None."""

from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

DAMAGED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for what is no JSON, or not of the type: for bytes that are no UTF-8 and for nesting without end, too."""

_decoders: dict[tuple[Any, Any], Any] = {}
_ONE_AT_A_TIME = Lock()
"""Two threads in which msgspec gets to know a type at the same time end the process: one sees what the other has half done."""


def decode_json(content: bytes | str, kind: type[T]) -> T | None:
    """Return what JSON says; None if it is damaged, or not of this kind."""
    try:
        decoded: T = _decoder(msgspec.json.Decoder, kind).decode(content)
    except DAMAGED:
        return None
    return decoded


def decode_msgpack(content: bytes, kind: type[T]) -> T | None:
    """Return what MessagePack says; None if it is damaged, or not of this kind."""
    try:
        decoded: T = _decoder(msgspec.msgpack.Decoder, kind).decode(content)
    except DAMAGED:
        return None
    return decoded


def read_json(path: Path, kind: type[T]) -> T | None:
    """Return what a file of JSON says; None if it is not there, cannot be read, is damaged or not of this kind."""
    try:
        return decode_json(path.read_bytes(), kind)
    except OSError:
        return None


def _decoder(form: Any, kind: Any) -> Any:
    """Return what reads a kind in a form, made once."""
    with _ONE_AT_A_TIME:
        if (form, kind) not in _decoders:
            _decoders[form, kind] = form(kind)
        return _decoders[form, kind]
