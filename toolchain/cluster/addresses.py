"""Addresses of schedulers: what people write, and what Dask is given."""

import re
from ipaddress import ip_address

from msgspec import Struct

from toolchain.base.errors import ConfigError

PORTS = 1 << 16


class SchedulerAddress(Struct, frozen=True):
    """Where a scheduler is."""

    protocol: str
    """`tcp` or `tls`."""
    host: str
    """Without the brackets of IPv6."""
    port: int

    def __str__(self) -> str:
        """Write it as Dask does."""
        return f"{self.protocol}://{self.bracketed}:{self.port}"

    @property
    def bracketed(self) -> str:
        """The host, as it stands in an address."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine itself can be reached there."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, seen from itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name
        return host == "localhost"


def is_host(text: str) -> bool:
    """Whether a text can be the name or the address of a machine."""
    if ":" not in text:
        return re.fullmatch(r"[^\s/\[\]]+", text) is not None
    return _is_possible(text, 0)


def address(text: str) -> SchedulerAddress:
    """Parse the address of a scheduler.

    Raises ConfigError if it is not `tls://HOST:PORT` or `tcp://HOST:PORT`.
    """
    match = re.fullmatch(r"(tcp|tls)://(?:\[([0-9a-fA-F:.]+)\]|([^\s/:\[\]]+)):(\d{1,5})/?", text)
    if match is None or not _is_possible(match[2], int(match[4])):
        raise ConfigError(
            f"{text!r} is no address of a scheduler",
            remedy="Name protocol, host and port: tls://HOST:8786.",
        )
    return SchedulerAddress(protocol=match[1], host=match[2] or match[3], port=int(match[4]))


def _is_possible(ipv6: str | None, port: int) -> bool:
    """Whether a port number is in range and an address of IPv6, if given, is well formed."""
    try:
        return port < PORTS and bool(ipv6 is None or ip_address(ipv6))
    except ValueError:
        return False
