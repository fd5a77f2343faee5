"""Archives of notebooks: which there are, what is called what in them, and zips with the same bytes for the same content."""

import hashlib
import os
import posixpath
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from toolchain.base.aside import file_aside
from toolchain.base.digests import Digests
from toolchain.base.errors import SourceError
from toolchain.base.files import CHUNK, sha256_lines
from toolchain.forms.copies import Content, digest, opened
from toolchain.model import Document

EPOCH = (1980, 1, 1, 0, 0, 0)
MODE = 0o100644 << 16
WORD = re.compile(r"\w+")
INDEX = "index"
"""Stem of a folder's first page; its notebook has the folder's name, unless another page has that."""
ALONE = "notebooks-alone"
"""Folder below _build: each page's notebook with its images in it."""


def pages_by_archive(pages: Iterable[Document], slug: str) -> dict[str, list[str]]:
    """Return the names of the pages in each archive: of the chapters in order, then of the book, which is called `slug`."""
    pages = [page for page in pages if page.bundle]
    chapters: dict[str, list[str]] = {}
    for page in pages:
        if page.chapter:
            chapters.setdefault(page.name.partition("/")[0], []).append(page.name)
    return {**chapters, slug: [page.name for page in pages]}


def names_of(pages: Iterable[Document]) -> dict[str, str]:
    """Return the path of each page's notebook in the bundles: beside its page's, with a name that sorts as in the book.

    Raises SourceError if two pages would have the same one.
    """
    pages = [page for page in pages if page.bundle]
    width = max((len(part) for page in pages for part in page.number.split(".")), default=1)
    names: dict[str, str] = {}
    pages_by_path: dict[str, Document] = {}
    of_their_own = {_path(page, width, page.name.rpartition("/")[2]).lower() for page in pages}
    for page in pages:
        folder, _, stem = page.name.rpartition("/")
        path = _path(page, width, stem)
        if stem == INDEX and folder:
            of_folder = _path(page, width, folder.rpartition("/")[2].removeprefix("chapter_"))
            path = of_folder if of_folder.lower() not in of_their_own else path
        other = pages_by_path.setdefault(path.lower(), page)
        if other is not page:
            raise SourceError(
                f"{page.path} and {other.path} would be the same notebook, {path}",
                remedy="Name one of the files otherwise.",
            )
        names[page.name] = path
    return names


def _path(page: Document, width: int, stem: str) -> str:
    """Return the path of a page's notebook that has a stem after the page's number, in which each part has `width` digits."""
    number = ".".join(part.zfill(width) if part.isdigit() else part for part in page.number.split("."))
    name = f"{number}-{stem}.ipynb" if number else f"{stem}.ipynb"
    return posixpath.join(posixpath.dirname(page.path), name)


def named(around: Mapping[str, Path], page: Document) -> dict[str, Path]:
    """Return those of the files around a page that its code names: nobody has seen what it would read."""
    code = "\n".join(cell.source for cell in page.cells)
    words = set(WORD.findall(code))
    return {
        name: path
        for name, path in around.items()
        if path.name in code or (path.suffix == ".py" and path.stem in words)
    }


def write_zip(path: Path, entries: Mapping[str, Content]) -> str:
    """Write an archive of files by their names in it, and return the digest of their contents.

    Raises SourceError for a name that would land outside the folder that it is unpacked in.
    """
    lines = []
    for name in entries:
        parts = PurePosixPath(name)
        if parts.is_absolute() or ".." in parts.parts:
            raise SourceError(f"{path.name}: {name!r} would be unpacked outside its folder")
    with (
        file_aside(path) as aside,
        zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
    ):
        for name in sorted(entries):
            member = zipfile.ZipInfo(name, date_time=EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = MODE
            member.create_system = 3  # Unix, wherever it was written
            taken = hashlib.sha256()
            with opened(name, entries[name]) as stream:
                member.file_size = stream.seek(0, os.SEEK_END)
                stream.seek(0)
                with archive.open(member, "w") as written:
                    while chunk := stream.read(CHUNK):
                        taken.update(chunk)
                        written.write(chunk)
            lines.append(f"{taken.hexdigest()} {name}")
    return sha256_lines(lines)


def would_have(entries: Mapping[str, Content], digests: Digests) -> str:
    """Return the digest of the contents that an archive of these files would have now."""
    return sha256_lines(f"{digest(name, entries[name], digests)} {name}" for name in sorted(entries))
