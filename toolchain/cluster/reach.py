"""Why a scheduler is not reached, in words.

Dask asks again and again until its time is over, and then tells how the last time ended: often without time left, so
that a refused connection and a certificate that is not accepted look like silence. So we ask once more, ourselves.
"""

import socket
import ssl
from typing import TYPE_CHECKING

from toolchain.base.errors import ConfigError
from toolchain.cluster import certificates

if TYPE_CHECKING:
    from distributed import Security

ASK_SECONDS = 5.0
"""Whoever is there answers by then; Linux knows after three that nobody has an address on its own wire."""
SILENT = "it is silent: a firewall, or another address"
SLOW = "it answers, but not in time"
OTHER_CERTIFICATES = "it and this machine do not have the same certificates, or their time is over"
COPY = (
    f"Copy the folder with {certificates.AUTHORITY}, {certificates.CERTIFICATE} and {certificates.KEY} "
    "from the scheduler's machine, and compare the clocks."
)
NO_SCHEDULER = "what listens there does not speak as a scheduler does"
PROTOCOL = "A scheduler with certificates is named tls://HOST:PORT, one without tcp://HOST:PORT."


def why_not(scheduler: str, security: "Security | None", error: Exception) -> tuple[str, str]:
    """Ask a scheduler that did not answer once more; return why not, and what to do if that is not to start one.

    `error` is told where a cluster is reached by other means than TCP.
    """
    try:
        told = certificates.address(scheduler)
    except ConfigError:
        return str(error), ""
    try:
        with socket.create_connection((told.host, told.port), ASK_SECONDS) as connection:
            return _why_not(connection, security if told.protocol == "tls" else None)
    except TimeoutError:
        return SILENT, ""
    except OSError as found:
        return found.strerror or str(found), ""


def _why_not(connection: socket.socket, security: "Security | None") -> tuple[str, str]:
    """Listen to whoever is there: a scheduler speaks first."""
    try:
        if security is not None:
            context = security.get_connection_args("client")["ssl_context"]
            # Not accepted, this side's certificate is refused only once there is something to read.
            with context.wrap_socket(connection) as wrapped:
                word = wrapped.recv(1)
        else:
            word = connection.recv(1)
    except ssl.SSLError as error:
        reason = (error.reason or str(error)).replace("_", " ").lower()
        if "certificate" in reason or "unknown ca" in reason:
            return f"{OTHER_CERTIFICATES} ({reason})", COPY
        return f"{NO_SCHEDULER} ({reason})", PROTOCOL
    except TimeoutError:
        word = b""
    return (SLOW, "") if word else (NO_SCHEDULER, PROTOCOL)
