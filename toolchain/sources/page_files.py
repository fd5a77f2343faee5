"""Which files below book/ are pages, and which look like pages and are none that could be read."""

from collections.abc import Iterator
from pathlib import Path

from toolchain.base.files import files_below, leads_back, odd_below
from toolchain.project.reach import TEXT, Reach
from toolchain.project.settings import DATA, Settings

SUFFIXES = (".md", ".ipynb")


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
            yield f"{_name(path, settings)}: {_problem(path, reach) or 'leads to nothing'}"
    for path in pages(settings):
        if problem := _problem(path, reach):
            yield f"{_name(path, settings)}: {problem}"


def _problem(path: Path, reach: Reach) -> str:
    refusal = reach.refusal(path, TEXT)
    return f"{refusal.why}. {refusal.remedy}" if refusal else ""


def _name(path: Path, settings: Settings) -> str:
    return path.relative_to(settings.project).as_posix()
