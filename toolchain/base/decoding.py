"""Files and texts that others have written, or that a killed process, a full disk or another version has left: they may be anything.

What this program keeps for itself is read as data or is None, and is made again then. What a person has written is read as
text, or refused in a sentence that names the file.
"""

import errno
import os
import stat
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import msgspec

from toolchain.base.errors import ToolchainError
from toolchain.base.units import human_size

T = TypeVar("T")

DAMAGED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for what is no JSON, or not of the type: for bytes that are no UTF-8 and for nesting without end, too."""
LARGEST = 1 << 30
"""Bytes of a file that is read at once: far above any that is real, and no more than a machine has memory for."""
SOURCE = 20_000_000
"""Bytes of a text that a person writes."""
# A pipe gives nothing until somebody writes to it; to open one so does not wait. Windows has neither.
FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
NO_FILE = "is no file: a folder, a pipe or a device has its name"
NO_END = "is a link that leads back to itself"


class OddFileError(Exception):
    """A file is not read, whatever is in it: the words that follow its name say why."""


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


def read_whole(path: Path, limit: int = LARGEST) -> bytes | None:
    """Return the content of a file; None if there is none, if it cannot be read, is no file, or has more than `limit` bytes."""
    try:
        return content_of(path, limit)
    except (OddFileError, OSError, ValueError):
        return None


def read_json(path: Path, kind: type[T], limit: int = LARGEST) -> T | None:
    """Return what a file of JSON says; None if it is not there, cannot be read, is damaged or not of this kind."""
    content = read_whole(path, limit)
    return None if content is None else decode_json(content, kind)


def read_text(path: Path, name: str, error: type[ToolchainError], limit: int = SOURCE) -> str:
    """Return the text of a file that a person has written, its lines as Python ends them; `name` is the file in messages.

    Raises FileNotFoundError if there is none, and `error` if it is no file, too large, or no text.
    """
    try:
        content = content_of(path, limit)
    except OddFileError as reason:
        raise error(f"{name}: {reason}") from None
    except OSError as reason:
        if isinstance(reason, FileNotFoundError):
            raise
        raise error(f"{name}: cannot be read: {reason.strerror or reason}") from None
    try:
        text = _with_line_ends(content.decode("utf-8-sig"))
    except UnicodeDecodeError as reason:
        line = _lines(content[: reason.start])
        raise error(f"{name}:{line}: is not UTF-8; save the file in that encoding") from None
    if "\0" in text:
        line = text.partition("\0")[0].count("\n") + 1
        raise error(f"{name}:{line}: is no text: there is a zero byte in it")
    return text


def read_loosely(path: Path) -> str:
    """Return the text of a file, whatever is in it, with its lines as Python ends them; empty if there is none."""
    return _with_line_ends((read_whole(path) or b"").decode("utf-8-sig", errors="replace"))


def lines_of(text: str) -> list[str]:
    """Return the lines of a text that was read: as Markdown and editors count them, they end with newlines and nothing else."""
    return text.removesuffix("\n").split("\n") if text else []


def _with_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _lines(before: bytes) -> int:
    """Return the line, counted from 1, that comes after these bytes."""
    return _with_line_ends(before.decode()).count("\n") + 1


def require_file(path: Path, limit: int = 4 * LARGEST) -> None:
    """Look at what a library is about to open, and might wait for without end.

    Raises OSError if there is nothing, OddFileError if it is no file or has more than `limit` bytes.
    """
    _require_readable(path.stat(), limit)


def _require_readable(found: os.stat_result, limit: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise OddFileError(NO_FILE)
    if found.st_size > limit:
        raise OddFileError(f"is larger than {human_size(limit)}")


def content_of(path: Path, limit: int = LARGEST) -> bytes:
    """Return the content of a file.

    Raises OSError if it cannot be read, OddFileError if it is no file or has more than `limit` bytes: it is not looked into.
    """
    try:
        handle = os.open(path, FLAGS)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OddFileError(NO_END) from None
        raise
    try:
        found = os.fstat(handle)
        _require_readable(found, limit)
        with os.fdopen(handle, "rb", closefd=False) as stream:
            return stream.read(found.st_size + 1)
    finally:
        os.close(handle)


def _decoder(form: Any, kind: Any) -> Any:
    """Return what reads a kind in a form, made once."""
    with _ONE_AT_A_TIME:
        if (form, kind) not in _decoders:
            _decoders[form, kind] = form(kind)
        return _decoders[form, kind]
