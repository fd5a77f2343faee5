"""Checks of the images: each is there, is shown, and says something to those who do not see it."""

import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import unquote

from toolchain.base.files import files_below
from toolchain.check.base import BuiltBook, Check
from toolchain.check.sources.nearest import near, nearest, suggestion
from toolchain.model import Finding, Picture, Severity
from toolchain.project.settings import DATA

SUFFIXES = (".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".pdf", ".eps")
UNREADABLE = tuple(
    re.compile(each)
    for each in (
        r"image file not readable: (?P<name>.+)",
        r"image file (?P<name>.+) not readable: .+",
        r"a suitable image for \w+ builder not found: .*\((?P<name>[^()]+)\)",
        r"a suitable image for \w+ builder not found: (?P<name>.+)",
        r"Unknown image format: (?P<name>.+)\.\.\.",
        r"Could not fetch remote image: (?P<name>\S+) \[.+\]",
    )
)
NAME = re.compile(
    r"[^\s/()\[\]{}<>\"'`=,;]+(?:\.(?:svg|png|jpe?g|gif|webp|avif|pdf|eps)\b|\.\*)", re.IGNORECASE
)
TEXTS = (".md", ".ipynb", ".py", ".toml", ".css", ".html", ".tex", ".js", ".txt", ".yml", ".yaml")


class MissingImage(Check):
    """An image that is not there."""

    id = "SRC006"
    title = "an image does not exist or cannot be read"
    explanation = (
        "Readers would find a gap. Correct its path, which is relative to the page, or add the file to img/."
    )

    def claims(self, warning: Finding) -> bool:
        """Take what Sphinx says of images."""
        return _unreadable(warning) is not None

    def findings(self, made: BuiltBook) -> Iterator[Finding]:
        """Find the line that names each."""
        for warning in made.warnings:
            if (found := _unreadable(warning)) is None:
                continue
            name = posixpath.basename(found["name"])
            line = near(made, warning.path, name, warning.line or 1)
            line = line if line != 1 or warning.line else made.line_of(warning.path, name)
            remedy = suggestion(_meant(made, warning.path, name))
            yield self.found(f"{found['name']} cannot be read", warning.path, line, remedy)


def _unreadable(warning: Finding) -> re.Match[str] | None:
    return next((found for each in UNREADABLE if (found := each.fullmatch(warning.message))), None)


def _meant(made: BuiltBook, page: str, name: str) -> str:
    """Return the image with the most similar name, seen from the page."""
    known = {path.name: path for path in _images(made)}
    found = nearest(name, known)
    return posixpath.relpath(made.relative(known[found]), posixpath.dirname(page)) if found else ""


class UnusedImage(Check):
    """An image that no reader sees."""

    id = "SRC007"
    title = "nothing shows an image"
    severity = Severity.ADVICE
    explanation = (
        "The next author would keep it up to date for nobody. Show it, or remove the file. "
        "What notebooks read belongs in book/data."
    )

    def findings(self, made: BuiltBook) -> Iterator[Finding]:
        """Compare the files with what pages show, offer or only name, and with what the project's other texts name."""
        if not made.facts.pages:
            return
        shown = {picture.path for page in made.facts.pages.values() for picture in page.pictures}
        named = {unquote(each) for path in _texts(made) for each in _names(path)}
        patterns = [posixpath.basename(each) for each in named | shown if each.endswith(".*")]
        folders = {each for page in made.book.documents for each in page.declared.data}
        for path in sorted(_images(made)):
            relative = made.relative(path)
            is_read = any(relative == each or relative.startswith(f"{each.rstrip('/')}/") for each in folders)
            is_named = path.name in named or any(fnmatch(path.name, each) for each in patterns)
            if relative not in shown and not is_named and not is_read:
                yield self.found(f"nothing shows {relative}", relative)


def _images(made: BuiltBook) -> Iterator[Path]:
    data = made.settings.project / DATA
    for folder in (made.settings.project / "img", made.settings.sources):
        yield from (
            path
            for path in files_below(folder)
            if path.suffix.lower() in SUFFIXES and data not in path.parents
        )


def _texts(made: BuiltBook) -> Iterator[Path]:
    """Yield the files that may name images: the book's, the configuration's, and those for readers of the repository."""
    yield from sorted(made.settings.project.glob("*.md"))
    for folder in (made.settings.sources, made.settings.config):
        yield from (path for path in files_below(folder) if path.suffix in TEXTS)


def _names(path: Path) -> Iterator[str]:
    return (found[0] for found in NAME.finditer(path.read_text(encoding="utf-8", errors="replace")))


class MissingAlternative(Check):
    """A picture that says nothing to those who do not see it."""

    id = "SRC008"
    title = "a picture has no alternative text"
    severity = Severity.ADVICE
    explanation = (
        "Readers who do not see it are told nothing, and neither is a search engine. Say what it shows, in a sentence: "
        "`:alt:` of a figure or image, `![words](path)`, and `mystnb: {image: {alt: words}}` of the cell that draws a plot."
    )

    def findings(self, made: BuiltBook) -> Iterator[Finding]:
        """Look at what is written and at what code made."""
        for name, page in made.facts.pages.items():
            for picture in (each for each in page.pictures if not each.alternative):
                if picture.cell:
                    line = _cell_line(made, name, picture)
                    yield self.found("what this cell draws has no alternative text", page.path, line)
                elif "://" in picture.path or (made.settings.project / picture.path).is_file():
                    line = near(made, page.path, posixpath.basename(picture.path), picture.line)
                    yield self.found(f"{picture.path} has no alternative text", page.path, line)


def _cell_line(made: BuiltBook, name: str, picture: Picture) -> int | None:
    """Return the first line of the code that made a picture, whose own line is that of the cell's beginning."""
    if picture.line is None:
        return None
    page = made.documents.get(name)
    lines = (cell.line for cell in (page.cells if page else ()))
    return min((each for each in lines if each + 1 >= picture.line), default=picture.line)
