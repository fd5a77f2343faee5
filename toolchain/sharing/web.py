"""A store behind a web server, of which nothing is expected but that it gives files.

Not through fsspec: its web file system takes as much as a server sends, and here nobody may send more than is expected.
"""

import ssl
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import unquote, urlsplit

import msgspec
from msgspec import Struct

from toolchain.base.errors import RemoteError
from toolchain.sharing.remote import CONNECTIONS, DeniedError, without_password
from toolchain.sharing.transfer_pace import Pace, apply_pace

if TYPE_CHECKING:
    from requests import Response, Session
    from urllib3.connectionpool import HTTPConnectionPool

CONNECT_SECONDS = 10
CHUNK = 1 << 16
MOST_REDIRECTS = 5
ADDRESS = ("http://", "https://")
GONE, DENIED = (404, 410), (401, 403)


class _Options(Struct, frozen=True, forbid_unknown_fields=True):
    """What book.toml may say about a web server."""

    headers: dict[str, str] = {}
    timeout: Annotated[float, msgspec.Meta(gt=0)] = 60.0
    """Seconds without an answer after which none is waited for any more."""


class Web:
    """A web server, to be read."""

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        """`options` may have `headers`, a table, and `timeout`, the seconds that nothing may come for."""
        import requests  # noqa: PLC0415 - slow to import
        import urllib3  # noqa: PLC0415

        self.url = without_password(url).rstrip("/")
        try:
            settings = msgspec.convert(options, _Options)
            parts = urlsplit(url)
        except (msgspec.ValidationError, ValueError) as error:
            raise RemoteError(
                f"{self.url}: {error}",
                remedy="Correct the address, or [store.options] in book.toml: "
                "the options of a web server are `headers`, a table, and `timeout`, in seconds.",
            ) from error
        self._pace = Pace(settings.timeout)
        # A hostile answer can also be one that no library has thought of.
        self._failures = (requests.RequestException, urllib3.exceptions.HTTPError, ValueError)
        self._session = _session(settings.headers, self._pace)
        name, _, password = parts.netloc.rpartition("@")[0].partition(":")
        if name:
            self._session.auth = (unquote(name), unquote(password))
        # Without the password: the libraries' messages show it.
        self._address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl().rstrip("/")

    def read(self, name: str, limit: int) -> bytes | None:
        """Return an object, of a larger one a byte more than `limit`; None if it is not there.

        Raises RemoteError if the server cannot be reached, DeniedError if it does not let us.
        """
        self._pace.limit = limit
        timeout = (CONNECT_SECONDS, self._pace.silence)
        try:
            with self._session.get(f"{self._address}/{name}", stream=True, timeout=timeout) as response:
                if response.status_code in GONE:
                    return None
                if response.status_code in DENIED:
                    raise DeniedError(
                        f"{self.url}/{name}: may not be read: {response.status_code} {response.reason}",
                        remedy="Put the password into ~/.netrc, or a header into [store.options] of book.toml.",
                    )
                response.raise_for_status()
                return _read_at_most(response, limit + 1)
        except self._failures as error:
            reason, remedy = _reason_and_remedy(error)
            raise RemoteError(f"{self.url}: cannot be reached: {reason}", remedy=remedy) from error

    def sizes(self, *_folders: str) -> dict[str, int]:
        """Raise DeniedError: a web server cannot be asked for this."""
        raise DeniedError(f"{self.url}: a web server does not list what it has")


def _reason_and_remedy(error: BaseException) -> tuple[str, str]:
    """Return why a request failed, and what to do: the libraries wrap the reason several times."""
    through = "through the proxy: " if type(error).__name__ == "ProxyError" else ""
    innermost = error
    while inner := _inner_error(innermost):
        innermost = inner
    if isinstance(innermost, ssl.SSLCertVerificationError):
        return (
            f"{through}its certificate is not believed: {innermost.verify_message}",
            "If it is your own server, name the file of its authority in the variable REQUESTS_CA_BUNDLE.",
        )
    reason = innermost.strerror if isinstance(innermost, OSError) and innermost.strerror else str(innermost)
    return through + reason, "Look at the network and at the address."


def _inner_error(error: BaseException) -> BaseException | None:
    """Return the error that an error was made from: its cause, context or argument; None if there is none."""
    context = None if error.__suppress_context__ else error.__context__
    candidates = (error.__cause__, context, *error.args)
    return next((inner for inner in candidates if isinstance(inner, BaseException)), None)


def _read_at_most(response: "Response", limit: int) -> bytes:
    """Return what comes, at most `limit` bytes of it, however it is packed."""
    content = bytearray()
    # Each piece as it comes: one that has to be whole would be unpacked whole.
    for piece in iter(partial(response.raw.read1, CHUNK, decode_content=True), b""):
        content += piece
        if len(content) >= limit:
            break
    return bytes(memoryview(content)[:limit])


def _session(headers: Mapping[str, str], pace: Pace) -> "Session":
    """Return a session that sends these headers to the server that they are for, and to no other."""
    import requests  # noqa: PLC0415 - slow to import
    from requests.adapters import HTTPAdapter  # noqa: PLC0415
    from urllib3.exceptions import ReadTimeoutError  # noqa: PLC0415
    from urllib3.util.retry import Retry  # noqa: PLC0415

    class PrivateSession(requests.Session):
        def rebuild_auth(
            self, prepared_request: requests.PreparedRequest, response: requests.Response
        ) -> None:
            """Remove the headers that say who we are from a request that was redirected to another server."""
            if self.should_strip_auth(str(response.request.url), str(prepared_request.url)):
                for name in headers:
                    prepared_request.headers.pop(name, None)
            super().rebuild_auth(prepared_request, response)

    class PacedAdapter(HTTPAdapter):
        def get_connection_with_tls_context(self, *arguments: Any, **options: Any) -> "HTTPConnectionPool":
            """Return connections whose answers come in time, or not at all."""
            pool = super().get_connection_with_tls_context(*arguments, **options)
            apply_pace(pool, pace)
            return pool

    class ImpatientRetry(Retry):
        def increment(self, *arguments: Any, **options: Any) -> "ImpatientRetry":
            """Give up on a server that is silent: it has had all its time."""
            error = options.get("error")
            if isinstance(error, ReadTimeoutError):
                raise error
            return super().increment(*arguments, **options)

    session = PrivateSession()
    session.headers.update(headers)
    session.max_redirects = MOST_REDIRECTS
    # Who cannot be reached is not tried again: a build may go on without. What breaks off may go on. How long to wait
    # is not for the server to say: it may say a day.
    retry = ImpatientRetry(
        total=3,
        connect=0,
        backoff_factor=0.5,
        status_forcelist=(429, 502, 503, 504),
        respect_retry_after_header=False,
    )
    adapter = PacedAdapter(max_retries=retry, pool_maxsize=CONNECTIONS)
    for scheme in ADDRESS:
        session.mount(scheme, adapter)
    return session
