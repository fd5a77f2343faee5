"""Who is at the other end of a connection: a port on this machine is open to everybody who uses it."""

import os
import socket
import sys
from pathlib import Path

TABLE = Path("/proc/net/tcp")
"""Linux's list of connections; other systems have none that anybody may read."""
LOCAL, REMOTE, USER = 1, 2, 7
"""Columns of it."""
ROOT = 0


def is_ours(peer: tuple[str, int], own: tuple[str, int]) -> bool:
    """Say whether a connection of this machine to itself comes from the user that we are, or from root.

    Where the system does not tell whose it is, it counts as ours.
    """
    here, there = _hex(peer), _hex(own)
    try:
        rows = TABLE.read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return True
    for row in rows:
        columns = row.split()
        if (columns[LOCAL], columns[REMOTE]) == (here, there):
            return int(columns[USER]) in (os.getuid(), ROOT)
    return True


def _hex(address: tuple[str, int]) -> str:
    """Return an address as the list has it: the bytes of the number as this machine has them in memory."""
    number = int.from_bytes(socket.inet_aton(address[0]), sys.byteorder)
    return f"{number:08X}:{address[1]:04X}"
