"""A text that is changed in places; whatever is not changed stays as it is, to the byte."""

from bisect import bisect_right
from itertools import accumulate

from msgspec import Struct

from toolchain.importing.ledger import Change, Ledger, Place

COLLISION = "two changes meet here, and only the first was made"
BY_HAND = "Change it by hand."


class _Edit(Struct, frozen=True):
    start: int
    end: int
    became: str
    kind: str
    rank: int


class Text:
    """A file of text, or a cell of Markdown or code."""

    def __init__(self, source: str, place: Place, ledger: Ledger) -> None:
        """Keep the text with its place: the file, and of a notebook the cell."""
        self.source = source
        self.lines = source.split("\n")
        self.starts = [0, *accumulate(len(line) + 1 for line in self.lines)]
        """Where each line begins, and where one after the last would."""
        self._place = place
        self._ledger = ledger
        self._edits: list[_Edit] = []

    @property
    def path(self) -> str:
        """Of the file, relative to the folder that is imported."""
        return self._place.path

    def place(self, offset: int) -> Place:
        """Return where something stands."""
        line = bisect_right(self.starts, offset)
        return Place(self._place.path, self._place.cell, line, offset - self.starts[line - 1] + 1)

    def replace(self, start: int, end: int, became: str, kind: str, rank: int = 0) -> None:
        """Change what is between two offsets; with none between them, insert something.

        Of what is inserted at one place, a lower rank comes first.
        """
        if self.source[start:end] == became:
            return
        if any(start < edit.end and edit.start < end for edit in self._edits):
            self.lose(start, COLLISION, BY_HAND)
            return
        self._edits.append(_Edit(start, end, became, kind, rank))

    def insert(self, offset: int, became: str, kind: str, rank: int = 0) -> None:
        """Insert something."""
        self.replace(offset, offset, became, kind, rank)

    def lose(self, offset: int, what: str, remedy: str) -> None:
        """Note what could not be carried."""
        self._ledger.lose(self.place(offset), what, remedy)

    def result(self) -> str:
        """Return the changed text, and write its changes down: to be called once."""
        pieces: list[str] = []
        at = 0
        for edit in sorted(self._edits, key=lambda edit: (edit.start, edit.end, edit.rank)):
            pieces += (self.source[at : edit.start], edit.became)
            was = self.source[edit.start : edit.end]
            self._ledger.changes.append(Change(self.place(edit.start), edit.kind, was, edit.became))
            at = edit.end
        return "".join((*pieces, self.source[at:]))
