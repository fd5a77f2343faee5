"""Where a store lies elsewhere: a folder or bucket that fsspec knows, or a web server that only gives.

An object is small enough to be held in memory, and is seen either whole or not at all.
"""

import errno
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from toolchain.errors import RemoteError, ToolchainError
from toolchain.files import write_atomically
from toolchain.store import NO_SPACE

CONNECTIONS = 8
"""Requests at a time."""
CONNECT_SECONDS, ANSWER_SECONDS = 10, 60
CHUNK = 1 << 16
EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs"}
"""What to install for an address."""
OBJECT_STORES = frozenset({*EXTRAS, "abfs", "abfss", "az", "memory"})
"""What is written there appears at once and whole; elsewhere it is written aside and renamed."""
WEB = ("http://", "https://")
GONE, DENIED = (404, 410), (401, 403)
TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})
"""What S3 answers if an object is there that was to be created."""


class Remote(Protocol):
    """A place for objects by name. Every method may be called from several threads."""

    url: str
    """As people write it."""
    writable: bool

    def read(self, name: str, limit: int) -> bytes | None:
        """Return an object, of a larger one a byte more than `limit`; None if it is not there.

        Raises RemoteError, or DeniedError if nobody told who we are, or it is not for us.
        """

    def sizes(self, *folders: str) -> dict[str, int]:
        """Return the bytes of every object in these folders, by name. Raises RemoteError, also if it cannot be listed."""

    def write(self, name: str, data: bytes, *, replace: bool = False) -> bool:
        """Write an object, unless another is there that is not to be replaced; say whether it was written.

        Raises RemoteError.
        """


class DeniedError(RemoteError):
    """The place answers, and does not let us."""


def connect(url: str, options: Mapping[str, Any]) -> Remote:
    """Return the place at an address; nothing is asked of it yet. Raises RemoteError if no address is like this."""
    return Web(url, options) if url.startswith(WEB) else FileSystem(url, options)


class Web:
    """A plain web server, of which nothing is expected but that it gives files."""

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
        for scheme in WEB:
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


class FileSystem:
    """Any place that fsspec can open: a folder, s3://, gs://, sftp:// and more."""

    writable = True

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        """`options` are those of the file system."""
        from fsspec.core import url_to_fs  # noqa: PLC0415 - slow to import

        self.url = url.rstrip("/")
        scheme = url.partition("://")[0]
        try:
            # What others have just written is to be seen.
            self._fs, root = url_to_fs(url, use_listings_cache=False, skip_instance_cache=True, **options)
        except ImportError as error:
            what = f"'.[{EXTRAS[scheme]}]'" if scheme in EXTRAS else "what its message names"
            raise RemoteError(
                f"{url}: the package for such addresses is not installed: {error}",
                remedy=f"Install it beside the toolchain: pip install {what}.",
            ) from error
        except (TypeError, ValueError) as error:
            raise RemoteError(
                f"{url}: no such place: {error}", remedy="Correct the address, or its options in book.toml."
            ) from error
        self._root = str(root).rstrip("/")
        protocol = self._fs.protocol
        self._protocols = {protocol} if isinstance(protocol, str) else set(protocol)
        self._folder = Path(self._root) if "file" in self._protocols else None

    def read(self, name: str, limit: int) -> bytes | None:
        """Return an object."""
        with self._clear("read"):
            try:
                return bytes(self._fs.cat_file(f"{self._root}/{name}", start=0, end=limit + 1))
            except (FileNotFoundError, NotADirectoryError):
                return None
            except OSError:
                # No part of an empty object can be had.
                if self._fs.info(f"{self._root}/{name}").get("size") == 0:
                    return b""
                raise

    def sizes(self, *folders: str) -> dict[str, int]:
        """Return the objects in these folders."""
        found: dict[str, int] = {}
        with self._clear("listed"):
            for folder in folders:
                listed = self._fs.find(f"{self._root}/{folder}", detail=True)
                found |= {path.removeprefix(f"{self._root}/"): each["size"] for path, each in listed.items()}
        return found

    def write(self, name: str, data: bytes, *, replace: bool = False) -> bool:
        """Write an object."""
        with self._clear("written"):
            if self._folder is not None:
                return self._into_folder(self._folder / name, data, replace=replace)
            path = f"{self._root}/{name}"
            if self._protocols & EXTRAS.keys() and not replace:
                return self._create(path, data)
            if not replace and self._fs.exists(path):
                return False
            if self._protocols & OBJECT_STORES:
                self._fs.pipe_file(path, data)
            else:
                aside = f"{path}.{uuid.uuid4().hex}.part"
                self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
                self._fs.pipe_file(aside, data)
                self._fs.mv(aside, path)
            return True

    def _into_folder(self, path: Path, data: bytes, *, replace: bool) -> bool:
        root = Path(self._root)
        if not root.parent.is_dir():  # a disk that is not mounted, say
            raise RemoteError(f"{self.url}: there is no folder {root.parent}", remedy="Correct the address.")
        if replace:
            write_atomically(path, data)
            return True
        aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        write_atomically(aside, data)
        try:
            os.link(aside, path)  # as a rename, except that it does not replace what is there
        except FileExistsError:
            return False
        except OSError:  # a file system without links
            if path.exists():
                return False
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
        return True

    def _create(self, path: str, data: bytes) -> bool:
        """Write an object if none is there, as one act where the service can: not all that speak S3 do."""
        try:
            self._fs.pipe_file(path, data, mode="create")
        except FileExistsError:
            return False
        except OSError as error:
            if _code(error) in TAKEN:
                return False
            if error.errno != errno.ENOSYS:
                raise
            if self._fs.exists(path):
                return False
            self._fs.pipe_file(path, data)
        return True

    @contextmanager
    def _clear(self, verb: str) -> Iterator[None]:
        """Say what went wrong as a person can understand it; each library has failures of its own."""
        try:
            yield
        except ToolchainError:
            raise
        except FileNotFoundError as error:
            raise RemoteError(
                f"{self.url}: there is no such folder or bucket: {error}",
                remedy="Make it, or correct the address.",
            ) from error
        except OSError as error:
            if isinstance(error, PermissionError):
                remedy = (
                    "Have its credentials at hand where its service looks for them, and the right to do this."
                )
                raise DeniedError(f"{self.url}: may not be {verb}: {error}", remedy=remedy) from error
            full = error.errno in NO_SPACE
            remedy = "Free some space there" if full else "Look at the network and at the address"
            raise RemoteError(
                f"{self.url}: cannot be {verb}: {error}",
                remedy=f"{remedy}, then do it again: what has arrived is not sent twice.",
            ) from error
        except Exception as error:
            if "Credentials" in type(error).__name__:
                raise DeniedError(
                    f"{self.url}: may not be {verb}: no credentials: {error}",
                    remedy="Have them where the service looks for them (for s3: the variables AWS_*, or ~/.aws); "
                    "to read what everybody may read, set `anon = true` in [store.options] of book.toml.",
                ) from error
            raise RemoteError(
                f"{self.url}: cannot be {verb}: {type(error).__name__}: {error}",
                remedy="Look at the network, at the address, and at the options in [store] of book.toml.",
            ) from error


def _at_most(chunks: Iterable[bytes], limit: int) -> bytes:
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) >= limit:
            break
    return bytes(data[:limit])


def _code(error: OSError) -> str:
    """Return what S3 itself calls an error."""
    answer = getattr(error.__cause__, "response", None) or {}
    return str(answer.get("Error", {}).get("Code", ""))
