"""A store behind a web server, of which nothing is expected but that it gives files.

Not through fsspec: its web file system takes as much as a server sends, and here nobody may send more than is expected.
"""

import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import unquote, urlsplit

import msgspec
from msgspec import Struct

from toolchain.errors import RemoteError
from toolchain.sharing.remote import CONNECTIONS, DeniedError, shown

if TYPE_CHECKING:
    from requests import Response, Session

CONNECT_SECONDS = 10
CHUNK = 1 << 16
SLOWEST = 1000
"""Bytes a second that a server has to come to after a while: one that sends less has stopped for all that matters."""
ADDRESS = ("http://", "https://")
GONE, DENIED = (404, 410), (401, 403)


class _Options(Struct, frozen=True, forbid_unknown_fields=True):
    """What book.toml may say about a web server."""

    headers: dict[str, str] = {}
    timeout: Annotated[float, msgspec.Meta(gt=0)] = 60.0
    """Seconds without an answer after which there will be none."""


class Web:
    """A web server, to be read."""

    writable = False

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        """`options` may have `headers`, a table, and `timeout`, the seconds that nothing may come for."""
        import requests  # noqa: PLC0415 - slow to import
        import urllib3  # noqa: PLC0415

        self.url = shown(url).rstrip("/")
        try:
            told = msgspec.convert(options, _Options)
            parts = urlsplit(url)
        except (msgspec.ValidationError, ValueError) as error:
            raise RemoteError(
                f"{self.url}: {error}",
                remedy="Correct the address, or [store.options] in book.toml: "
                "the options of a web server are `headers`, a table, and `timeout`, in seconds.",
            ) from error
        self._timeout = told.timeout
        # A hostile answer can also be one that no library has thought of.
        self._failures = (requests.RequestException, urllib3.exceptions.HTTPError, ValueError)
        self._session = _session(told.headers)
        name, _, password = parts.netloc.rpartition("@")[0].partition(":")
        if name:
            self._session.auth = (unquote(name), unquote(password))
        # Without the password: the libraries' messages show it.
        self._address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl().rstrip("/")

    def read(self, name: str, limit: int) -> bytes | None:
        """Return an object."""
        timeout = (CONNECT_SECONDS, self._timeout)
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
                return self._at_most(response, limit + 1)
        except self._failures as error:
            raise RemoteError(
                f"{self.url}: cannot be reached: {error}", remedy="Look at the network and at the address."
            ) from error

    def sizes(self, *_folders: str) -> dict[str, int]:
        """Say that this is not possible."""
        raise DeniedError(f"{self.url}: a web server does not list what it has")

    def write(self, name: str, _data: bytes, *, replace: bool = False) -> bool:  # noqa: ARG002 - as the others
        """Say that this is not possible."""
        raise DeniedError(
            f"{self.url}/{name}: nothing can be written through a web server",
            remedy="Push to the folder or bucket that it serves: `push` in [store] of book.toml.",
        )

    def _at_most(self, response: "Response", limit: int) -> bytes:
        """Return what comes, unless it comes so slowly that it never ends."""
        begun = time.monotonic()
        data = bytearray()
        # Each piece as it comes: to wait for a whole one would be to wait as long as the server likes.
        for piece in iter(partial(response.raw.read1, CHUNK, decode_content=True), b""):
            data += piece
            if len(data) >= limit:
                break
            if time.monotonic() - begun > self._timeout + len(data) / SLOWEST:
                raise RemoteError(
                    f"{self.url}: cannot be reached: it sends less than {SLOWEST} bytes a second",
                    remedy="Look at the network, and do it again: what has arrived is not sent twice.",
                )
        return bytes(memoryview(data)[:limit])


def _session(headers: Mapping[str, str]) -> "Session":
    """Return connections that carry these headers to the server that they are for, and to no other."""
    import requests  # noqa: PLC0415 - slow to import
    from requests.adapters import HTTPAdapter  # noqa: PLC0415
    from urllib3.exceptions import ReadTimeoutError  # noqa: PLC0415
    from urllib3.util.retry import Retry  # noqa: PLC0415

    class Kept(requests.Session):
        def rebuild_auth(
            self, prepared_request: requests.PreparedRequest, response: requests.Response
        ) -> None:
            """Take from a request that was sent on elsewhere what says who we are."""
            if self.should_strip_auth(str(response.request.url), str(prepared_request.url)):
                for name in headers:
                    prepared_request.headers.pop(name, None)
            super().rebuild_auth(prepared_request, response)

    class Again(Retry):
        def increment(self, *arguments: Any, **options: Any) -> "Again":
            """Give up on who is silent: it has had all its time."""
            error = options.get("error")
            if isinstance(error, ReadTimeoutError):
                raise error
            return super().increment(*arguments, **options)

    session = Kept()
    session.headers.update(headers)
    # Who cannot be reached is not tried again: a build may go on without. What breaks off may go on. How long to wait
    # is not for the server to say: it may say a day.
    retry = Again(
        total=3,
        connect=0,
        backoff_factor=0.5,
        status_forcelist=(429, 502, 503, 504),
        respect_retry_after_header=False,
    )
    adapter = HTTPAdapter(max_retries=retry, pool_maxsize=CONNECTIONS)
    for scheme in ADDRESS:
        session.mount(scheme, adapter)
    return session
