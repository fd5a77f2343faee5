"""The index of a book: scripts that a page loads by itself, over http as from a folder, where nothing else could be loaded.

One file has the pages, their sections and all words; those with the places of words are loaded as these are looked for, and the
text of a page as it is found. Names of files with places have a digest, so that no browser puts two builds together.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from toolchain.base.files import write_atomically
from toolchain.sphinxext.site.search.parts import Part

INDEX = "index.js"
TEXTS = "text"
PLACES_BYTES = 1 << 16
"""Of a file with places: at most so many, or one word."""


class Page(NamedTuple):
    """A page as results show it."""

    name: str
    address: str
    parent: str
    """Name of the page that lists it; none of the first one."""


def write(folder: Path, pages: Iterable[Page], parts: Mapping[str, Part], told: Mapping[str, Any]) -> None:
    """Write the index of these pages; `told` is what the client has to know besides."""
    listed = [page for page in pages if page.name in parts]
    position = {page.name: at for at, page in enumerate(listed)}
    files: dict[str, bytes] = {}
    starts: list[tuple[int, str]] = []
    in_order = [parts[page.name] for page in listed]
    places = _places(in_order)
    groups = _groups(places, in_order)
    for start, chunk in _chunks([places[word] for group in groups for word in group]):
        content = script("places", start, chunk)
        name = f"places-{sha256(content).hexdigest()[:12]}.js"
        files[name] = content
        starts.append((start, name))
    files[INDEX] = script(
        "index",
        {
            "pages": [
                [
                    page.name,
                    page.address,
                    position.get(page.parent, -1),
                    *(
                        [section.place, section.number, section.title]
                        for section in parts[page.name].sections
                    ),
                ]
                for page in listed
            ],
            "words": ",".join(" ".join(group) for group in groups),
            "places": starts,
            **told,
        },
    )
    for name, content in files.items():
        _write(folder / name, content)
    for path in folder.glob("*.js"):
        if path.name not in files:
            path.unlink()
    texts = {text_file(folder, page.name) for page in listed}
    for path in folder.joinpath(TEXTS).rglob("*.js"):
        if path not in texts:
            path.unlink()


def write_text(folder: Path, page: str, text: list[list[str]]) -> None:
    """Write the text of a page, for what results show of it."""
    path = text_file(folder, page)
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, script("text", page, text))


def text_file(folder: Path, page: str) -> Path:
    """Return the file with the text of a page."""
    return folder / TEXTS / f"{page}.js"


def script(name: str, *arguments: Any) -> bytes:
    """Return a script that hands something to the engine."""
    told = ",".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in arguments)
    return f"toolchainSearch.{name}({told})\n".encode()


def _write(path: Path, content: bytes) -> None:
    if not path.is_file() or path.read_bytes() != content:
        write_atomically(path, content)


def _groups(found: Iterable[str], parts: Iterable[Part]) -> list[list[str]]:
    """Return all words: those of a stem side by side. Of a word with two, one page is asked, the last one."""
    stems: dict[str, str] = {}
    for part in parts:
        stems.update(part.stems)
    groups: dict[str, list[str]] = {}
    for word in sorted(found):
        groups.setdefault(stems.get(word, word), []).append(word)
    return [groups[stem] for stem in sorted(groups)]


def _places(parts: Iterable[Part]) -> dict[str, str]:
    """Return where words are: how many sections are between one that has it and the next, and how much it counts there."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    following: dict[str, int] = {}
    for number, section in enumerate(section for part in parts for section in part.sections):
        after = number + 1
        for word, level in section.words.items():
            between = number - following.get(word, 0)
            following[word] = after
            places[word].append(f"{between}{level}" if between else level)
    return {word: "".join(found) for word, found in places.items()}


def _chunks(places: list[str]) -> Iterator[tuple[int, list[str]]]:
    start, size = 0, 0
    for at, place in enumerate(places):
        if size and size + len(place) > PLACES_BYTES:
            yield start, places[start:at]
            start, size = at, 0
        size += len(place) + 3
    yield start, places[start:]
