"""What is special about the services that fsspec has a package for: how to be patient with them, and whom to believe."""

import importlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from toolchain.sharing.transfer_pace import SLOWEST

EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs", "sftp": "sftp", "ssh": "sftp"}
"""The extra of this package to install for an address, by its scheme."""
CREATE = frozenset({"s3", "s3a", "gs", "gcs"})
"""Schemes of services that can be told to write an object only if none is there."""
OBJECT_STORES = frozenset({*CREATE, "abfs", "abfss", "az", "memory"})
"""Schemes where an object appears at once and whole; elsewhere it is written aside and renamed."""
CONNECT_SECONDS, SILENT_SECONDS, ATTEMPTS = 10, 30, 3
"""By themselves these packages try for hours if nothing answers: each layer tries again what the one below has tried."""
S3, SSH = frozenset({"s3", "s3a"}), frozenset({"sftp", "ssh"})
PIECE = 1 << 20


def prepared(scheme: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with defaults that a person would hardly want otherwise: time limits, known hosts.

    Raises ImportError if the package for this scheme is not there.
    """
    match EXTRAS.get(scheme):
        case "s3":
            config = {
                "connect_timeout": CONNECT_SECONDS,
                "read_timeout": SILENT_SECONDS,
                "retries": {"mode": "standard", "total_max_attempts": ATTEMPTS},
            }
            return {**options, "config_kwargs": config | options.get("config_kwargs", {})}
        case "gs":
            aiohttp = importlib.import_module("aiohttp")
            patience = aiohttp.ClientTimeout(
                total=None, sock_connect=CONNECT_SECONDS, sock_read=SILENT_SECONDS
            )
            return {"requests_timeout": patience, **options}
        case "sftp":
            # What fsspec takes without this package has none of these options, and believes any server.
            importlib.import_module("sshfs")
            # Empty stands for ~/.ssh/known_hosts.
            patience = {"connect_timeout": CONNECT_SECONDS, "keepalive_interval": SILENT_SECONDS}
            return {"known_hosts": (), **patience, **options}
    return dict(options)


def read_at_most(file_system: Any, path: str, limit: int) -> bytes:
    """Return an object of a file system of fsspec, of a larger one its first `limit` bytes.

    It is not read beyond them, however large it is and whatever its server sends, and comes in time or not at all, as
    from a web server. Raises what the file system raises, TimeoutError if it comes too slowly.
    """
    protocol = file_system.protocol
    protocols = {protocol} if isinstance(protocol, str) else set(protocol)
    if protocols & S3:
        # Its `cat_file` asks for a part, and takes all that is sent.
        return _in_time(file_system, lambda: _read_stream(file_system, path, limit), limit)
    if protocols & SSH:
        # Its `cat_file` takes no limits.
        with file_system.open(path, "rb") as stream:
            return bytes(stream.read(limit))
    if getattr(file_system, "async_impl", False):
        read = file_system._cat_file  # noqa: SLF001 - what `cat_file` waits for, without a limit
        return bytes(_in_time(file_system, lambda: read(path, start=0, end=limit), limit))
    return bytes(file_system.cat_file(path, start=0, end=limit))


def _in_time(file_system: Any, read: Callable[[], Awaitable[bytes]], limit: int) -> bytes:
    """Return what a coroutine reads. Raises TimeoutError if that takes longer than a silence and what `limit` bytes take."""
    from fsspec.asyn import sync  # noqa: PLC0415 - slow to import

    content: bytes = sync(file_system.loop, read, timeout=SILENT_SECONDS * ATTEMPTS + limit / SLOWEST)
    return content


async def _read_stream(file_system: Any, path: str, limit: int) -> bytes:
    """Return the first bytes of an object of S3's."""
    stream = await file_system.open_async(path)
    content = bytearray()
    try:
        while len(content) < limit and (piece := await stream.read(min(PIECE, limit - len(content)))):
            content += piece
    finally:
        if stream.r is not None:
            stream.r.close()
    return bytes(content)
