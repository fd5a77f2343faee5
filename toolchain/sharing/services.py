"""What is special about the services that fsspec has a package for: how to be patient with them, and whom to believe."""

import importlib
from collections.abc import Mapping
from typing import Any

EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs", "sftp": "sftp", "ssh": "sftp"}
"""The extra of this package to install for an address, by its scheme."""
CREATE = frozenset({"s3", "s3a", "gs", "gcs"})
"""Schemes of services that can be told to write an object only if none is there."""
OBJECT_STORES = frozenset({*CREATE, "abfs", "abfss", "az", "memory"})
"""Schemes where an object appears at once and whole; elsewhere it is written aside and renamed."""
CONNECT_SECONDS, SILENT_SECONDS, ATTEMPTS = 10, 30, 3
"""By themselves these packages try for hours if nothing answers: each layer tries again what the one below has tried."""


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
