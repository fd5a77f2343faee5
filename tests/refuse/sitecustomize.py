"""Put on PYTHONPATH by a test: from its n-th write on, the system refuses every Python process to write below a folder.

REFUSED has the number of the error, n, the folder, and a file that counts the writes of all processes together. What
counts is what begins a write: opening a file for it, making a folder, renaming. As on a full disk, removing is allowed.
"""

import os
import re
import sys
from typing import Any

NUMBER, FIRST, FOLDER, COUNTER = os.environ["REFUSED"].split(":", 3)
ASIDE = re.compile(r"/\.aside-[^/]+/")
"""What is made in a folder beside its place: here the site counts as being there."""
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
EVENTS = {"os.mkdir", "os.rename", "os.link", "os.symlink", "sqlite3.connect"}


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        if isinstance(arguments[0], int) or not arguments[2] & WRITES:
            return
    elif event not in EVENTS:
        return
    path = os.path.abspath(os.fsdecode(arguments[1 if event == "os.rename" else 0]))  # noqa: PTH100 - it has to be quick
    if ASIDE.sub("/html/", path).startswith(FOLDER) and _count() >= int(FIRST):
        raise OSError(int(NUMBER), os.strerror(int(NUMBER)), path)


def _count() -> int:
    """Count a write, and return how many came before it."""
    handle = os.open(COUNTER, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, b".")
    count = os.fstat(handle).st_size - 1
    os.close(handle)
    return count


sys.addaudithook(_refuse)
