"""What an import has done, and what it could not do: one file of Markdown, in which nothing may be missing.

Changes of texts are written down by `Text` as they are made, so that the ledger and the pages cannot differ.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

from msgspec import Struct

from toolchain.base.units import count

FILE = "IMPORT.md"
"""The ledger's name in a project."""
NOTHING = "Nothing.\n"


class Place(Struct, frozen=True, order=True):
    """Where something stands in the folder that is imported."""

    path: str
    """Relative to that folder."""
    cell: int = 0
    """Of a notebook, counted from 1; 0 for a file of text, or all of it."""
    line: int = 0
    """In the file or the cell, counted from 1; 0 for all of it."""
    column: int = 0
    """In the line, counted from 1; 0 for all of it."""

    def __str__(self) -> str:
        """Return what people, and editors, call it."""
        cell = f":cell {self.cell}" if self.cell else ""
        return self.path + cell + "".join(f":{number}" for number in (self.line, self.column) if number)


class Change(Struct, frozen=True):
    """A change of a text."""

    place: Place
    kind: str
    """What was done, in words that fit all changes of its kind."""
    was: str
    became: str


class Fate(Struct, frozen=True):
    """What became of a file, or of a key of a file of settings."""

    place: Place
    what: str
    became: str


class Loss(Struct, frozen=True):
    """What could not be carried."""

    place: Place
    what: str
    remedy: str


class Ledger:
    """All that was done."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.changes: list[Change] = []
        self.files: list[Fate] = []
        self.keys: list[Fate] = []
        self.made: list[tuple[str, str]] = []
        """Files that nothing in the folder corresponds to, each with what it is for."""
        self.losses: list[Loss] = []

    def lose(self, place: Place, what: str, remedy: str) -> None:
        """Note what could not be carried, once."""
        loss = Loss(place, what, remedy)
        if loss not in self.losses:
            self.losses.append(loss)

    def key(self, place: Place, what: str, became: str) -> None:
        """Note what became of a key."""
        self.keys.append(Fate(place, what, became))

    def summary(self) -> str:
        """Return a line with the numbers of all this."""
        places = len({change.place.path for change in self.changes})
        return (
            f"{count(len(self.files), 'file')} taken, {count(len(self.changes), 'change')} in {count(places, 'file')}, "
            f"{count(len(self.keys), 'key')} of settings, {len(self.losses)} not carried"
        )

    def markdown(self, of: str, kind: str) -> str:
        """Return the file: of which folder, by its name, and of which kind that is."""
        head = (
            f"# What the import has done\n\nThis project was made from `{of}`, {kind}, by `toolchain import`.\n"
            "Nothing else was changed. Lines and cells are those of the files that it was made from.\n"
            "A change shows what stood there after `-`, and what stands there now after `+`;\n"
            "a sign alone at the end is the end of a line.\n"
        )
        parts = (
            head,
            "## Not carried\n\n" + ("".join(self._losses()) or NOTHING),
            "## Settings\n\n" + (_table("Key", "What became of it", self.keys) or NOTHING),
            "## Files\n\n" + (_table("File", "Where it is now", self.files) or NOTHING),
            "## Made\n\n" + ("".join(f"- `{path}`: {why}\n" for path, why in self.made) or NOTHING),
            "## Changes\n\n" + ("\n".join(self._changes()) or NOTHING),
        )
        return "\n".join(parts)

    def _losses(self) -> Iterator[str]:
        for loss in sorted(self.losses, key=lambda loss: loss.place):
            yield f"- {loss.place}: {loss.what}\n  {loss.remedy}\n"

    def _changes(self) -> Iterator[str]:
        """Yield the changes of each file, those of a kind together."""
        for path, of_file in groupby(
            sorted(self.changes, key=_of_file), key=lambda change: change.place.path
        ):
            yield f"### {path}\n"
            for kind, of_kind in groupby(of_file, key=lambda change: change.kind):
                shown = [line for change in of_kind for line in _lines(change)]
                fence = _fence(shown)
                yield "\n".join((f"{kind}:\n", f"{fence}diff", *shown, fence, ""))


def _of_file(change: Change) -> tuple[str, str, Place]:
    return change.place.path, change.kind, change.place


def _lines(change: Change) -> Iterator[str]:
    yield f"@@ {change.place} @@"
    yield from _signed("-", change.was)
    yield from _signed("+", change.became)


def _signed(sign: str, text: str) -> Iterable[str]:
    return (f"{sign}{line}" for line in text.split("\n")) if text else ()


def _fence(lines: list[str]) -> str:
    """Return a fence that none of the lines can close."""
    fence = "```"
    while any(line[1:].lstrip().startswith(fence) for line in lines):
        fence += "`"
    return fence


def _table(first: str, second: str, fates: list[Fate]) -> str:
    if not fates:
        return ""
    rows = (
        f"| {fate.place} | {_cell(fate.what)} | {_cell(fate.became)} |\n"
        for fate in sorted(fates, key=lambda fate: fate.place)
    )
    return f"| Place | {first} | {second} |\n|---|---|---|\n" + "".join(rows)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
