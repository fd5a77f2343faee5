"""What the index leads to: how many entries the sections have, and which have none."""

import re
from collections.abc import Iterator

from msgspec import Struct

from toolchain.forms.sphinx_runs import facts_of
from toolchain.model import Facts
from toolchain.model.facts import GAP
from toolchain.project.settings import Settings

PART = re.compile(r"\d+|[^\d.]+")


class Indexed(Struct, frozen=True):
    """A section of the contents, with its entries of the index."""

    number: str
    """Empty for a page without one, such as a preface."""
    title: str
    place: str
    """FILE:LINE of its heading."""
    entries: int
    """Those below its headings without numbers count with it."""


def sections(facts: Facts) -> list[Indexed]:
    """Return the numbered sections of a book by their numbers; of a page without one, its first heading."""
    found: list[Indexed] = []
    for name, page in facts.pages.items():
        headings = [one for one in facts.labels if (one.page, one.kind) == (name, "section") and one.line]
        starts = [one for one in headings if one.number] or headings[:1]
        lines = [entry.line or 0 for entry in page.indexed]
        ends = [*(one.line or 0 for one in starts[1:]), None]
        for start, end in zip(starts, ends, strict=True):
            line = start.line or 0
            entries = sum(line <= one and (end is None or one < end) for one in lines)
            found.append(
                Indexed(start.number, start.title.replace(GAP, "\u2026"), f"{page.path}:{line}", entries)
            )
    return sorted(found, key=lambda section: (_order(section.number), section.place))


def _order(number: str) -> list[tuple[bool, int, str]]:
    return [
        (not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in PART.findall(number)
    ]


def lines(settings: Settings) -> Iterator[str]:
    """Yield the report of a book that is built. Raises ConfigError if it is not."""
    facts = facts_of(settings)
    found = sections(facts)
    without = [section for section in found if not section.entries]
    entries = sum(len(page.indexed) for page in facts.pages.values())
    yield f"index: {entries} entries in {len(found) - len(without)} of {len(found)} sections"
    if without:
        yield "none in"
    places = max((len(section.place) for section in without), default=0)
    numbers = max((len(section.number) for section in without), default=0)
    for section in without:
        yield f"  {section.place:<{places}}  {section.number:<{numbers}}  {section.title}".rstrip()
