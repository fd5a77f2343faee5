"""A store behind a web server, of which nothing is expected but that it gives files.

Not through fsspec: its web file system takes as much as a server sends, and here nobody may send more than is expected.
"""

import ssl
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import unquote, urlsplit

import msgspec
from msgspec import Struct

from toolchain.base.errors import RemoteError
from toolchain.base.secrets import hide, shown_address
from toolchain.sharing.remote import DeniedError
from toolchain.sharing.transfer_pace import Pace
from toolchain.sharing.web_session import Neighbourhood, session

if TYPE_CHECKING:
    from requests import Response

CONNECT_SECONDS = 10
CHUNK = 1 << 16
LONGEST_REASON = 200
"""Characters of what a server says in its own words."""
GONE, DENIED = (404, 410), (401, 403)
LOOK = "Look at the network and at the address."


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

        self.url = shown_address(url).rstrip("/")
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
        hide(*settings.headers.values())
        self._session = session(settings.headers, self._pace, Neighbourhood())
        name, _, password = parts.netloc.rpartition("@")[0].partition(":")
        if name:
            self._session.auth = (unquote(name), unquote(password))
        # Without the password: the libraries' messages show it.
        address = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="")
        self._address = address.geturl().rstrip("/")
        self._query = f"?{parts.query}" if parts.query else ""
        """What some services let in by; it is for each object."""

    def read(self, name: str, limit: int) -> bytes | None:
        """Return an object, of a larger one a byte more than `limit`; None if it is not there.

        Raises RemoteError if the server cannot be reached, DeniedError if it does not let us.
        """
        self._pace.limit = limit
        timeout = (CONNECT_SECONDS, self._pace.silence)
        try:
            with self._session.get(
                f"{self._address}/{name}{self._query}", stream=True, timeout=timeout
            ) as response:
                if response.status_code in GONE:
                    return None
                if response.status_code in DENIED:
                    raise DeniedError(
                        f"{self.url}/{name}: may not be read: {_answer(response)}",
                        remedy="Put the password into ~/.netrc, or a header into [store.options] of book.toml.",
                    )
                if response.status_code != HTTPStatus.OK:
                    raise RemoteError(
                        f"{self.url}: cannot be read: it answers {_answer(response)}", remedy=LOOK
                    )
                return _read_at_most(response, limit + 1)
        except self._failures as error:
            reason, remedy = _reason_and_remedy(error)
            raise RemoteError(f"{self.url}: cannot be reached: {reason}", remedy=remedy) from error

    def sizes(self, *_folders: str) -> dict[str, int]:
        """Raise DeniedError: a web server cannot be asked for this."""
        raise DeniedError(f"{self.url}: a web server does not list what it has")


def _answer(response: "Response") -> str:
    """Return how a server answers, in its own words."""
    return f"{response.status_code} {response.reason or ''}".strip()[:LONGEST_REASON]


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
    return through + reason[:LONGEST_REASON], LOOK


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
