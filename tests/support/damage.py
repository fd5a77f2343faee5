"""Bytes damaged at random, as a disk, a killed process or a stranger would, and what stands in the place of a file."""

import os
from collections.abc import Callable
from pathlib import Path
from random import Random

TOKENS = (
    *(
        b"\0",
        b"\xff",
        b"\n",
        b"```",
        b"{",
        b"}",
        b"[",
        b"]",
        b"(",
        b")",
        b"<",
        b">",
        b"\\",
        b"$$",
        b'"',
        b"'",
    ),
    *(
        b"{ref}`",
        b"```{code-cell}",
        b"---\n",
        b":::",
        b"99999999999999999999",
        b"-1",
        b"null",
        b"\r\n",
        b"%",
        b"#",
    ),
)


def damaged(data: bytes, chance: Random) -> bytes:
    """Return the bytes, changed in one to three places."""
    for _ in range(chance.randint(1, 3)):
        data = _damaged_once(data, chance)
    return data


def _damaged_once(data: bytes, chance: Random) -> bytes:
    begin = chance.randint(0, len(data))
    end = min(len(data), begin + chance.choice([1, 1, 10, 100, 10_000]))
    match chance.randrange(6):
        case 0:
            return data[:begin]
        case 1:
            return data[:begin] + data[end:]
        case 2:
            return data[:end] + data[begin:]
        case 3:
            return data[:begin] + chance.randbytes(end - begin) + data[end:]
        case 4:
            return data[:begin] + chance.choice(TOKENS) + data[end:]
    return data[:begin] + chance.choice(TOKENS) + data[begin:]


def _sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 10 << 30)


ODD_FILES: dict[str, Callable[[Path], object]] = {
    "a folder": Path.mkdir,
    "a pipe": os.mkfifo,
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "ten gigabytes": _sparse,
}
"""Each makes what is no file, or none that anybody would read, of a name."""
