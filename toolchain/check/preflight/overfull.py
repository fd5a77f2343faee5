"""Reads from LaTeX's log what did not fit its line or its page, and finds the source that it comes from."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from msgspec import Struct

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
    """Yield everything that stands out of where it should be, once."""
    path, known = printed.log, set()
    log = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    waiting = []
    for found in OVERFULL.finditer(log):
        if not found["page"]:
            waiting.append(found)
            continue
        for each in waiting:
            its = _overfull(each, int(found["page"]) - 1, printed)
            if its not in known:
                yield its
            known.add(its)
        waiting.clear()


def _overfull(found: re.Match[str], page: int, printed: Printed) -> Overfull:
    """Return what a message says; it is of the page that TeX was about to end, or of the next one."""
    shown = FONT.sub(" ", found["shown"])
    words = WORD.findall(shown)[-3:]
    following = printed.texts[page + 1 : page + 2]
    if words and words[-1] not in printed.texts[page] and any(words[-1] in text for text in following):
        page += 1
    first, last = int(found["first"] or 0), int(found["last"] or found["first"] or 0)
    return Overfull(found["box"] == "h", float(found["points"]), page, " ".join(words), (first, last))


def source(each: Overfull, made: BuiltBook, printed: Printed) -> tuple[str, int | None] | None:
    """Return the path and line of what a person wrote; None if LaTeX has read it from a file of its own making."""
    text = _lines(printed.path.parent.parent / "latex" / f"{made.settings.book.slug}.tex")
    first, last = each.lines
    there = "\n".join(text[max(first - 1 - AROUND, 0) : last])
    words = each.words.split()
    if not first or last > len(text) or (words and not any(word in there for word in words)):
        return None
    marks = [(n, found) for n, line in enumerate(text, 1) if (found := MARK.match(line))]
    for (number, mark), (after, following) in pairwise([*marks, (len(text) + 1, None)]):
        if mark and number <= first < after:
            path, line = mark["path"], int(mark["line"])
            end = int(following["line"]) if following and following["path"] == path else line + 1
            within = made.lines(path)[line - 1 : max(end - 1, line)]
            return path, next((n for n, its in enumerate(within, line) if words and words[-1] in its), line)
    return None


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
