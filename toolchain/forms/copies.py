"""Files that are copied, or put into archives: what is there already with the same content is not written again.

Digests say whether it is; they are taken anew of each file that looks different, see toolchain.base.digests.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from toolchain.base.aside import file_aside
from toolchain.base.digests import Digests
from toolchain.base.errors import SourceError
from toolchain.base.files import copy_file, remove, sha256_bytes, write_atomically

Content = bytes | Path
"""Of a file: itself, or another file that has it."""


def mirror(folder: Path, files: Mapping[str, Content], digests: Digests) -> None:
    """Have exactly these files below a folder, given by their paths in it.

    Raises SourceError for a file to copy that cannot be read any more.
    """
    folders = {parent.as_posix() for name in files for parent in PurePosixPath(name).parents}
    for path in sorted(folder.rglob("*"), reverse=True):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or name not in (folders if path.is_dir() else files):
            remove(path)
    for name, content in files.items():
        target = folder / name
        if target.is_file() and digests.of(target) == digest(name, content, digests):
            continue
        if isinstance(content, bytes):
            write_atomically(target, content)
        else:
            with file_aside(target) as aside, opened(name, content):
                copy_file(content, aside)


def digest(name: str, content: Content, digests: Digests) -> str:
    """Return the digest of a content. Raises SourceError as above."""
    if isinstance(content, bytes):
        return sha256_bytes(content)
    with _told(name):
        return digests.of(content)


@contextmanager
def opened(name: str, content: Content) -> Iterator[IO[bytes]]:
    """Give a content to read. Raises SourceError as above."""
    if isinstance(content, bytes):
        yield io.BytesIO(content)
        return
    with _told(name):
        stream = content.open("rb")
    with stream:
        yield stream


@contextmanager
def _told(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SourceError(
            f"{name}: {error.strerror}; it was there when the pages were read", remedy="Build again."
        ) from error
