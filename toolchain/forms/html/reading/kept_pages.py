"""What the checks have taken from pages of the site, kept from build to build: a page that is the same is not parsed again."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

import msgspec
from lxml import etree

from toolchain.base.code import digest_of_rooms
from toolchain.base.decoding import LARGEST, OddFileError, decode_msgpack, read_whole, require_file
from toolchain.base.digests import FileDigests
from toolchain.base.files import sha256_bytes, sha256_lines

ROOMS = ("forms", "model", "base")
"""What of our code decides what is taken from a page: with another one all are parsed again."""
HEAD = 64
"""Bytes before what is kept: its digest. What a disk has damaged would be another page's."""
Page = TypeVar("Page")


class KeptPages(Generic[Page]):
    """What was taken from pages, by the digests of the pages: a file for each."""

    def __init__(self, folder: Path, digests: FileDigests, kind: type[Page]) -> None:
        """Keep it in a folder; `digests` are of the pages, `kind` is what is taken of each."""
        self._folder = folder
        self._digests = digests
        self._kind = kind
        self._reader = sha256_lines(
            (digest_of_rooms(ROOMS), str(etree.LIBXML_VERSION), str(etree.LXML_VERSION))
        )
        self._used: set[str] = set()

    def of(self, path: Path, read: Callable[[bytes], Page]) -> Page:
        """Return what `read` takes, or has taken, from a page."""
        try:
            require_file(path, LARGEST)
            name = sha256_lines((self._reader, self._digests.of(path)))
        except (OSError, OddFileError):
            return read(b"")
        self._used.add(name)
        content = read_whole(self._folder / name) or b""
        kept = content[HEAD:]
        if content[:HEAD] == sha256_bytes(kept).encode():
            page = decode_msgpack(kept, self._kind)
            if page is not None:
                return page
        page = read(read_whole(path) or b"")
        with suppress(OSError, UnicodeEncodeError):  # what cannot be kept is taken again
            encoded = msgspec.msgpack.encode(page)
            self._folder.mkdir(parents=True, exist_ok=True)
            # Not aside, and not flushed: what is half written has another digest.
            (self._folder / name).write_bytes(sha256_bytes(encoded).encode() + encoded)
        return page

    def forget_others(self) -> None:
        """Remove what was taken from pages that are no longer there."""
        with suppress(OSError):
            for name in set(os.listdir(self._folder)) - self._used:  # noqa: PTH208 - names are enough
                (self._folder / name).unlink()
