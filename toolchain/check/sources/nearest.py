"""Where in a source something stands, and what a name that fits nothing may have meant."""

import difflib
from collections.abc import Iterable

from toolchain.check.base import BuiltBook
from toolchain.model import PageFacts


def near(made: BuiltBook, path: str, needle: str, line: int | None) -> int | None:
    """Return the line of a text that is said to stand at a line: there, the line before, or the next one that has it.

    What is in a table has the line of the table, and in a notebook whose cells have no blank line between them docutils
    counts one too many.
    """
    if line is None or not needle:
        return line
    lines = made.lines(path)
    if line <= len(lines) and needle in lines[line - 1]:
        return line
    return made.line_of(path, needle, line - 1) or line


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that is most like one that is not; empty if none is."""
    by_lower = {each.lower(): each for each in sorted(known)}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return by_lower[found[0]] if found else ""


def suggestion(name: str) -> str:
    """Ask whether a name was meant; empty if it is."""
    return f"Did you mean {name}?" if name else ""


def pages_by_path(made: BuiltBook) -> dict[str, PageFacts]:
    """Return what is on the pages, by their sources."""
    return {each.path: each for each in made.facts.pages.values()}
