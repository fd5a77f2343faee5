"""What goes between the server and the process that makes pages: lines of JSON on a socket."""

import select
import socket
from collections.abc import Iterable
from functools import reduce

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
        while (request := self.waiting()) is None:
            if not self._receive():
                return None
        self._read = self._read.rpartition(b"\n")[2]
        return request

    def waiting(self) -> Request | None:
        """Return the requests that wait as one, and let them wait on."""
        while self._has_more() and self._receive():
            pass
        waiting = [msgspec.json.decode(line, type=Request) for line in self._read.split(b"\n")[:-1]]
        return reduce(Request.with_, waiting) if waiting else None

    def superseded(self) -> bool:
        """Say whether a request waits, or nobody does any more."""
        return b"\n" in self._read or self._has_more()

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

    def _has_more(self) -> bool:
        return bool(select.select([self._end], [], [], 0)[0])

    def _receive(self) -> bool:
        """Wait for more, and say whether there was any: there is none if nobody asks any more."""
        more = self._end.recv(CHUNK)
        self._read += more
        return bool(more)
