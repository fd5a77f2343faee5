"""Pages in whose words a search has found nothing, remembered from build to build: they are not searched again."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from toolchain.base.code import digest_of_rooms
from toolchain.base.decoding import read_json
from toolchain.base.files import remember, sha256_bytes
from toolchain.model import PageFacts, Passage

ROOMS = ("check", "model", "base")
"""What of our code searches: with another one all pages are searched again."""
Found = TypeVar("Found")


class _Kept(Struct, frozen=True):
    by: str = ""
    """Digest of the code that has searched."""
    searches: dict[str, tuple[str, ...]] = {}
    """The searches that have found nothing, by the digests of the words that they have gone through."""


class Silent:
    """The searches of a build, and what is remembered of those before it."""

    def __init__(self, path: Path) -> None:
        """Remember in a file, which need not exist yet."""
        self._path = path
        self._by = digest_of_rooms(ROOMS)
        kept = read_json(path, _Kept) or _Kept()
        self._before = kept.searches if kept.by == self._by else {}
        self._now: dict[str, set[str]] = {}
        self._digests: dict[str, str] = {}

    def search(
        self, page: PageFacts, name: str, find: Callable[[str], Iterable[Found]]
    ) -> Iterator[tuple[Passage, Found]]:
        """Yield what a search of this name finds in the texts of a page, each with its passage.

        What it finds depends on nothing but the text; what comes of that may depend on anything.
        """
        found = ((passage, found) for passage in page.passages for found in find(passage.text))
        yield from self._unless_silent(self._digest(page), name, found)

    def search_text(self, text: str, name: str, find: Callable[[str], Iterator[Found]]) -> Iterator[Found]:
        """Yield what a search of this name finds in a text, on which alone it depends."""
        digest = sha256_bytes(text.encode("utf-8", "surrogatepass"))
        yield from self._unless_silent(digest, name, find(text))

    def _unless_silent(self, digest: str, name: str, found: Iterator[Found]) -> Iterator[Found]:
        nothing = True
        if name not in self._before.get(digest, ()):
            for one in found:
                nothing = False
                yield one
        if nothing:
            self._now.setdefault(digest, set()).add(name)

    def save(self) -> None:
        """Remember what this book has, and nothing else; what cannot be written is searched again."""
        searches = {digest: tuple(sorted(names)) for digest, names in sorted(self._now.items())}
        if searches != self._before:
            with suppress(OSError):
                remember(self._path, msgspec.json.encode(_Kept(self._by, searches)))

    def _digest(self, page: PageFacts) -> str:
        if page.path not in self._digests:
            words = [passage.text for passage in page.passages]
            self._digests[page.path] = sha256_bytes(msgspec.json.encode(words))
        return self._digests[page.path]
