"""The site's files as they are served: whole, from nowhere else, and what a page shows as one digest."""

import os
import re
import stat
import time
from collections.abc import Iterator
from hashlib import sha256
from html import escape
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import etree, html

OURS = "_toolchain"
"""Begins the addresses of what is no part of the site."""
SCRIPT, STYLE = f"/{OURS}/preview.js", f"/{OURS}/preview.css"
INDEX = "index.html"
PAGE = (".html", ".htm")
END = re.compile(rb"</html\s*>\s*\Z", re.IGNORECASE)
HEAD = re.compile(rb"<head\b[^>]*>(?:\s*<meta charset[^>]*>)?", re.IGNORECASE)
SHOWN = {"img": "src", "script": "src", "link": "href", "source": "src", "video": "src", "audio": "src"} | {
    "iframe": "src",
    "embed": "src",
    "object": "data",
}
"""Elements that show a file, or need one, with the attribute that names it."""
LOADED = {"stylesheet", "icon", "preload"}
"""Kinds of links that a page shows something of; others lead to the next page, say."""
SEARCH = "searchindex.js"
"""Sphinx's: every page loads it for its search field, any page's text changes it, and nothing of a page is in it."""
SETTLED_SECONDS = 0.5
"""What was written so long ago is not being written any more."""
SETTLING_SECONDS = 0.2
"""After which a file that a page shows counts as new."""
PATIENCE_SECONDS = 2.0
"""That a request waits for a file which is being written, or for a site that is being replaced."""
STEP_SECONDS = 0.01


class Site:
    """The folder that is served, which others write to meanwhile."""

    def __init__(self, folder: Path, early: Path | None = None, meanwhile: Path | None = None) -> None:
        """Serve a folder; it need not exist yet. As long as there is `meanwhile`, that is served instead.

        What is in `early` is served in the place of what is in either.
        """
        self.folder = folder
        self._early = early
        self._meanwhile = meanwhile
        self._digests: dict[Path, tuple[tuple[int, int, int], str]] = {}

    def find(self, path: str) -> Path | None:
        """Return the file at a path of the site, or of the folder's first page; None if there is none.

        A link counts if it leads to a file of the site, and nothing is a file but a file.
        """
        if "\0" in path or "\\" in path or any(part.startswith("..") for part in path.split("/")):
            return None
        place = path.lstrip("/") + (INDEX if path.endswith("/") or not path else "")
        folders = (self._early, self._now)
        return next((file for folder in folders if folder and (file := _file(folder, place))), None)

    def is_made(self) -> bool:
        """Say whether there is any site yet."""
        return self._now.exists()

    @property
    def _now(self) -> Path:
        return self._meanwhile if self._meanwhile and self._meanwhile.exists() else self.folder

    def is_folder(self, path: str) -> bool:
        """Say whether an address without a slash at its end is that of a folder with a first page."""
        return bool(path) and not path.endswith("/") and self.find(f"{path}/") is not None

    def version(self, path: str) -> str:
        """Return a digest of a page and of every file of the site that it shows; empty if there is no such page."""
        file = self.find(path)
        if file is None or file.suffix not in PAGE:
            return ""
        try:
            text = file.read_bytes()
        except OSError:
            return ""
        lines = [sha256(text).hexdigest()]
        lines += sorted({self._digest(shown) for shown in self._shown(text, path)})
        return sha256("\n".join(lines).encode()).hexdigest()[:32]

    def _shown(self, text: bytes, path: str) -> Iterator[Path]:
        """Yield the files of the site that a page shows or loads."""
        try:
            document = html.document_fromstring(text)
        except (etree.LxmlError, ValueError):
            return
        base = Path("/", path).parent if not path.endswith("/") else Path("/", path)
        for element in document.iter(*SHOWN):
            address = urlsplit(element.get(SHOWN[str(element.tag)]) or "")
            if element.tag == "link" and not LOADED & set((element.get("rel") or "").lower().split()):
                continue
            own = bool(address.path) and not address.scheme and not address.netloc
            if own and not address.path.endswith(SEARCH):
                name = os.path.normpath(base / unquote(address.path))
                if file := self.find(name.lstrip("/")):
                    yield file

    def _digest(self, file: Path) -> str:
        """Return a file's digest; it is read again only if it looks different.

        One that was written a moment ago may be half written: it counts as what it was before.
        """
        try:
            now = file.stat()
            looks = (now.st_mtime_ns, now.st_size, now.st_ino)
            known = self._digests.get(file)
            settled = time.time() - now.st_mtime > SETTLING_SECONDS
            if known is None or (settled and known[0] != looks):
                known = self._digests[file] = (looks, sha256(file.read_bytes()).hexdigest())
        except OSError:
            return ""
        return f"{file.name} {known[1]}"


def _file(folder: Path, place: str) -> Path | None:
    try:
        root, real = os.path.realpath(folder), os.path.realpath(folder / place)
        inside = os.path.commonpath((root, real)) == root and real != root
        is_file = stat.S_ISREG(os.stat(real).st_mode)  # noqa: PTH116 - what was resolved is opened
    except (OSError, ValueError):
        return None
    return Path(real) if inside and is_file else None


def is_being_written(file: Path) -> bool:
    """Say whether a file may be half of what it will be: it was written a moment ago, and a page has no end yet."""
    try:
        age = time.time() - file.stat().st_mtime
        if not 0 <= age < SETTLED_SECONDS:
            return False
        return not END.search(file.read_bytes()) if file.suffix in PAGE else age < 2 * STEP_SECONDS
    except OSError:
        return True


def with_preview(text: bytes, version: str) -> bytes:
    """Return a page that also loads the preview's own script; `version` is what it will compare."""
    script = f'<script src="{SCRIPT}" data-version="{escape(version)}" defer></script>'.encode()
    head = HEAD.search(text)
    at = head.end() if head else 0
    if not head and (doctype := re.match(rb"\s*<!doctype[^>]*>", text, re.IGNORECASE)):
        at = doctype.end()
    return text[:at] + script + text[at:]
