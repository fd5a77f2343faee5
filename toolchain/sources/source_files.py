"""The files that a book is read from: its pages and bibliographies, and what looks like one and cannot be read."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from toolchain.base.files import entries_below, files_below, leads_back, odd_below, unwritten_below
from toolchain.base.patterns import expression, literally, matcher
from toolchain.project.reach import TEXT, Reach
from toolchain.project.settings import Settings

ELSEWHERE = re.compile(r"[\"#%?:*<>|\\]")
"""What has a meaning in addresses, or no file can have in its name on some systems."""
ODD = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters, and bytes that are no UTF-8 as Python has them."""
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""Stands for them in messages."""


def pages(settings: Settings) -> list[Path]:
    """Return the files of the pages, sorted."""
    candidates = list(_candidates(settings))
    if not settings.layout.one_of_each:
        return candidates
    by_name = {path.with_suffix(""): path for path in reversed(candidates)}
    return sorted(by_name.values())


def passed_over(settings: Settings) -> list[tuple[Path, Path]]:
    """Return the files that would be the same page as another, each with the one that is taken."""
    if not settings.layout.one_of_each:
        return []
    taken = {path.with_suffix(""): path for path in pages(settings)}
    pairs = ((path, taken[path.with_suffix("")]) for path in _candidates(settings))
    return [(path, other) for path, other in pairs if path != other]


def _candidates(settings: Settings) -> Iterator[Path]:
    """Yield the files of all that is not left out, those that would be the same page among them."""
    layout = settings.layout
    leaves_out = matcher(layout.excluded)
    is_listed = _listed(settings)
    for path in files_below(settings.sources, written=layout.whole):
        name = path.relative_to(settings.sources).as_posix()
        if path.suffix in layout.suffixes and not leaves_out(name) and is_listed(name.rpartition(".")[0]):
            yield path


def _listed(settings: Settings) -> Callable[[str], bool]:
    """Return what says of the name of a page whether it may be one."""
    if settings.contents is None or not settings.layout.only_listed:
        return lambda _name: True
    names = settings.contents.names()
    fits = [re.compile(expression(pattern)) for pattern in settings.contents.patterns()]
    return lambda name: name in names or any(pattern.fullmatch(name) for pattern in fits)


def left_out(settings: Settings) -> list[str]:
    """Return the patterns by which Sphinx leaves out what is no page here."""
    layout = settings.layout
    if not layout.whole:
        return list(layout.excluded)
    taken = set(pages(settings))
    files = (path for path in files_below(settings.sources, written=True) if path.suffix in layout.suffixes)
    passed_over = (*unwritten_below(settings.sources), *(path for path in files if path not in taken))
    names = (literally(path.relative_to(settings.sources).as_posix()) for path in passed_over)
    return list(dict.fromkeys((*layout.excluded, *sorted(names))))


def bibliographies(settings: Settings) -> list[Path]:
    """Return the files of the bibliographies, sorted."""
    patterns = settings.layout.bibliographies
    found = (path for pattern in patterns for path in _bibliographies(settings.project, pattern))
    return sorted(dict.fromkeys(found))


def _bibliographies(project: Path, pattern: str) -> Iterator[Path]:
    if "*" in pattern:
        return project.glob(pattern)
    path = project / pattern
    return iter([path] if path.is_file() else [])


def problems(of_book: Iterable[Path], settings: Settings, reach: Reach) -> Iterator[str]:
    """Say what is none of both where it looks so: Sphinx would wait without end, or read what is not the book's.

    `of_book` are the files of its pages.
    """
    start = len(str(settings.project)) + 1
    whole = settings.layout.whole
    of_odd = ((path, _oddity(path, settings, reach)) for path in odd_below(settings.sources, written=whole))
    of_names = (
        (Path(entry.path), "its name has a character that no text has. Rename it.")
        for folder in (settings.sources, *(settings.project / name for name in settings.layout.taken_from))
        for entry in entries_below(folder, written=whole)
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
    if path.suffix not in settings.layout.suffixes:
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
