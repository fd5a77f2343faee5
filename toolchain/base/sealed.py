"""Contents that are believed only as they were written: one that was damaged since may still be read as something else."""

from toolchain.base.files import sha256_bytes

SEAL = 65
"""Bytes of a seal: the end of a line and a digest."""


def sealed(content: bytes) -> bytes:
    """Return a content with its seal, a digest in a line of its own."""
    return content + b"\n" + sha256_bytes(content).encode()


def opened(content: bytes) -> bytes:
    """Return what was sealed; nothing if it is not as it was then."""
    whole = content[:-SEAL]
    return whole if sealed(whole) == content else b""
