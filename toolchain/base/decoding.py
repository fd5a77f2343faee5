"""JSON and MessagePack that others have written, or that a killed process, a full disk or another version has left: data, or None."""

from pathlib import Path
from typing import TypeVar

import msgspec

T = TypeVar("T")

DAMAGED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for what is no JSON, or not of the type: for bytes that are no UTF-8 and for nesting without end, too."""


def decode_json(content: bytes | str, kind: type[T]) -> T | None:
    """Return what JSON says; None if it is damaged, or not of this kind."""
    try:
        return msgspec.json.decode(content, type=kind)
    except DAMAGED:
        return None


def decode_msgpack(content: bytes, kind: type[T]) -> T | None:
    """Return what MessagePack says; None if it is damaged, or not of this kind."""
    try:
        return msgspec.msgpack.decode(content, type=kind)
    except DAMAGED:
        return None


def read_json(path: Path, kind: type[T]) -> T | None:
    """Return what a file of JSON says; None if it is not there, cannot be read, is damaged or not of this kind."""
    try:
        return decode_json(path.read_bytes(), kind)
    except OSError:
        return None
