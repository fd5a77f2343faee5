"""How a web server is asked: how often, how long, and where else it may send us."""

import ipaddress
from collections.abc import Mapping
from enum import IntEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from toolchain.sharing.remote import CONNECTIONS
from toolchain.sharing.transfer_pace import Pace, apply_pace

if TYPE_CHECKING:
    from requests import Session
    from urllib3.connectionpool import HTTPConnectionPool
    from urllib3.util.retry import Retry

ADDRESS = ("http://", "https://")
MOST_REDIRECTS = 5
BUSY = (429, 502, 503, 504)
BUSY_TRIES, BROKEN_TRIES = 5, 3
"""How often a server is asked again that has said that it is busy, and one whose answer broke off."""
PAUSE = 0.5
"""Seconds before it is asked for the third time; then twice as long each time, in all no longer than it may be silent."""


class Nearness(IntEnum):
    """How near a server is: whoever may be reached from anywhere, from our network, from this machine only."""

    PUBLIC = 0
    OUR_NETWORK = 1
    THIS_MACHINE = 2


def nearness(address: str) -> Nearness:
    """Return how near the server at an IP address is."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if ip.is_loopback or ip.is_unspecified:
        return Nearness.THIS_MACHINE
    return Nearness.PUBLIC if ip.is_global else Nearness.OUR_NETWORK


class TooNearError(ConnectionError):
    """A server sends us to one that is nearer to us than itself."""


class Neighbourhood:
    """Keeps a server from having us ask others that it could not ask itself: those in our network, and on this machine.

    What is there may take a request from here for an order. The first whom we ask is the one whom the person has named:
    as near as it is we may be sent, and no nearer, also if its name means another one later.
    """

    def __init__(self) -> None:
        """Begin before anybody was asked."""
        self.nearest: Nearness | None = None

    def admit(self, host: str, address: str) -> None:
        """Raise TooNearError if the server of a host, at an IP address, is one that we may not be sent to."""
        near = nearness(address)
        if self.nearest is None:
            self.nearest = near
        if near > self.nearest:
            raise TooNearError(f"it sends us to {host}, which is nearer to us than itself")


def session(headers: Mapping[str, str], pace: Pace, neighbourhood: Neighbourhood) -> "Session":
    """Return a session that sends these headers to the server that they are for, and to no other."""
    import requests  # noqa: PLC0415 - slow to import
    from requests.adapters import HTTPAdapter  # noqa: PLC0415

    class PrivateSession(requests.Session):
        def get_redirect_target(self, resp: requests.Response) -> str | None:
            """Return where an answer sends us. Raises RequestException if it gives up what an encrypted way protects."""
            target = super().get_redirect_target(resp)
            if target and urlsplit(resp.url).scheme == "https" != urlsplit(urljoin(resp.url, target)).scheme:
                raise requests.exceptions.InvalidSchema("it sends us from https:// to an address without it")
            return target

        def rebuild_auth(
            self, prepared_request: requests.PreparedRequest, response: requests.Response
        ) -> None:
            """Remove what says who we are from a request that was redirected to another server.

            Nor is the person's .netrc looked into for a password of that one.
            """
            if self.should_strip_auth(str(response.request.url), str(prepared_request.url)):
                for name in (*headers, "Authorization"):
                    prepared_request.headers.pop(name, None)

    class PacedAdapter(HTTPAdapter):
        def get_connection_with_tls_context(self, *arguments: Any, **options: Any) -> "HTTPConnectionPool":
            """Return connections whose answers come in time, or not at all."""
            pool = super().get_connection_with_tls_context(*arguments, **options)
            apply_pace(pool, pace)
            if pool.proxy is None:  # which would be asked in the place of anybody
                _apply_neighbourhood(pool, neighbourhood)
            return pool

    private_session = PrivateSession()
    private_session.headers.update(headers)
    private_session.max_redirects = MOST_REDIRECTS
    adapter = PacedAdapter(max_retries=_retry(pace), pool_maxsize=CONNECTIONS)
    for scheme in ADDRESS:
        private_session.mount(scheme, adapter)
    return private_session


def _retry(pace: Pace) -> "Retry":
    """Return how often a server is asked again.

    Who cannot be reached is not: a build may go on without. What breaks off, or is busy, may go on. How long to wait is
    not for the server to say: it may say a day.
    """
    from urllib3.exceptions import ReadTimeoutError  # noqa: PLC0415 - slow to import
    from urllib3.util.retry import Retry  # noqa: PLC0415

    class BoundedRetry(Retry):
        def increment(self, *arguments: Any, **options: Any) -> "BoundedRetry":
            """Give up on a server that is silent, it has had all its time, and on one that leads where we do not go."""
            error = options.get("error")
            if error and any(
                isinstance(part, ReadTimeoutError | TooNearError) for part in (error, *error.args)
            ):
                raise error
            return super().increment(*arguments, **options)

    return BoundedRetry(
        total=BUSY_TRIES,
        connect=0,
        read=BROKEN_TRIES,
        other=BROKEN_TRIES,
        backoff_factor=PAUSE,
        backoff_max=pace.silence / BUSY_TRIES,
        status_forcelist=BUSY,
        respect_retry_after_header=False,
    )


def _apply_neighbourhood(pool: "HTTPConnectionPool", neighbourhood: Neighbourhood) -> None:
    """Have a pool's connections lead to nobody whom the neighbourhood does not admit: nothing is sent there."""
    connection_class: Any = pool.ConnectionCls
    if hasattr(connection_class, "neighbourhood"):
        return

    class Admitted(connection_class):  # type: ignore[misc] # one of urllib3's, for this scheme
        def connect(self) -> None:
            """Connect, and look at who is there."""
            super().connect()
            try:
                self.neighbourhood.admit(self.host, self.sock.getpeername()[0])
            except TooNearError:
                self.close()
                raise

    Admitted.neighbourhood = neighbourhood
    pool.ConnectionCls = Admitted
