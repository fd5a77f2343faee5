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
"""Bytes a second that a server has to come to after a while: one that sends less has stopped for all that matters."""


class Pace(threading.local):
    """The time that the answer being read has; each thread reads one at a time."""

    def __init__(self, silence: float) -> None:
        """Allow so many seconds of silence."""
        self.silence = silence
        self.limit = 0
        """Bytes that are expected; what comes beyond gives no more time."""
        self.begin()

    def begin(self) -> None:
        """Begin to wait for an answer."""
        self._begun, self._received = time.monotonic(), 0

    def seconds(self) -> float:
        """Return how long to wait for the next bytes. Raises TimeoutError if they are too late."""
        allowed = self.silence + min(self._received, self.limit) / SLOWEST
        left = self._begun + allowed - time.monotonic()
        if left <= 0:
            raise self.late()
        return min(left, self.silence)

    def late(self) -> TimeoutError:
        """Return what there is to say of bytes that do not come."""
        slow = f"it sends less than {SLOWEST} bytes a second"
        return TimeoutError(slow if self._received else f"nothing came for {self.silence:g} s")

    def came(self, count: int) -> None:
        """Count what has come."""
        self._received += count


class _Stream(io.RawIOBase):
    """What comes from a socket, as long as it comes in time."""

    def __init__(self, raw: io.RawIOBase, connection: socket.socket, pace: Pace) -> None:
        self._raw, self._connection, self._pace = raw, connection, pace

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._connection.settimeout(self._pace.seconds())
        try:
            count = self._raw.readinto(buffer)
        except TimeoutError:
            raise self._pace.late() from None
        self._pace.came(count or 0)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Paced(HTTPResponse):
    pace: Pace

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.pace.begin()
        self.fp = io.BufferedReader(_Stream(self.fp.detach(), sock, self.pace))


def keep(pool: "HTTPConnectionPool", pace: Pace) -> None:
    """Have the answers on a pool's connections keep to a pace: their headers and all that frames them, too."""
    kind = pool.ConnectionCls
    if not issubclass(getattr(kind, "response_class", HTTPResponse), _Paced):
        paced = type("Paced", (_Paced,), {"pace": pace})
        pool.ConnectionCls = type(kind.__name__, (kind,), {"response_class": paced})
