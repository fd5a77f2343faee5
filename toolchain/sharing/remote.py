"""What a store elsewhere is made of, whatever it lies in: small objects by name, each seen whole or not at all."""

import re
from typing import Protocol

from toolchain.base.errors import RemoteError

CONNECTIONS = 8
"""Requests at a time."""
PASSWORD = re.compile(r"(?<=://)([^/:@]*):[^/]*@")
"""In an address, with the name before it."""


class Remote(Protocol):
    """A place for objects by name. Every method may be called from several threads."""

    url: str
    """As people write it, without a password."""
    writable: bool

    def read(self, name: str, limit: int) -> bytes | None:
        """Return an object, of a larger one a byte more than `limit`; None if it is not there.

        Raises RemoteError, or DeniedError if nobody told who we are, or it is not for us.
        """

    def size(self, name: str) -> int | None:
        """Return the bytes of an object; None if it is not there. Raises RemoteError, also if that cannot be asked."""

    def sizes(self, *folders: str) -> dict[str, int]:
        """Return the bytes of every object in these folders, by name. Raises RemoteError, also if it cannot be listed."""

    def write(self, name: str, data: bytes, *, replace: bool = False) -> bool:
        """Write an object, unless another is there that is not to be replaced; say whether it was written.

        Raises RemoteError.
        """


def shown(url: str) -> str:
    """Return an address as messages and reports may show it: without its password."""
    return PASSWORD.sub(r"\1:***@", url)


class DeniedError(RemoteError):
    """The place answers, and does not let us."""
