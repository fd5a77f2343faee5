"""A store behind a web server, of which nothing is expected but that it gives files.

Not through fsspec: its web file system takes as much as a server sends, and here nobody may send more than is expected.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from toolchain.errors import RemoteError
from toolchain.sharing.remote import CONNECTIONS, DeniedError

CONNECT_SECONDS, ANSWER_SECONDS = 10, 60
CHUNK = 1 << 16
ADDRESS = ("http://", "https://")
GONE, DENIED = (404, 410), (401, 403)


class Web:
    """A web server, to be read."""

    writable = False

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        """`options` may have `headers`, a table, and `timeout`, the seconds that an answer may take."""
        import requests  # noqa: PLC0415 - slow to import
        from requests.adapters import HTTPAdapter  # noqa: PLC0415
        from urllib3.util.retry import Retry  # noqa: PLC0415

        unknown = sorted(options.keys() - {"headers", "timeout"})
        if unknown:
            raise RemoteError(
                f"{url}: a web server has no option {', '.join(unknown)}",
                remedy="Its options are `headers` and `timeout`.",
            )
        self.url = url.rstrip("/")
        self._timeout = (CONNECT_SECONDS, float(options.get("timeout", ANSWER_SECONDS)))
        self._failures = requests.RequestException
        self._session = requests.Session()
        self._session.headers.update(options.get("headers", {}))
        # Who cannot be reached is not tried again: a build may go on without. What breaks off may go on.
        retry = Retry(total=3, connect=0, backoff_factor=0.5, status_forcelist=(429, 502, 503, 504))
        adapter = HTTPAdapter(max_retries=retry, pool_maxsize=CONNECTIONS)
        for scheme in ADDRESS:
            self._session.mount(scheme, adapter)

    def read(self, name: str, limit: int) -> bytes | None:
        """Return an object."""
        try:
            with self._session.get(f"{self.url}/{name}", stream=True, timeout=self._timeout) as response:
                if response.status_code in GONE:
                    return None
                if response.status_code in DENIED:
                    raise DeniedError(
                        f"{self.url}/{name}: may not be read: {response.status_code} {response.reason}",
                        remedy="Put the password into ~/.netrc, or a header into [store.options] of book.toml.",
                    )
                response.raise_for_status()
                return _at_most(response.iter_content(CHUNK), limit + 1)
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


def _at_most(chunks: Iterable[bytes], limit: int) -> bytes:
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) >= limit:
            break
    return bytes(data[:limit])
