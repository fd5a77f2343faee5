"""How the pages of the printed book end, and what stands where on them: what a typesetter would look at again."""

import re
from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

from toolchain.base.decoding import read_loosely
from toolchain.base.errors import ConfigError
from toolchain.forms.pdf.reading import page_notes
from toolchain.forms.pdf.reading.drawn import Text
from toolchain.forms.pdf.reading.page_notes import NotedPages
from toolchain.forms.pdf.reading.printed import Printed
from toolchain.forms.pdf.tagging import spaces

LEAST_FILLED = 0.8
"""Of the height of the text: less is a short page, unless a chapter ends there."""
WHOLE = 10
"""Lines of code that are not broken, as toolchain-breaks.sty has it."""
EDGE = 3
"""Lines of longer code that stay together at both ends."""
FAR = 2
"""Pages from where a figure is called to where it is, from which on one has to look for it."""
HANGING = 8.0
"""Points below the last line that still belong to it."""
NEAR = 45.0
"""Points below the head of a page in which its first thing begins."""
OPENING = re.compile(r"(?:part|chapter|appendix)\*?\.|bookindex$")
HEADINGS = re.compile(r"(?:sub)*section\*?\.")
FIRST = {"heading": HEADINGS, "table": re.compile(r"table\."), "figure": re.compile(r"figure\.")}

KINDS = {
    "short": "filled to less than four fifths",
    "broken": "code broken over pages",
    "torn": "code broken badly",
    "intruder": "figures in cells",
    "order": "figures out of order",
    "far": "figures far from their place",
    "heading": "headings at a foot",
    "drawn": "fonts whose letters are drawings (Type 3)",
}
"""What is counted, in words."""
WEIGHTS = {"torn": 0.6, "intruder": 0.9, "order": 0.7, "far": 0.3, "heading": 0.8, "drawn": 0.2}
"""Of what is worth a look, against the share of a page that is empty."""


class Blemish(Struct, frozen=True):
    """Something on a page."""

    page: int
    """Counted from 0."""
    kind: str
    words: str
    weight: float


def look(printed: Printed) -> list[Blemish]:
    """Return all that a typesetter would look at again, page by page.

    Raises ConfigError if LaTeX has not noted what is on these pages.
    """
    noted = page_notes.read(read_loosely(printed.log))
    if len(noted.pages) != len(printed.numbers):
        raise ConfigError(
            f"LaTeX has left no notes on the pages of the edition {printed.edition.name!r}",
            remedy="Run `toolchain build pdf --force` first.",
        )
    found = (*_feet(printed, noted), *of_notes(noted), *_drawn_fonts(printed))
    return sorted(found, key=lambda blemish: blemish.page)


def of_notes(noted: NotedPages) -> Iterator[Blemish]:
    """Yield what the notes say by themselves, of code and of figures."""
    yield from _code(noted)
    yield from _figures(noted)


def counts(blemishes: list[Blemish]) -> dict[str, int]:
    """Return how many there are of each kind, none included."""
    found = Counter(blemish.kind for blemish in blemishes)
    return {kind: found[kind] for kind in KINDS}


def worst(blemishes: list[Blemish], number: int) -> dict[int, str]:
    """Return what is to be said of so many pages at most, those first of which most is to be said."""
    weights: Counter[int] = Counter()
    words: dict[int, list[str]] = {}
    for blemish in blemishes:
        if blemish.weight:
            weights[blemish.page] += round(1000 * blemish.weight)
            words.setdefault(blemish.page, []).append(blemish.words)
    order = sorted(weights, key=lambda page: (-weights[page], page))
    return {page: "; ".join(words[page]) for page in order[:number]}


