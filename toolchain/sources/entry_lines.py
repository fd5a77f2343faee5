"""Where the entries of bibliographies stand."""

import re
from collections.abc import Iterable, Iterator

ENTRY = re.compile(r"^\s*@(?!comment|string|preamble)[^\s{(]+\s*[{(]\s*(?P<key>[^\s,}]+)", re.IGNORECASE)


def entries(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield the entries of a bibliography as they begin: the line, counted from 1, and the key."""
    for number, line in enumerate(lines, start=1):
        if entry := ENTRY.match(line):
            yield number, entry["key"]
