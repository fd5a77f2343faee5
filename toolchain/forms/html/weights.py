"""What a reader's browser loads for a page of the site: how many bytes in how many requests, as servers send them.

Counted are the page, the files that it names, and of the fonts in its style sheets those with Latin letters. What a script loads
later, and what comes from another host, is not.
"""

import posixpath
import re
import zlib
from collections.abc import Iterator
from heapq import nlargest
from pathlib import Path
from urllib.parse import unquote, urlsplit

from toolchain.base.decoding import read_whole
from toolchain.forms.html.reading.site import Site, SiteLink, SitePage
from toolchain.model import Loaded, PageWeight

MOST = 5
"""So many of the heaviest pages are reported."""
KIND_BY_SUFFIX = {
    ".css": "style sheets",
    ".js": "scripts",
    **dict.fromkeys((".woff2", ".woff", ".ttf"), "fonts"),
    **dict.fromkeys((".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".ico"), "pictures"),
}
PAGE, OTHERS = "page", "others"
TEXTS = frozenset({".css", ".js", ".svg", ".html", ".json", ".txt", ".xml"})
"""What servers compress."""
LOADING = frozenset({"src", "poster", "data", "srcset", "imagesrcset"})
"""Attributes whose addresses are loaded with the page."""
FACE = re.compile(r"@font-face\s*\{(?P<rules>[^}]*)\}")
FAMILY = re.compile(r"font-family:\s*[\"']?(?P<name>[^\"';]+)")
ADDRESS = re.compile(r"url\([\"']?(?P<path>[^\"')]+)[\"']?\)")
RANGE = re.compile(r"unicode-range:(?P<ranges>[^;}]*)")
LATIN = re.compile(r"U\+(?:0{0,2}20|0{0,3}0)-", re.IGNORECASE)
"""Begins a range with the letters of most pages."""
OF_FORMULAS = "Math"
"""In the name of a font that only formulas have."""


class Weights:
    """The weights of a site's pages; a file is compressed once, and only if it may matter."""

    def __init__(self, folder: Path, site: Site) -> None:
        """Weigh the site in a folder."""
        self._folder = folder
        self._site = site
        self._sizes: dict[str, int] = {}
        self._compressed: dict[str, int] = {}
        self._fonts: dict[str, tuple[tuple[str, bool], ...]] = {}

    def heaviest(self, most: int = MOST) -> tuple[PageWeight, ...]:
        """Return the heaviest pages, the heaviest first."""
        bounds = sorted(((self._at_most(page), page) for page in self._site.pages), reverse=True)
        found: list[PageWeight] = []
        for bound, page in bounds:
            if len(found) == most and bound < found[-1].bytes:
                break  # this one and all after it are lighter
            found = nlargest(most, (*found, self.of(page)), key=lambda weight: (weight.bytes, weight.page))
        return tuple(found)

    def heavier_than(self, budget: int) -> Iterator[PageWeight]:
        """Yield the pages that are heavier."""
        for page in self._site.pages:
            if self._at_most(page) > budget and (weight := self.of(page)).bytes > budget:
                yield weight

    def of(self, page: str) -> PageWeight:
        """Return what is loaded for a page."""
        own = Loaded(self._site.pages[page].compressed, 1)
        by_kind = {PAGE: own}
        largest, most = page, own.bytes
        for file in self._files(page):
            kind = KIND_BY_SUFFIX.get(Path(file).suffix.lower(), OTHERS)
            size, before = self._sent(file), by_kind.get(kind, Loaded())
            by_kind[kind] = Loaded(before.bytes + size, before.requests + 1)
            if size > most:
                largest, most = file, size
        total = sum(loaded.bytes for loaded in by_kind.values())
        requests = sum(loaded.requests for loaded in by_kind.values())
        return PageWeight(page, total, requests, by_kind, largest, most)

    def _at_most(self, page: str) -> int:
        return self._site.pages[page].compressed + sum(map(self._size, self._files(page)))

    def _files(self, page: str) -> set[str]:
        """Return the files that a page loads."""
        site = self._site.pages[page]
        files = {file for link in site.addresses if (file := self._loaded(page, link))}
        sheets = [file for file in files if file.endswith(".css")]
        return files | {font for sheet in sheets for font in self._fonts_of(sheet, site)}

    def _loaded(self, page: str, link: SiteLink) -> str:
        if link.attribute not in LOADING and not (link.attribute == "href" and ".css" in link.url):
            return ""
        try:
            parts = urlsplit(link.url.strip())
        except ValueError:
            return ""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path)))
        is_here = not parts.scheme and not parts.netloc and parts.path and path in self._site.files
        return path if is_here else ""

    def _fonts_of(self, sheet: str, page: SitePage) -> Iterator[str]:
        if sheet not in self._fonts:
            self._fonts[sheet] = tuple(self._faces(sheet))
        return (font for font, only_formulas in self._fonts[sheet] if page.has_formulas or not only_formulas)

    def _faces(self, sheet: str) -> Iterator[tuple[str, bool]]:
        """Yield the fonts with Latin letters that a style sheet names, and whether only formulas are set in them."""
        css = (read_whole(self._folder / sheet) or b"").decode(errors="replace")
        for face in FACE.finditer(css):
            ranges, address = RANGE.search(face["rules"]), ADDRESS.search(face["rules"])
            path = posixpath.join(posixpath.dirname(sheet), address["path"]) if address else ""
            font = posixpath.normpath(urlsplit(path).path)
            if font in self._site.files and (ranges is None or LATIN.search(ranges["ranges"])):
                family = FAMILY.search(face["rules"])
                yield font, family is not None and OF_FORMULAS in family["name"]

    def _size(self, file: str) -> int:
        if file not in self._sizes:
            try:
                self._sizes[file] = (self._folder / file).stat().st_size
            except OSError:
                self._sizes[file] = 0
        return self._sizes[file]

    def _sent(self, file: str) -> int:
        """Return the bytes of a file as servers send it."""
        if Path(file).suffix.lower() not in TEXTS:
            return self._size(file)
        if file not in self._compressed:
            self._compressed[file] = len(zlib.compress(read_whole(self._folder / file) or b""))
        return self._compressed[file]
