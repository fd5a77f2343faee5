"""Which files below book/ are pages, and which look like pages and are none that could be read."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from toolchain.base.files import files_below, leads_back, odd_below
from toolchain.project.reach import TEXT, Reach
from toolchain.project.settings import DATA, SOURCES, Settings

SUFFIXES = (".md", ".ipynb")
TAKEN_FROM = ("img", "bib")
"""Folders of the project for what pages take."""
ELSEWHERE = re.compile(r"[\"#%?:*<>|\\]")
"""What has a meaning in addresses, or no file can have in its name on some systems."""
ODD = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters, and bytes that are no UTF-8 as Python has them."""


def pages(settings: Settings) -> list[Path]:
    """Return the files of the pages, sorted."""
    data_folder = settings.project / DATA
    return [
        path
        for path in files_below(settings.sources)
        if path.suffix in SUFFIXES and data_folder not in path.parents
    ]


def problems(settings: Settings, reach: Reach) -> Iterator[str]:
    """Say what is no page where Sphinx would look for one: it would wait without end, or read what is not the book's."""
    for path in odd_below(settings.sources):
        if leads_back(path):
            yield f"{_name(path, settings)}: leads back to a folder that it is in"
        elif path.suffix in SUFFIXES:
            yield f"{_name(path, settings)}: {_problem(path, settings, reach) or 'leads to nothing'}"
    for folder in (*TAKEN_FROM, SOURCES):
        for path in files_below(settings.project / folder):
            if ODD.search(path.relative_to(settings.project).as_posix()):
                yield f"{_name(path, settings)}: its name has a character that no text has. Rename it."
    for path in pages(settings):
        if problem := _problem(path, settings, reach):
            yield f"{_name(path, settings)}: {problem}"


def _problem(path: Path, settings: Settings, reach: Reach) -> str:
    name = path.relative_to(settings.sources).as_posix()
    if meaning := ELSEWHERE.search(name):
        return f"its name has a character that addresses, or other systems, take otherwise: {meaning[0]} Rename it."
    if not unicodedata.is_normalized("NFC", name):
        return "its name has letters and their accents apart, as Sphinx takes none (it is not in Unicode's NFC). Rename it."
    refusal = reach.refusal(path, TEXT)
    return f"{refusal.why}. {refusal.remedy}" if refusal else ""


def _name(path: Path, settings: Settings) -> str:
    """Return the path of a page for messages, without what cannot be printed."""
    return ODD.sub("\N{REPLACEMENT CHARACTER}", path.relative_to(settings.project).as_posix())
