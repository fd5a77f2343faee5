"""The files that a book is read from: its pages and bibliographies, and what looks like one and cannot be read."""

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from toolchain.base.files import entries_below, leads_back, odd_below
from toolchain.project.reach import TEXT, Reach
from toolchain.project.settings import DATA, SOURCES, Settings

SUFFIXES = (".md", ".ipynb")
TAKEN_FROM = ("img", "bib")
"""Folders of the project for what pages take."""
ELSEWHERE = re.compile(r"[\"#%?:*<>|\\]")
"""What has a meaning in addresses, or no file can have in its name on some systems."""
ODD = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters, and bytes that are no UTF-8 as Python has them."""
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""Stands for them in messages."""


def pages(settings: Settings) -> list[Path]:
    """Return the files of the pages, sorted."""
    data = f"{settings.project / DATA}{os.sep}"
    return [
        Path(entry.path)
        for entry in entries_below(settings.sources)
        if entry.name.endswith(SUFFIXES) and not entry.path.startswith(data)
    ]


def bibliographies(settings: Settings) -> list[Path]:
    """Return the files of the bibliographies, sorted."""
    return sorted((settings.project / "bib").glob("*.bib"))


def problems(of_book: Iterable[Path], settings: Settings, reach: Reach) -> Iterator[str]:
    """Say what is none of both where it looks so: Sphinx would wait without end, or read what is not the book's.

    `of_book` are the files of its pages.
    """
    start = len(str(settings.project)) + 1
    of_odd = ((path, _oddity(path, settings, reach)) for path in odd_below(settings.sources))
    of_names = (
        (Path(entry.path), "its name has a character that no text has. Rename it.")
        for folder in (SOURCES, *TAKEN_FROM)
        for entry in entries_below(settings.project / folder)
        if ODD.search(entry.path, start)
    )
    of_pages = ((path, _problem(path, settings, reach)) for path in of_book)
    of_bibliographies = ((path, _refusal(path, reach)) for path in bibliographies(settings))
    for path, problem in (*of_odd, *of_names, *of_pages, *of_bibliographies):
        if problem:
            name = path.relative_to(settings.project).as_posix()
            yield f"{ODD.sub(REPLACEMENT, name)}: {problem}"


def _oddity(path: Path, settings: Settings, reach: Reach) -> str:
    if leads_back(path):
        return "leads back to a folder that it is in"
    if path.suffix not in SUFFIXES:
        return ""
    return _problem(path, settings, reach) or "leads to nothing"


def _problem(path: Path, settings: Settings, reach: Reach) -> str:
    name = path.as_posix()[len(settings.sources.as_posix()) + 1 :]
    if meaning := ELSEWHERE.search(name):
        return f"its name has a character that addresses, or other systems, take otherwise: {meaning[0]} Rename it."
    if not unicodedata.is_normalized("NFC", name):
        return "its name has letters and their accents apart, as Sphinx takes none (it is not in Unicode's NFC). Rename it."
    return _refusal(path, reach)


def _refusal(path: Path, reach: Reach) -> str:
    refusal = reach.refusal(path, TEXT)
    return f"{refusal.why}. {refusal.remedy}" if refusal else ""
