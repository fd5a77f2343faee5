"""Archives of notebooks: which there are, what is called what in them, and zips with the same bytes for the same content."""

import io
import posixpath
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from toolchain.base.errors import SourceError
from toolchain.base.files import write_atomically
from toolchain.model import Document
from toolchain.project.settings import SOURCES

EPOCH = (1980, 1, 1, 0, 0, 0)
MODE = 0o100644 << 16
ALONE = "notebooks-alone"
"""Folder below _build: each page's notebook with its images in it."""


def grouped(pages: Iterable[Document], slug: str) -> dict[str, list[str]]:
    """Return the archives by their names, each with its pages: chapters in order, then the book, which is called `slug`."""
    pages = [each for each in pages if each.bundle]
    chapters: dict[str, list[str]] = {}
    for each in pages:
        if each.chapter:
            chapters.setdefault(each.name.partition("/")[0], []).append(each.name)
    return {**chapters, slug: [each.name for each in pages]}


def names_of(pages: Iterable[Document]) -> dict[str, str]:
    """Return the path of each page's notebook in the bundles: beside its page's, with a name that sorts as in the book.

    Raises SourceError if two pages would have the same one.
    """
    pages = [each for each in pages if each.bundle]
    width = max((len(part) for each in pages for part in each.number.split(".")), default=1)
    names: dict[str, str] = {}
    seen: dict[str, Document] = {}
    for each in pages:
        folder, _, stem = each.name.rpartition("/")
        if stem == "index" and folder:
            stem = folder.rpartition("/")[2].removeprefix("chapter_")
        number = ".".join(part.zfill(width) if part.isdigit() else part for part in each.number.split("."))
        path = posixpath.join(SOURCES, folder, f"{number}-{stem}.ipynb" if number else f"{stem}.ipynb")
        other = seen.setdefault(path.lower(), each)
        if other is not each:
            raise SourceError(
                f"{each.path} and {other.path} would be the same notebook, {path}",
                remedy="Name one of the files otherwise.",
            )
        names[each.name] = path
    return names


def write_zip(path: Path, entries: Mapping[str, bytes]) -> None:
    """Write an archive of files by their names in it.

    Raises SourceError for a name that would land outside the folder that it is unpacked in.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(entries):
            parts = PurePosixPath(name)
            if parts.is_absolute() or ".." in parts.parts:
                raise SourceError(f"{path.name}: {name!r} would be unpacked outside its folder")
            info = zipfile.ZipInfo(name, date_time=EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = MODE
            info.create_system = 3  # Unix, wherever it was written
            archive.writestr(info, entries[name])
    write_atomically(path, buffer.getvalue())
