"""Bounds how long an answer of a web server may take: the libraries wait anew for each byte, and a line has thousands."""

import io
import socket
import threading
import time
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from urllib3.connectionpool import HTTPConnectionPool

SLOWEST = 1000
"""Bytes a second that a server has to send on average: one that sends less has stopped for all that matters."""


# In urllib3, requests and httpx each read waits anew, and urllib3's `total` ends with the first. aiohttp bounds a request,
# but not by what has come, and pycurl's LOW_SPEED_TIME does in whole seconds. Both would be a second client beside
# requests, which Sphinx needs, and its retries, REQUESTS_CA_BUNDLE and care with headers at redirects would be ours.
class Pace(threading.local):
    """How long the answer that is being read may take; each thread reads one at a time."""

    def __init__(self, silence: float) -> None:
        """`silence` is how many seconds nothing may come for."""
        self.silence = silence
        self.limit = 0
        """Bytes that are expected at most; bytes beyond them give no more time."""
        self.begin()

    def begin(self) -> None:
        """Begin to wait for an answer."""
        self._begun, self._received = time.monotonic(), 0

    def seconds_to_wait(self) -> float:
        """Return how many seconds to wait for the next bytes. Raises TimeoutError if none are left."""
        allowed = self.silence + min(self._received, self.limit) / SLOWEST
        remaining = self._begun + allowed - time.monotonic()
        if remaining <= 0:
            raise self.timeout_error()
        return min(remaining, self.silence)

    def timeout_error(self) -> TimeoutError:
        """Return the error for an answer that comes too slowly, or not at all; its message says which."""
        slow = f"it sends less than {SLOWEST} bytes a second"
        return TimeoutError(slow if self._received else f"nothing came for {self.silence:g} s")

    def add_received(self, count: int) -> None:
        """Add to the bytes that have come."""
        self._received += count


class _PacedStream(io.RawIOBase):
    """The bytes of a socket, as long as they come in time."""

    def __init__(self, raw: io.RawIOBase, connection: socket.socket, pace: Pace) -> None:
        self._raw, self._connection, self._pace = raw, connection, pace

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._connection.settimeout(self._pace.seconds_to_wait())
        try:
            count = self._raw.readinto(buffer)
        except TimeoutError:
            raise self._pace.timeout_error() from None
        self._pace.add_received(count or 0)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _PacedResponse(HTTPResponse):
    """An answer that has to come in time, its status line and headers included."""

    pace: Pace

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.pace.begin()
        self.fp = io.BufferedReader(_PacedStream(self.fp.detach(), sock, self.pace))


def apply_pace(pool: "HTTPConnectionPool", pace: Pace) -> None:
    """Have the answers on a pool's connections keep to a pace: their headers and all that frames them, too."""
    connection_class = pool.ConnectionCls
    if not issubclass(getattr(connection_class, "response_class", HTTPResponse), _PacedResponse):
        response_class = type("Paced", (_PacedResponse,), {"pace": pace})
        pool.ConnectionCls = type(
            connection_class.__name__, (connection_class,), {"response_class": response_class}
        )
