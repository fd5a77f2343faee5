"""What another program has left where our own is made: it is set aside, and neither read nor lost."""

from pathlib import Path

from toolchain.base.files import is_file
from toolchain.messages.progress import Note, Reporter
from toolchain.project.settings import Settings
from toolchain.sources.reading import MEMORY

ASIDE = "before"
"""Folder below _build of what was set aside."""


def set_aside(settings: Settings, reporter: Reporter) -> None:
    """Move it before the first build; later on whatever has these names is ours."""
    names = [name for name in settings.layout.left_by_others if (settings.build / name).exists()]
    if not names or is_file(settings.build / MEMORY) or is_file(settings.report):
        return
    folder = _free(settings.build / ASIDE)
    folder.mkdir(parents=True)
    for name in names:
        (settings.build / name).rename(folder / name)
    place = folder.relative_to(settings.project).as_posix()
    reporter(
        Note(text=f"note: what another program has left in _build is in {place} now: {', '.join(names)}")
    )


def _free(folder: Path) -> Path:
    """Return a folder that is not there yet."""
    names = (folder, *(folder.with_name(f"{folder.name}-{number}") for number in range(2, 1000)))
    return next(name for name in names if not name.exists())
