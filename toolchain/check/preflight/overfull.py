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
MADE = re.compile(r"\\(?:begin|end)\{\w+\*?\}")
"""Stands around a formula in what Sphinx makes of it."""
CELL = re.compile(r"`{3,}\{code-cell\}")
NOTE = "[^"
"""Begins a footnote."""
BEGINNING = 40
"""Characters of a word: so many tell it from others."""
AROUND = 3
"""Lines before the one that TeX names, in which what it is about may stand."""


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
    reported: set[Overfull | tuple[int, int]] = set()
    log = read_loosely(printed.log)
    waiting = []
    for match in OVERFULL.finditer(log):
        if not match["page"]:
            waiting.append(match)
            continue
        for message in waiting:
            overfull = _overfull(message, int(match["page"]) - 1, printed)
            # Of a display in a list TeX tells twice: of the formula, and of the box around it.
            known = overfull if overfull.words or not any(overfull.lines) else overfull.lines
            if known not in reported:
                yield overfull
            reported.add(known)
        waiting.clear()


def _overfull(match: re.Match[str], page: int, printed: Printed) -> Overfull:
    """Return the box of a message; it is on the page that TeX was about to end, or on the next one."""
    shown = FONT.sub(" ", match["shown"])
    words = [word[:BEGINNING] for word in WORD.findall(shown)[-3:]]
    following = printed.texts[page + 1 : page + 2]
    if words and words[-1] not in printed.texts[page] and any(words[-1] in text for text in following):
        page += 1
    first_line, last_line = int(match["first"] or 0), int(match["last"] or match["first"] or 0)
    return Overfull(
        match["box"] == "h", float(match["points"]), page, " ".join(words), (first_line, last_line)
    )


class Origin(Struct, frozen=True):
    """Where a box comes from."""

    path: str
    line: int
    text: str
    """What LaTeX has read there."""


def origin(overfull: Overfull, built: BuiltBook, printed: Printed) -> Origin | None:
    """Return what was typed for a box; None if LaTeX read it from a file that it made itself."""
    text = _lines(printed.path.parent.parent / "latex" / f"{built.settings.book.slug}.tex")
    first_line, last_line = overfull.lines
    if not first_line or last_line > len(text):
        return None
    words = overfull.words.split()
    marks = [(n, match) for n, line in enumerate(text, 1) if (match := MARK.match(line))]
    for (number, mark), (next_number, following) in pairwise([*marks, (len(text) + 1, None)]):
        if mark and number <= first_line < next_number:
            block = text[number:last_line]
            if words and not any(word in line for word in words for line in block):
                return None
            path, line = mark["path"], int(mark["line"])
            end = int(following["line"]) if following and following["path"] == path else line + 1
            within = built.lines(path)[line - 1 : max(end - 1, line)]
            read = text[max(first_line - 1 - AROUND, number) : last_line]
            at = _typed(words, read, dict(enumerate(within, line)), built.lines(path))
            return Origin(path, at or _cell(built, path, line) or line, "\n".join(read))
    return None


def _typed(words: list[str], read: list[str], within: dict[int, str], lines: list[str]) -> int | None:
    """Return the line that has the last words that TeX shows, or else the longest formula that it has read; None if none has.

    It is one of those `within`, by their numbers, or a footnote, which may stand anywhere.
    """
    if words:
        notes = {number: text for number, text in enumerate(lines, 1) if text.startswith(NOTE)}
        places = [*within.items(), *notes.items()]
        found = (
            n for some in (words, words[-1:]) for n, text in places if all(word in text for word in some)
        )
        return next(found, None)
    formulas = [MADE.sub("", line).strip() for line in read]
    longest = {
        number: len(typed)
        for number, line in within.items()
        if (typed := line.strip()) and any(typed in formula for formula in formulas)
    }
    return max(longest, key=lambda number: longest[number], default=None)


def _cell(built: BuiltBook, path: str, line: int) -> int | None:
    """Return the first line of the cell that a line is in; None if it is in none."""
    lines = built.lines(path)
    for cell in (cell for page in built.book.documents if page.path == path for cell in page.cells):
        above = (n for n in range(cell.line, 0, -1) if lines[n - 1 : n] and CELL.match(lines[n - 1]))
        if next(above, cell.line) <= line <= cell.line + cell.source.count("\n") + 1:
            return cell.line
    return None


def _lines(path: Path) -> list[str]:
    return lines_of(read_loosely(path))
