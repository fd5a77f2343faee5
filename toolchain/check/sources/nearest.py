"""Where in a source something stands, and what a name that fits nothing may have meant."""

import difflib
from collections.abc import Iterable

from toolchain.check.base import ReadBook
from toolchain.model import PageFacts


def near(built: ReadBook, path: str, needle: str, line: int | None) -> int | None:
    """Return the line of a text that was reported at `line`: that one, the one before, or the next one that has it.

    Returns `line` itself if none has it. Inside a table the line of the table is reported, and in a notebook whose cells
    have no blank line between them docutils counts one too many.
    """
    if line is None:
        return None
    lines = built.lines(path)
    if line <= len(lines) and needle in lines[line - 1]:
        return line
    return built.line_of(path, needle, line - 1) or line


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the one of the names that is most like `name`; empty if none is."""
    name_by_lower = {candidate.lower(): candidate for candidate in sorted(names)}
    matches = difflib.get_close_matches(name.lower(), name_by_lower, n=1)
    return name_by_lower[matches[0]] if matches else ""


def suggestion(name: str) -> str:
    """Return the question whether a name was meant; empty for an empty name."""
    return f"Did you mean {name}?" if name else ""


def pages_by_path(built: ReadBook) -> dict[str, PageFacts]:
    """Return the facts of the pages, by the paths of their sources."""
    return {page.path: page for page in built.facts.pages.values()}
