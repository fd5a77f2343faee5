"""The folder that a notebook runs in: a copy of what it may read, so that a run cannot change the sources."""

import shutil
from pathlib import Path

from toolchain.files import files_below, sha256_file
from toolchain.model import Document, FileRecord
from toolchain.settings import DATA, Settings

DOCUMENTS = (".md", ".ipynb")


def inputs(document: Document, settings: Settings) -> tuple[FileRecord, ...]:
    """Return every file that the notebook's scratch folder holds, with its digest.

    All of them count as inputs, read or not: coarse, and never stale.
    """
    return tuple(
        FileRecord(path=path.relative_to(settings.project).as_posix(), sha256=sha256_file(path))
        for path in _files(document, settings)
    )


def fill(scratch: Path, document: Document, settings: Settings) -> Path:
    """Copy the notebook's files to their places relative to each other and return the folder to run in."""
    for path in _files(document, settings):
        target = scratch / path.relative_to(settings.project)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    folder = scratch / Path(document.path).parent
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def copied(scratch: Path, document: Document, settings: Settings) -> tuple[FileRecord, ...]:
    """Return the same of the copies that were made."""
    names = (path.relative_to(settings.project).as_posix() for path in _files(document, settings))
    return tuple(
        FileRecord(path=name, sha256=sha256_file(scratch / name))
        for name in names
        if (scratch / name).is_file()
    )


def _files(document: Document, settings: Settings) -> list[Path]:
    """List the chapter's files that are no pages, book/data, and what the notebook declares."""
    chapter = (settings.project / document.path).parent
    found = {settings.project / DATA, *(settings.project / each for each in document.declared.data)}
    paths = {path for each in found for path in ([each] if each.is_file() else files_below(each))}
    if document.chapter:
        paths.update(path for path in files_below(chapter) if path.suffix not in DOCUMENTS)
    return sorted(paths)
