"""Reads from LaTeX's log what did not fit its line or its page, and finds the source that it comes from."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from msgspec import Struct

from toolchain.base.decoding import lines_of, read_loosely
from toolchain.check.base import BuiltBook
from toolchain.forms.pdf.latex_failure import MARK
from toolchain.forms.pdf.reading.printed import Printed

OVERFULL = re.compile(
    r"^Overfull \\(?P<box>[hv])box \((?P<points>[\d.]+)pt too (?:wide|high)\)"
    r"(?: .*?at lines? (?P<first>\d+)(?:--(?P<last>\d+))?)?.*\n(?P<shown>.*)$"
    r"|^toolchain: page (?P<page>\d+)$",
    re.MULTILINE,
)
"""A message with what TeX shows of the box, or the end of a page, as toolchain-edition.sty writes it."""
FONT = re.compile(r"\\\S+ |\[\]|\$\S*|[|^_]")
"""What TeX shows of a box besides its text."""
WORD = re.compile(r"[^\W_]{3,}")
AROUND = 3
"""Lines before the one that TeX names, in which what it shows may stand."""


class Overfull(Struct, frozen=True):
    """A line that is too wide, or a page that is too high."""

    wide: bool
    points: float
    page: int
    """Counted from 0."""
    words: str
    """The last of its text, as far as TeX shows it."""
    lines: tuple[int, int]
    """Of what TeX has read, the first and the last; 0 if it does not say."""


def read(printed: Printed) -> Iterator[Overfull]:
    """Yield each overfull box of LaTeX's log once."""
    path, reported = printed.log, set()
    log = read_loosely(path)
    waiting = []
    for match in OVERFULL.finditer(log):
        if not match["page"]:
            waiting.append(match)
            continue
        for message in waiting:
            overfull = _overfull(message, int(match["page"]) - 1, printed)
            if overfull not in reported:
                yield overfull
            reported.add(overfull)
        waiting.clear()


def _overfull(match: re.Match[str], page: int, printed: Printed) -> Overfull:
    """Return the box of a message; it is on the page that TeX was about to end, or on the next one."""
    shown = FONT.sub(" ", match["shown"])
    words = WORD.findall(shown)[-3:]
    following = printed.texts[page + 1 : page + 2]
    if words and words[-1] not in printed.texts[page] and any(words[-1] in text for text in following):
        page += 1
    first_line, last_line = int(match["first"] or 0), int(match["last"] or match["first"] or 0)
    return Overfull(
        match["box"] == "h", float(match["points"]), page, " ".join(words), (first_line, last_line)
    )


def source(overfull: Overfull, built: BuiltBook, printed: Printed) -> tuple[str, int | None] | None:
    """Return the path and line of a box's source; None if LaTeX read it from a file that it made itself."""
    text = _lines(printed.path.parent.parent / "latex" / f"{built.settings.book.slug}.tex")
    first_line, last_line = overfull.lines
    nearby = "\n".join(text[max(first_line - 1 - AROUND, 0) : last_line])
    words = overfull.words.split()
    if not first_line or last_line > len(text) or (words and not any(word in nearby for word in words)):
        return None
    marks = [(n, match) for n, line in enumerate(text, 1) if (match := MARK.match(line))]
    for (number, mark), (next_number, following) in pairwise([*marks, (len(text) + 1, None)]):
        if mark and number <= first_line < next_number:
            path, line = mark["path"], int(mark["line"])
            end = int(following["line"]) if following and following["path"] == path else line + 1
            within = built.lines(path)[line - 1 : max(end - 1, line)]
            return path, next(
                (n for n, source_line in enumerate(within, line) if words and words[-1] in source_line), line
            )
    return None


def _lines(path: Path) -> list[str]:
    return lines_of(read_loosely(path))