def _feet(printed: Printed, noted: NotedPages) -> Iterator[Blemish]:
    openings = {place.page for name, place in printed.destinations.items() if OPENING.match(name)}
    contents = printed.destinations.get("contents.0")
    last = [_last_line(printed, noted, page) for page in range(len(printed.numbers))]
    for page, line in enumerate(last):
        if line is None or page < min(openings, default=0):
            continue
        if (contents is None or page != contents.page) and _ends_with_heading(printed, noted, page, line):
            yield Blemish(page, "heading", "a heading at its foot", WEIGHTS["heading"])
        following = next((n for n in range(page + 1, len(last)) if last[n] is not None), None)
        if following is None or openings.intersection(range(page + 1, following + 1)):
            continue
        white = (line - noted.bottom) / noted.height
        if white > 1 - LEAST_FILLED:
            words = f"{white:.0%} white at its foot{_before(printed, noted, following)}"
            yield Blemish(page, "short", words, white)


def _drawn_fonts(printed: Printed) -> Iterator[Blemish]:
    """Yield each font of drawings of each picture, and of the text, on the first page that shows it."""
    fonts: dict[tuple[int, str], int] = {}
    for page in printed.drawn:
        for mark in page.marks:
            if isinstance(mark, Text) and mark.font.drawn:
                fonts.setdefault((mark.drawing, mark.font.name), page.number)
    for (_, name), first in fonts.items():
        yield Blemish(first, "drawn", f"letters of {name} are drawings", WEIGHTS["drawn"])


def _last_line(printed: Printed, noted: NotedPages, page: int) -> float | None:
    """Return how high the last line of a page stands; None if there is nothing on it, or nothing is known of it."""
    if not noted.height or page >= len(printed.drawn):
        return None
    heights = (mark.y if isinstance(mark, Text) else mark.box[1] for mark in printed.drawn[page].marks)
    within = (height for height in heights if noted.bottom - HANGING <= height < noted.bottom + noted.height)
    return min(within, default=None)


def _ends_with_heading(printed: Printed, noted: NotedPages, page: int, line: float) -> bool:
    """Say whether a heading is the last of what is noted on a page, and its last line is all bold."""
    notes = noted.pages[page].notes
    letters = [
        mark
        for mark in printed.drawn[page].marks
        if isinstance(mark, Text) and abs(mark.y - line) < 1 and not spaces.FONT_NAME.endswith(mark.font.name)
    ]
    return (
        bool(notes and letters)
        and notes[-1].kind == "heading"
        and all("bold" in mark.font.name.lower() for mark in letters)
    )


def _before(printed: Printed, noted: NotedPages, page: int) -> str:
    """Say what a page begins with, for which there was no room on the one before."""
    top = noted.bottom + noted.height
    for kind, pattern in FIRST.items():
        for name, place in printed.destinations.items():
            if place.page == page and pattern.match(name) and -place.depth > top - NEAR:
                return f", before a {kind}"
    first = next(iter(noted.pages[page].notes), None) if page < len(noted.pages) else None
    if first and first.kind == "figure":
        return ", before a figure"
    return f", before {first.kind} of {first.number} lines" if first and first.what == "begin" else ""


def _code(noted: NotedPages) -> Iterator[Blemish]:
    for page, ended in enumerate(noted.pages):
        if not ended.broken:
            continue
        line, lines = ended.broken
        yield Blemish(page, "broken", f"{lines} lines of code broken after {line}", 0)
        if lines <= WHOLE or min(line, lines - line) < EDGE:
            yield Blemish(page, "torn", f"{lines} lines of code torn after {line}", WEIGHTS["torn"])


def _figures(noted: NotedPages) -> Iterator[Blemish]:
    for page, number in page_notes.intruders(noted.pages):
        yield Blemish(page, "intruder", f"figure {number} stands in a cell", WEIGHTS["intruder"])
    called = {
        note.number: page
        for page, ended in enumerate(noted.pages)
        for note in ended.notes
        if note.what == "calls"
    }
    last = 0
    for page, ended in enumerate(noted.pages):
        for note in ended.notes:
            if note.what != "has" or note.kind != "figure":
                continue
            if note.number < last:
                yield Blemish(page, "order", f"figure {note.number} after figure {last}", WEIGHTS["order"])
            last = max(last, note.number)
            away = page - called.get(note.number, page)
            if away >= FAR:
                words = f"figure {note.number}, counted through the book, is {away} pages after its place"
                yield Blemish(page, "far", words, WEIGHTS["far"] * away)
