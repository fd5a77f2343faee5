"""What goes between the server and the process that makes pages: lines of JSON on a socket."""

import select
import socket
from collections.abc import Iterable

import msgspec
from msgspec import Struct

from toolchain.preview.making import Made, Request

CHUNK = 1 << 16


class Begun(Struct, frozen=True, tag=True):
    """The process is there, and has imported what it needs."""

    process: int
    """Its number, which is also that of its group."""


class Wrote(Struct, frozen=True, tag=True):
    """Pages are in their place."""

    pages: tuple[str, ...]


class Said(Struct, frozen=True, tag=True):
    """Something is being done."""

    text: str


class Answer(Struct, frozen=True, tag=True):
    """What has become of a request."""

    made: Made


Message = Begun | Wrote | Said | Answer
DECODER: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


class Line:
    """The builder's end of the socket; it is a `Channel`."""

    def __init__(self, end: socket.socket) -> None:
        """Talk on a socket."""
        self._end = end
        self._read = b""

    def requests(self) -> Request | None:
        """Wait for a request and return it, one with those that have come since; None if nobody asks any more."""
        request: Request | None = None
        while request is None or self.superseded():
            line = self._line()
            if line is None:
                return None
            later = msgspec.json.decode(line, type=Request)
            request = request.with_(later) if request else later
        return request

    def superseded(self) -> bool:
        """Say whether a request waits."""
        return b"\n" in self._read or bool(select.select([self._end], [], [], 0)[0])

    def wrote(self, pages: Iterable[str] = ()) -> None:
        """Say that pages are in their place."""
        self.send(Wrote(tuple(pages)))

    def say(self, text: str) -> None:
        """Say what is being done."""
        self.send(Said(text))

    def answer(self, made: Made) -> None:
        """Say what has become of a request."""
        self.send(Answer(made))

    def send(self, message: Message) -> None:
        """Send a message, whole."""
        self._end.sendall(msgspec.json.encode(message) + b"\n")

    def _line(self) -> bytes | None:
        """Return the next line; None at the end."""
        while b"\n" not in self._read:
            more = self._end.recv(CHUNK)
            if not more:
                return None
            self._read += more
        line, _, self._read = self._read.partition(b"\n")
        return line
