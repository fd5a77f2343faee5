"""Pages in reStructuredText, which Jupyter Book takes as well: of them only the headings are wanted before Sphinx reads them."""

import re
from collections.abc import Iterator
from itertools import pairwise

from toolchain.model import Heading, Parsed

LINE = re.compile(r"(?P<mark>[!-/:-@\[-`{-~])(?P=mark)*\s*$")
"""Over or under a heading."""


def parse(text: str) -> Parsed:
    """Return a page's headings, each a level deeper than the last one whose line is of a new kind."""
    return Parsed(contents=tuple(_headings(text.splitlines())))


def _headings(lines: list[str]) -> Iterator[Heading]:
    kinds: list[tuple[str, bool]] = []
    for number, (line, under) in enumerate(pairwise(lines)):
        text, drawn = line.strip(), LINE.match(under)
        if (
            not drawn
            or not text
            or LINE.match(line)
            or len(under.rstrip()) < len(text)
            or under.startswith(" ")
        ):
            continue
        over = LINE.match(lines[number - 1]) if number else None
        kind = (drawn["mark"], over is not None and over["mark"] == drawn["mark"])
        if line.startswith(" ") and not kind[1]:
            continue
        if kind not in kinds:
            kinds.append(kind)
        yield Heading(kinds.index(kind) + 1, text)
