"""What an edition was made of, kept beside it: made of the same it needs no program, and of nearly the same few passes."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from toolchain.base.decoding import read_json
from toolchain.base.files import is_utf8, write_atomically
from toolchain.processes.looked_up import WORK
from toolchain.project.settings import Settings

COVER = "-cover"
"""Ends the stem of an edition's cover."""


class FileLook(Struct, frozen=True):
    """What a file of the machine, or a folder, looks like from outside."""

    size: int
    mtime_ns: int


class Made(Struct, frozen=True, kw_only=True):
    """What an edition was made of, and what has come of it."""

    programs: str
    """Digest of how TeX and the others were started, but for the date."""
    epoch: int
    """The date of the PDF."""
    sources: dict[str, str]
    """The digest of each file of Sphinx's."""
    style: str
    """Of those that decide what TeX's notes to itself mean."""
    machine: dict[str, FileLook]
    """The files outside of the project that were read, or would have been found first, by their paths."""
    index: str = ""
    """Digest of what the index was sorted from; empty if there is none."""
    written: str = ""
    """Digest of all that the run has left."""


def same_inputs(one: Made, other: Made) -> bool:
    """Say whether two are made of the same, whatever has come of it."""
    bare = [msgspec.structs.replace(made, index="", written="") for made in (one, other)]
    return bare[0] == bare[1]


def look(paths: Iterable[Path]) -> dict[str, FileLook]:
    """Return what files and folders look like; those that are not there are left out, or cannot be written down."""
    looks = {}
    for path in filter(is_utf8, paths):
        with suppress(OSError):
            stat = path.stat()
            looks[str(path)] = FileLook(stat.st_size, stat.st_mtime_ns)
    return looks


def note(logs: Path, stem: str) -> Path:
    """Return the file that keeps what an edition was made of."""
    return logs / f"{stem}.made"


def read(path: Path) -> Made | None:
    """Return what an edition was made of; None if that is not known."""
    return read_json(path, Made)


def write(path: Path, made: Made) -> None:
    """Keep what an edition was made of."""
    write_atomically(path, msgspec.json.encode(made))


def stand(settings: Settings) -> bool:
    """Say whether this machine still is what the editions to be made were made with the last time.

    Of an edition that was never made nothing is known, and nothing has changed.
    """
    logs = settings.build / WORK
    covers = [f"{edition.stem}{COVER}" for edition in settings.editions if edition.cover]
    stems = (*(edition.stem for edition in settings.editions), *covers)
    notes = (read(note(logs, stem)) for stem in stems)
    return all(made is None or look(map(Path, made.machine)) == made.machine for made in notes)
