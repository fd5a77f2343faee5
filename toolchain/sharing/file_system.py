"""A store in anything that fsspec can open: a folder, s3://, gs://, sftp:// and more."""

import errno
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from toolchain.base.errors import RemoteError, ToolchainError
from toolchain.base.files import write_atomically
from toolchain.base.refusals import NO_ROOM
from toolchain.base.secrets import hide_options, shown_address
from toolchain.sharing.remote import DeniedError
from toolchain.sharing.services import CREATE, EXTRAS, OBJECT_STORES, prepared, read_at_most

TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})
"""S3's error codes when an object is there that was to be created."""


class FileSystem:
    """A place for objects that fsspec can open."""

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        """`options` are those of the file system."""
        self.url = shown_address(url).rstrip("/") if url.strip("/") else url
        self._folder: Path | None = None
        hide_options(options)
        with self._clear_errors("reached"):
            self._fs, root = self._open(url, options)
        # What others have just written is to be seen. Not all file systems take this as an option.
        self._fs.dircache.use_listings_cache = False
        self._fs.retries = 1  # of s3fs: what it calls tries again, too
        self._root = str(root).rstrip("/")
        protocol = self._fs.protocol
        self._protocols = {protocol} if isinstance(protocol, str) else set(protocol)
        if not self._root:
            raise RemoteError(
                f"{self.url}: no such place: it names no folder or bucket", remedy="Correct the address."
            )
        if "file" in self._protocols:
            self._folder = Path(self._root)
            if self._folder.exists() and not self._folder.is_dir():
                raise RemoteError(f"{self.url}: is no folder", remedy="Correct the address.")

    @property
    def folder(self) -> Path | None:
        """The folder of this machine that holds the objects; None if they are elsewhere."""
        return self._folder

    def _open(self, url: str, options: Mapping[str, Any]) -> tuple[Any, str]:
        """Return the file system of an address, and the path in it. Raises RemoteError if it cannot be opened."""
        from fsspec.core import url_to_fs  # noqa: PLC0415 - slow to import

        scheme = url.partition("://")[0]
        try:
            settings = prepared(scheme, options)
            return url_to_fs(url, skip_instance_cache=True, **settings)  # type: ignore[no-any-return]
        except ImportError as error:
            requirement = f"'.[{EXTRAS[scheme]}]'" if scheme in EXTRAS else "what its message names"
            raise RemoteError(
                f"{self.url}: the package for such addresses is not installed: {error}",
                remedy=f"Install it beside the toolchain: pip install {requirement}.",
            ) from error
        except (TypeError, ValueError) as error:
            raise RemoteError(
                f"{self.url}: no such place: {str(error).replace(url, self.url)}",
                remedy="Correct the address, or its options in book.toml.",
            ) from error

    def read(self, name: str, limit: int) -> bytes | None:
        """Return an object, of a larger one a byte more than `limit`; None if it is not there."""
        with self._clear_errors("read"):
            if self._folder is not None:
                return _read_file(self._folder / name, limit)
            try:
                return read_at_most(self._fs, f"{self._root}/{name}", limit + 1)
            except (FileNotFoundError, NotADirectoryError):
                return None

    def size(self, name: str) -> int | None:
        """Return the size of an object in bytes; None if it is not there."""
        with self._clear_errors("read"):
            try:
                return int(self._fs.info(f"{self._root}/{name}")["size"])
            except (FileNotFoundError, NotADirectoryError):
                return None

    def sizes(self, *folders: str) -> dict[str, int]:
        """Return the sizes of the objects in these folders in bytes, by name."""
        sizes: dict[str, int] = {}
        with self._clear_errors("listed"):
            for folder in folders:
                for path, size in self._listed_below(f"{self._root}/{folder}"):
                    sizes[path.removeprefix(f"{self._root}/")] = size
        return sizes

    def _listed_below(self, path: str) -> Iterator[tuple[str, int]]:
        """Yield the path and the size of each file in a folder and those in it."""
        if self._protocols & OBJECT_STORES:  # which have no folders
            for name, details in self._fs.find(path, detail=True).items():
                yield name, details["size"]
            return
        # `find` would pass over a folder that cannot be read: what is in it would be forgotten.
        try:
            listing = self._fs.ls(path, detail=True)
        except (FileNotFoundError, NotADirectoryError):
            return
        for entry in listing:
            if entry["type"] == "directory":
                yield from self._listed_below(entry["name"])
            else:
                yield entry["name"], entry["size"]

    def write(self, name: str, content: bytes, *, replace: bool = False) -> bool:
        """Write an object, unless another is there that is not to be replaced; return whether it was written."""
        with self._clear_errors("written"):
            if self._folder is not None:
                return self._write_file(self._folder / name, content, replace=replace)
            path = f"{self._root}/{name}"
            if self._protocols & CREATE and not replace:
                return self._create(path, content)
            if not replace and self._fs.exists(path):
                return False
            if self._protocols & OBJECT_STORES:
                self._fs.pipe_file(path, content)
            else:
                aside = f"{path}.{uuid.uuid4().hex}.part"
                self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
                self._fs.pipe_file(aside, content)
                self._fs.mv(aside, path)
            return True

    def _write_file(self, path: Path, content: bytes, *, replace: bool) -> bool:
        """Write an object of a folder of this machine, as `write` does."""
        root = Path(self._root)
        if not root.parent.is_dir():  # a disk that is not mounted, say
            raise RemoteError(f"{self.url}: there is no folder {root.parent}", remedy="Correct the address.")
        if replace:
            write_atomically(path, content)
            return True
        aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        write_atomically(aside, content)
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

    def _create(self, path: str, content: bytes) -> bool:
        """Write an object if none is there, as one act where the service can: not all that speak S3 do."""
        try:
            self._fs.pipe_file(path, content, mode="create")
        except FileExistsError:
            return False
        except OSError as error:
            if _s3_code(error) in TAKEN:
                return False
            if error.errno != errno.ENOSYS:
                raise
            if self._fs.exists(path):
                return False
            self._fs.pipe_file(path, content)
        return True

    @contextmanager
    def _clear_errors(self, verb: str) -> Iterator[None]:
        """Turn the errors of each library into RemoteError or DeniedError with messages that a person understands."""
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
            # asyncio says nothing of a time limit
            reason = error.strerror or str(error) or "it does not answer"
            if isinstance(error, PermissionError) and self._folder is not None:
                # Not as a bucket, which says this of what is not there, too: what may not be read would be forgotten.
                raise RemoteError(
                    f"{error.filename or self.url}: may not be {verb}: {reason}",
                    remedy=f"Let this user do it, with `chmod -R` as the owner of {self.url} for instance.",
                ) from error
            if isinstance(error, PermissionError):
                remedy = (
                    "Have its credentials at hand where its service looks for them, and the right to do this."
                )
                raise DeniedError(f"{self.url}: may not be {verb}: {reason}", remedy=remedy) from error
            full = error.errno in NO_ROOM
            look = (
                "Look at the address, and at the disk"
                if self._folder
                else "Look at the network and at the address"
            )
            remedy = "Free some space there" if full else look
            raise RemoteError(
                f"{self.url}: cannot be {verb}: {reason}",
                remedy=f"{remedy}, then do it again: what has arrived is not sent twice.",
            ) from error
        except Exception as error:
            if "Credentials" in type(error).__name__:
                raise DeniedError(
                    f"{self.url}: may not be {verb}: no credentials: {error}",
                    remedy="Have them where the service looks for them (for s3: the variables AWS_*, or ~/.aws); "
                    "to read what everybody may read, set `anon = true` in [store.options] of book.toml.",
                ) from error
            if "HostKey" in type(error).__name__:
                raise DeniedError(
                    f"{self.url}: cannot be {verb}: {error}",
                    remedy="Connect to it once with `ssh`, which shows its key and remembers it in ~/.ssh/known_hosts.",
                ) from error
            raise RemoteError(
                f"{self.url}: cannot be {verb}: {type(error).__name__}: {error}",
                remedy="Look at the network, at the address, and at the options in [store] of book.toml.",
            ) from error


def _read_file(path: Path, limit: int) -> bytes | None:
    """Return a file's content, of a larger one a byte more than `limit`; None if there is no file.

    A pipe or a device is no object, and might never end.
    """
    if not path.is_file():
        return None
    with path.open("rb") as stream:
        # As much as it may be would be made room for at once.
        return stream.read(min(limit, os.fstat(stream.fileno()).st_size) + 1)


def _s3_code(error: OSError) -> str:
    """Return S3's own code for an error; empty if it is none of S3's."""
    answer = getattr(error.__cause__, "response", None) or {}
    return str(answer.get("Error", {}).get("Code", ""))
