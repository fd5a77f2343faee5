"""Amounts as people write them."""

import re

SIZE = r"^\d+(\.\d+)? ?([kKMGT]i?)?B$"
"""An amount of bytes: `500 kB`, `1.5 GB`, `2 GiB`."""
POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def size(text: str) -> int:
    """Return an amount of bytes: kB, MB, GB and TB are powers of 1000; KiB, MiB, GiB and TiB of 1024."""
    found = re.fullmatch(r"([\d.]+) ?([kmgt]?)(i?)b", text.lower())
    if found is None:
        raise ValueError(f"{text!r} is no amount of bytes")
    return int(float(found[1]) * (1024 if found[3] else 1000) ** POWERS[found[2]])


def human_size(size: int) -> str:
    """Say a number of bytes as people do."""
    amount = float(size)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:  # noqa: PLR2004 - what the units mean
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def count(number: int, noun: str) -> str:
    """Say how many of something there are."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
