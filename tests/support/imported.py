"""Folders that `toolchain import` was run on, and what its ledger says, read back."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import nbformat
from support.jupyter_books import files_of_book
from support.places import TESTS
from support.running import Run, run_in

LEDGER = "IMPORT.md"
PLACE = re.compile(r"@@ (?P<path>.+?)(?::cell (?P<cell>\d+))?(?::(?P<line>\d+):(?P<column>\d+))? @@")


@dataclass(frozen=True)
class Change:
    """A change as the ledger has it."""

    path: str
    cell: int
    line: int
    column: int
    was: str
    became: str


def import_book(name: str, target: Path, *options: str) -> Run:
    """Import tests/books/NAME, of which nothing may change."""
    book = TESTS / "books" / name
    before = files_of_book(book)
    run = import_folder(book, target, *options)
    assert files_of_book(book) == before
    return run


def import_folder(*arguments: str | Path, within: Path | None = None) -> Run:
    """Run `toolchain import`, which works on no project, with these arguments in a folder."""
    return run_in(within, "import", *arguments)


def changes_of(ledger: str) -> Iterator[Change]:
    """Yield the changes in a ledger."""
    place: re.Match[str] | None = None
    was: list[str] = []
    became: list[str] = []
    fence = ""
    for line in ledger.partition("\n## Changes\n")[2].split("\n"):
        if not fence:
            fence = line.removesuffix("diff") if re.fullmatch(r"`{3,}diff", line) else ""
            continue
        ends, begins = line == fence, PLACE.fullmatch(line)
        if (ends or begins) and place:
            yield _change(place, was, became)
        if ends or begins:
            place, was, became = begins, [], []
            fence = "" if ends else fence
        else:
            (was if line[0] == "-" else became).append(line[1:])


def _change(place: re.Match[str], was: list[str], became: list[str]) -> Change:
    cell, line, column = (int(place[name] or 0) for name in ("cell", "line", "column"))
    return Change(place["path"], cell, line, column, "\n".join(was), "\n".join(became))


def files_of(ledger: str) -> Iterator[tuple[str, str]]:
    """Yield each file of the folder, with where it is now."""
    table = ledger.partition("\n## Files\n")[2].partition("\n## ")[0]
    for row in re.finditer(
        r"^\| (?P<path>[^|]+) \| (?:as it is|with changes) \| (?P<target>[^|]+) \|$", table, re.MULTILINE
    ):
        yield row["path"], row["target"]


def texts_of(path: Path) -> dict[int, str]:
    """Return the text of a file, by 0, or of each cell of a notebook, by its number; line ends are newlines."""
    content = path.read_bytes().decode().replace("\r\n", "\n")
    if path.suffix != ".ipynb":
        return {0: content}
    cells = nbformat.reads(content, as_version=4, capture_validation_error={}).cells
    return {number: cell.source for number, cell in enumerate(cells, start=1)}


def made_of(text: str, changes: list[Change], wanted: str) -> bool:
    """Say whether a text becomes what is wanted by these changes, and by nothing else."""
    by_place: dict[tuple[int, int], list[Change]] = defaultdict(list)
    for change in changes:
        by_place[change.line, change.column].append(change)
    at = done = 0
    lines = text.split("\n")
    for line, column in sorted(by_place):
        start = sum(len(each) + 1 for each in lines[: line - 1]) + column - 1
        kept = text[at:start]
        if wanted[done : done + len(kept)] != kept:
            return False
        done += len(kept)
        # Of what is inserted at one place the ledger does not say what comes first.
        for order in permutations(by_place[line, column]):
            put = "".join(change.became for change in order)
            if wanted.startswith(put, done):
                done += len(put)
                break
        else:
            return False
        removed = next((change.was for change in by_place[line, column] if change.was), "")
        if not text.startswith(removed, start):
            return False
        at = start + len(removed)
    return wanted[done:] == text[at:]
