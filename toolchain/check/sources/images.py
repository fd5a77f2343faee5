"""Checks of the images: each is there, is shown, and says something to those who do not see it."""

import posixpath
import re
import warnings
from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatch
from html import unescape
from pathlib import Path
from urllib.parse import unquote

from toolchain.base.decoding import read_loosely
from toolchain.base.files import files_below, is_file
from toolchain.base.units import count
from toolchain.check import source_places
from toolchain.check.base import BuiltBook, Check, ReadBook, SourceCheck
from toolchain.check.sources.nearest import near, nearest, suggestion
from toolchain.model import Finding, Picture, Severity
from toolchain.outputs.limits import MOST_PIXELS
from toolchain.project.reach import SAID

SUFFIXES = (".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".pdf", ".eps")
UNREADABLE = tuple(
    re.compile(pattern)
    for pattern in (
        r"image file not readable: (?P<name>.+)",
        r"image file (?P<name>.+) not readable: .+",
        r"a suitable image for \w+ builder not found: .*\((?P<name>[^()]+)\)",
        r"a suitable image for \w+ builder not found: (?P<name>.+)",
        r"Unknown image format: (?P<name>.+)\.\.\.",
        r"(?:logo|favicon) file '(?P<name>.+)' does not exist",
        r"Could not fetch remote image: (?P<name>\S+) \[.+\]",
    )
)
ENDING = r"(?:\.(?:svg|png|jpe?g|gif|webp|avif|pdf|eps)\b|\.\*)"
ENDED = re.compile(ENDING, re.IGNORECASE)
"""Finds the few lines in which there may be a name: to look for the name itself takes long."""
NAME = re.compile(rf"(?<![^\s/()\[\]{{}}<>\"'`=,;])[^\s/()\[\]{{}}<>\"'`=,;]{{1,255}}{ENDING}", re.IGNORECASE)
ATTACHED = "attachment:"
"""Begins the name of what is in a cell of an .ipynb itself."""
TEXTS = (".md", ".ipynb", ".py", ".toml", ".css", ".html", ".tex", ".js", ".txt", ".yml", ".yaml")


class MissingImage(Check):
    """An image that is not there."""

    id = "SRC006"
    title = "an image does not exist or cannot be read"
    explanation = (
        "Readers would find a gap. Correct its path, which is relative to the page, or add the file to img/."
    )

    def claims(self, warning: Finding) -> bool:
        """Claim Sphinx's warnings of images that cannot be read."""
        return _unreadable(warning) is not None

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Find the line that names each image."""
        remote: list[str] = []
        for warning in built.warnings:
            if (match := _unreadable(warning)) is None:
                continue
            if "://" in match["name"]:
                remote.append(match["name"])
                continue
            if not warning.path:  # the configuration names it
                yield self._of_configuration(built, match["name"])
                continue
            name = posixpath.basename(match["name"])
            line = near(built, warning.path, name, warning.line or 1)
            line = line if line != 1 or warning.line else built.line_of(warning.path, name)
            if name.startswith(ATTACHED):
                remedy = "Paste the picture into this cell again, or name a file."
            else:
                remedy = suggestion(_intended_image(built, warning.path, name))
            yield self.found(f"{match['name']} cannot be read", warning.path, line, remedy)
        yield from self._remote(built, sorted(set(remote)))

    def _of_configuration(self, built: ReadBook, name: str) -> Finding:
        path = built.settings.layout.options
        intended = suggestion(_intended_image(built, path, name))
        remedy = intended or "Correct its path, which is seen from the folder of this file."
        return self.found(f"{name} cannot be read", path, built.line_of(path, name), remedy)

    def _remote(self, built: ReadBook, addresses: list[str]) -> Iterator[Finding]:
        """Name the pictures of other sites at once: most often none can be fetched, or all."""
        if addresses:
            path, line = next(_places(built, addresses[0]), ("", None))
            others = f", nor {count(len(addresses) - 1, 'other')}" if len(addresses) > 1 else ""
            yield self.found(
                f"{addresses[0]} cannot be fetched{others}", path, line, "Keep the picture beside its page."
            )


def _places(built: ReadBook, address: str) -> Iterator[tuple[str, int | None]]:
    """Yield where a picture of another site is shown: in the text, as it is typed or is meant, or by a cell."""
    for path in (document.path for document in built.book.documents):
        if line := built.line_of(path, address):
            yield path, line
    for page in built.facts.pages.values():
        yield from ((page.path, picture.line) for picture in page.pictures if picture.path == address)
    for document in built.book.notebooks:
        for line, text in source_places.outputs(built, document):
            if address in unescape(text):
                yield document.path, line


def _unreadable(warning: Finding) -> re.Match[str] | None:
    return next((match for pattern in UNREADABLE if (match := pattern.fullmatch(warning.message))), None)


def _intended_image(built: ReadBook, page: str, name: str) -> str:
    """Return the image with the most similar name, seen from the page."""
    images = {path.name: path for path in _images(built)}
    closest = nearest(name, images)
    if not closest or closest == name:
        return ""
    # Markdown ends an address at a space.
    name = posixpath.relpath(built.relative(images[closest]), posixpath.dirname(page))
    return name.replace("%", "%25").replace(" ", "%20")


class ForeignFile(Check):
    """A file that is not the book's, or is none."""

    id = "SRC018"
    title = "a page names a file that it may not take"
    explanation = (
        "It would be published with the book, or read to an end that it has not. Pages take files of the project, of the "
        "repository that it is in, and of the folders that book.toml lists as `[sources] folders`, wherever links in their "
        "paths lead. What code puts out names no file: results may come from anywhere."
    )

    def claims(self, warning: Finding) -> bool:
        """Claim what is said of such a file."""
        return warning.id.startswith("sphinx") and SAID.search(warning.message) is not None

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Find the line that names each file."""
        for warning in built.warnings:
            if self.claims(warning) and (said := SAID.search(warning.message)):
                line = near(built, warning.path, posixpath.basename(said["name"]), warning.line)
                yield self.found(
                    f"{said['name']} is not taken: {said['why']}", warning.path, line, said["remedy"]
                )


class EnormousImage(SourceCheck):
    """An image of more pixels than a machine can bear."""

    id = "SRC021"
    title = "an image has too many pixels"
    explanation = (
        f"It has more than {MOST_PIXELS // 1_000_000} million pixels. A browser takes four bytes of memory for each of them, "
        "and may show nothing at all. Save it with fewer: 3,000 across fill a page in print."
    )

    def findings(self, built: ReadBook) -> Iterator[Finding]:
        """Read the heads of the images that pages show."""
        for page in built.facts.pages.values():
            for picture in page.pictures:
                path = built.settings.project / picture.path
                if not picture.cell and is_file(path) and not _is_drawing(path) and _is_enormous(path):
                    line = near(built, page.path, path.name, picture.line)
                    yield self.found(f"{picture.path} has more than {MOST_PIXELS:,} pixels", page.path, line)


def _is_drawing(path: Path) -> bool:
    """Say whether a file begins as XML does and no raster image: a decoder would be looked for among all of them."""
    with suppress(OSError), path.open("rb") as file:
        return file.read(1) == b"<"
    return False


def _is_enormous(path: Path) -> bool:
    from PIL import Image  # noqa: PLC0415 - slow to import

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as picture:
                return picture.size[0] * picture.size[1] > MOST_PIXELS
    except Image.DecompressionBombError:
        return True
    except Exception:  # noqa: BLE001 - whatever a decoder raises; what cannot be read is said elsewhere
        return False


class UnusedImage(SourceCheck):
    """An image that no reader sees."""

    id = "SRC007"
    title = "nothing shows an image"
    severity = Severity.ADVICE
    explanation = (
        "The next author would keep it up to date for nobody. Show it, or remove the file. "
        "What notebooks read belongs in book/data."
    )

    def findings(self, built: ReadBook) -> Iterator[Finding]:
        """Compare the files with what pages show, offer or only name, and with what the project's other texts name."""
        if not built.facts.pages:
            return
        shown = {picture.path for page in built.facts.pages.values() for picture in page.pictures}
        named = {unquote(name) for path in _texts(built) for name in _names(path)}
        patterns = [posixpath.basename(name) for name in named | shown if name.endswith(".*")]
        folders = {folder for page in built.book.documents for folder in page.declared.data}
        for path in sorted(_images(built)):
            relative = built.relative(path)
            is_read = any(
                relative == folder or relative.startswith(f"{folder.rstrip('/')}/") for folder in folders
            )
            is_named = path.name in named or any(fnmatch(path.name, pattern) for pattern in patterns)
            if relative not in shown and not is_named and not is_read:
                yield self.found(f"nothing shows {relative}", relative)


def _images(built: ReadBook) -> Iterator[Path]:
    layout = built.settings.layout
    data_folder = built.settings.project / layout.data
    for folder in (built.settings.project / name for name in layout.pictures):
        yield from (
            path
            for path in files_below(folder)
            if path.suffix.lower() in SUFFIXES and data_folder not in path.parents
        )


def _texts(built: ReadBook) -> Iterator[Path]:
    """Yield the files that may name images: the book's, the configuration's, and those for readers of the repository."""
    yield from sorted(built.settings.project.glob("*.md"))
    for folder in (built.settings.sources, built.settings.config):
        yield from (path for path in files_below(folder) if path.suffix in TEXTS)


def _names(path: Path) -> Iterator[str]:
    lines = (line for line in read_loosely(path).split("\n") if ENDED.search(line))
    return (match[0] for line in lines for match in NAME.finditer(line))


class MissingAlternative(SourceCheck):
    """A picture that says nothing to those who do not see it."""

    id = "SRC008"
    title = "a picture has no alternative text"
    severity = Severity.ADVICE
    explanation = (
        "Readers who do not see it are told nothing, and neither is a search engine. Say what it shows, in a sentence: "
        "`:alt:` of a figure or image, `![words](path)`, and `mystnb: {image: {alt: words}}` of the cell that draws a plot."
    )

    def findings(self, built: ReadBook) -> Iterator[Finding]:
        """Look at the pictures in the text and at those that code draws."""
        for name, page in built.facts.pages.items():
            for picture in (picture for picture in page.pictures if not picture.alternative):
                if picture.cell:
                    line = _cell_line(built, name, picture)
                    yield self.found("what this cell draws has no alternative text", page.path, line)
                elif "://" in picture.path or is_file(built.settings.project / picture.path):
                    line = near(built, page.path, posixpath.basename(picture.path), picture.line)
                    yield self.found(f"{picture.path} has no alternative text", page.path, line)


def _cell_line(built: ReadBook, name: str, picture: Picture) -> int | None:
    """Return the first line of the code that draws a picture; `picture.line` is where its cell begins."""
    if picture.line is None:
        return None
    page = built.documents.get(name)
    lines = (cell.line for cell in (page.cells if page else ()))
    return min((line for line in lines if line + 1 >= picture.line), default=picture.line)
