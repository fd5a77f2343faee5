"""Amounts as people write them."""

import re

SIZE = r"^\d+(\.\d+)? ?([kKMGT]i?)?B$"
"""An amount of bytes: `500 kB`, `1.5 GB`, `2 GiB`."""
POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def size(text: str) -> int:
    """Return how many bytes an amount such as `1.5 GB` is: kB, MB, GB and TB are powers of 1000; KiB, MiB, GiB, TiB of 1024.

    Raises ValueError if the text is no such amount.
    """
    match = re.fullmatch(r"([\d.]+) ?([kmgt]?)(i?)b", text.lower())
    if match is None:
        raise ValueError(f"{text!r} is no amount of bytes")
    return int(float(match[1]) * (1024 if match[3] else 1000) ** POWERS[match[2]])


def human_size(size: int) -> str:
    """Return a number of bytes as people write it, such as `1.5 MB`; units are powers of 1000."""
    amount = float(size)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:  # noqa: PLR2004 - what the units mean
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def count(number: int, noun: str) -> str:
    """Return a number with a noun, which is in the plural unless the number is 1."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def tried(attempts: int) -> str:
    """Return ` (tried N times)` for a message; empty for a single attempt."""
    return f" (tried {attempts} times)" if attempts > 1 else ""
