"""The contents of a folder of which nothing says what it lists: its pages by their names, each folder a chapter."""

import posixpath
import re
from collections.abc import Iterable

from toolchain.model.contents import BookContents, ListedPage, PageList

FIRST = ("index", "readme", "intro", "introduction", "home", "main")
"""Names of the page that a folder begins with, in the order in which they are tried."""
ALL = 999


def natural(path: str) -> list[tuple[bool, int, str]]:
    """Return what sorts names as people do: 2 before 10, and the letters of one kind."""
    parts = re.split(r"(\d+)", path.casefold())
    return [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts if part]


def first_of(names: Iterable[str]) -> str:
    """Return the page that a folder begins with; empty if none is called so."""
    by_stem = {posixpath.basename(name).lower(): name for name in sorted(names, reverse=True)}
    return next((by_stem[stem] for stem in FIRST if stem in by_stem), "")


def contents(paths: Iterable[str], file: str) -> BookContents | None:
    """Return the contents; None if there is no page. A folder without a first page has one named `index`, which is to be made."""
    names = sorted({path.rpartition(".")[0] for path in paths}, key=natural)
    if not names:
        return None
    lists: dict[str, tuple[PageList, ...]] = {}

    def list_folder(folder: str) -> str:
        """Take a folder, and return its first page."""
        here = [name for name in names if posixpath.dirname(name) == folder]
        before = f"{folder}/" if folder else ""
        folders = {
            before + rest.partition("/")[0]
            for name in names
            if "/" in (rest := name.removeprefix(before)) and name.startswith(before)
        }
        first = first_of(here) or f"{before}index"
        entries = [*((name, False) for name in here if name != first), *((name, True) for name in folders)]
        listed = [
            list_folder(name) if is_folder else name
            for name, is_folder in sorted(entries, key=lambda entry: (natural(entry[0]), entry[1]))
        ]
        if listed:
            lists[first] = (
                PageList(tuple(map(ListedPage, listed)), numbered=0 if folder else ALL, hidden=True),
            )
        return first

    root = list_folder("")
    return BookContents(file, root, lists)
