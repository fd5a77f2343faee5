"""What a store elsewhere is made of, whatever it lies in: small objects by name, each seen whole or not at all."""

from typing import Protocol
from urllib.parse import urlsplit

from toolchain.base.errors import RemoteError
from toolchain.base.secrets import hide_address, shown_address

CONNECTIONS = 8
"""So many requests are made at a time."""


class Remote(Protocol):
    """A place for objects by name. Every method may be called from several threads."""

    url: str
    """As people write it, without a password."""

    def read(self, name: str, limit: int) -> bytes | None:
        """Return an object, of a larger one a byte more than `limit`; None if it is not there.

        Raises RemoteError, or DeniedError if we gave no credentials, or ours do not allow it.
        """

    def sizes(self, *folders: str) -> dict[str, int]:
        """Return the bytes of every object in these folders, by name. Raises RemoteError, also if it cannot be listed."""


class WritableRemote(Remote, Protocol):
    """A place that results can be sent to."""

    def size(self, name: str) -> int | None:
        """Return the bytes of an object; None if it is not there. Raises RemoteError, also if that cannot be asked."""

    def write(self, name: str, content: bytes, *, replace: bool = False) -> bool:
        """Write an object, unless another is there that is not to be replaced; return whether it was written.

        Raises RemoteError.
        """


def require_address(url: str) -> None:
    """Raise RemoteError if an address is none; hide what it says of who we are from all that is shown."""
    hide_address(url)
    try:
        urlsplit(url).port  # noqa: B018 - it looks
    except ValueError:
        raise RemoteError(
            f"{shown_address(url)}: is no address",
            remedy="Correct it. In a password / is written %2F, ? is %3F, # is %23 and @ is %40.",
        ) from None


class DeniedError(RemoteError):
    """The place answers, and does not let us do this."""
