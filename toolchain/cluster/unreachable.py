"""Why a scheduler is not reached, in words.

Dask asks again and again until its time is over, and then tells how the last time ended: often without time left, so
that a refused connection and a certificate that is not accepted look like silence. So we ask once more, ourselves.
"""

import socket
import ssl
from typing import TYPE_CHECKING

from toolchain.base.errors import ConfigError
from toolchain.cluster import certificates
from toolchain.cluster.addresses import address

if TYPE_CHECKING:
    from distributed import Security

ASK_SECONDS = 5.0
"""Whoever is there answers by then; Linux knows after three that nobody has an address on its own wire."""
SILENT = "it is silent: a firewall, or another address"
SLOW = "it answers, but not in time"
OTHER_CERTIFICATES = "it and this machine do not have the same certificates, or their time is over"
COPY = (
    f"Copy the folder with {certificates.AUTHORITY}, {certificates.CERTIFICATE} and {certificates.KEY} "
    "from the scheduler's machine, name it with --certificates, and compare the clocks."
)
NO_SCHEDULER = "what listens there does not speak as a scheduler does"
PROTOCOL = (
    "Start one with `toolchain scheduler`: others, and those of older versions, may have no certificates."
)


def diagnose(scheduler: str, security: "Security | None", error: Exception) -> tuple[str, str]:
    """Ask a scheduler that did not answer once more; return the reason and a remedy.

    The remedy is empty where one has to start a scheduler. `error` is what Dask raised: it is the reason where a
    cluster is reached by other means than TCP.
    """
    try:
        parsed = address(scheduler)
    except ConfigError:
        return str(error), ""
    try:
        with socket.create_connection((parsed.host, parsed.port), ASK_SECONDS) as connection:
            return _diagnose_connected(connection, security if parsed.protocol == "tls" else None)
    except TimeoutError:
        return SILENT, ""
    except OSError as failure:
        return failure.strerror or str(failure), ""


def _diagnose_connected(connection: socket.socket, security: "Security | None") -> tuple[str, str]:
    """Return reason and remedy for a peer that accepts connections; a scheduler sends the first byte by itself."""
    try:
        if security is not None:
            context = security.get_connection_args("client")["ssl_context"]
            # Not accepted, this side's certificate is refused only once there is something to read.
            with context.wrap_socket(connection) as wrapped:
                first_byte = wrapped.recv(1)
        else:
            first_byte = connection.recv(1)
    except ssl.SSLError as error:
        reason = (error.reason or str(error)).replace("_", " ").lower()
        if "certificate" in reason or "unknown ca" in reason:
            return f"{OTHER_CERTIFICATES} ({reason})", COPY
        return f"{NO_SCHEDULER} ({reason})", PROTOCOL
    except TimeoutError:
        first_byte = b""
    return (SLOW, "") if first_byte else (NO_SCHEDULER, PROTOCOL)
