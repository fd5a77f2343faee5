"""Bytes damaged at random, as a disk, a killed process or a stranger would, and what stands in the place of a file."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

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


ODD_VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 2**31, 2**63, 10**30, 1e308, float("nan"), float("-inf"), [], {}, [[]], {"": {}}),
    *("", "a", "..", "../../../etc/passwd", "/dev/zero", "a\0b", "\ud800", "\x1b[2J", "x" * 5000, "0" * 64),
)
"""What stands where a value of another kind belongs."""
DEEP = 100_000


def another_value(data: bytes, chance: Random) -> bytes:
    """Return JSON with one of its values, or a key, replaced, moved or nested; other bytes are damaged."""
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        return damaged(data, chance)
    places = list(_places(tree))
    if not places or chance.random() < 1 / 20:
        return b"[" * DEEP if chance.random() < 1 / 2 else data.replace(b":", b":" + b"[" * DEEP, 1)
    holder, key = chance.choice(places)
    match chance.randrange(4):
        case 0 if isinstance(holder, dict):
            holder[chance.choice(["", "a", "\ud800", "a\0b", "../x"])] = holder.pop(key)
        case 1:
            other, its = chance.choice(places)
            holder[key] = json.loads(json.dumps(other[its]))
        case 2:
            del holder[key]
        case _:
            holder[key] = chance.choice(ODD_VALUES)
    return json.dumps(tree).encode()


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Return every place in a tree of JSON: what holds it, and its key."""
    found, holders = [], [tree]
    while holders:
        holder = holders.pop()
        if isinstance(holder, dict | list):
            keys = list(holder) if isinstance(holder, dict) else range(len(holder))
            found += [(holder, key) for key in keys]
            holders += [holder[key] for key in keys]
    return found


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
