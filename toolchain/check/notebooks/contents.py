"""Checks of the notebooks to download: that they are whole, valid, and what the sources say."""

import re
import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import zip_longest

from toolchain.base.files import sha256_file
from toolchain.check import source_places
from toolchain.check.base import BuiltBook, Check
from toolchain.forms.html.form import DOWNLOADS
from toolchain.forms.notebooks.reading.archives import Archive, Notebook
from toolchain.model import Document, Finding

README, REQUIREMENTS = "README.md", "requirements.txt"
NAMED = re.compile(r"requirements[\w-]*\.txt")
COMMAND = "    "
"""Begins the lines of a README that a reader is to enter in a shell."""
SHOWN = 60


class InvalidNotebook(Check):
    """A notebook that Jupyter would refuse."""

    id = "NB001"
    title = "a notebook in a bundle is not valid"
    needs = frozenset({"notebooks"})
    explanation = (
        "nbformat's schema does not accept it. That is a defect of the toolchain: report it with the source."
    )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Validate every notebook of every archive, and those that stand alone."""
        for archive, notebook in built.archives.notebooks:
            if notebook.problem:
                name = notebook.name if archive.path.suffix == ".zip" else archive.title
                path = source_places.source(built, notebook.page) or built.relative(archive.path)
                yield self.found(f"{name}: {notebook.problem}", path)


class ForeignMarkup(Check):
    """Markup that only Sphinx knows, which a reader of Jupyter would see as characters."""

    id = "NB003"
    title = "markup of MyST or Sphinx is left in a notebook"
    needs = frozenset({"notebooks"})
    follows = frozenset({"SRC027"})
    explanation = (
        "Jupyter knows Markdown and not MyST: a reader would see the characters. Raw HTML is copied as it is, so use "
        "no roles in it. Left in other text it is a defect of the toolchain: report it with the source."
    )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Read every text cell."""
        sightings = Sightings(built)
        for archive, notebook in built.archives.notebooks:
            for cell in notebook.markdown:
                for markup in built.archives.markdown_content(cell.source).ours:
                    sightings.add(archive, notebook, f"“{_short(markup)}” is left in the notebook", markup)
        for path, line, message in sightings:
            yield self.found(message, path, line)


class IncompleteArchive(Check):
    """An archive of notebooks in which something is missing, or other than in the book."""

    id = "NB004"
    title = "an archive of notebooks is not complete"
    needs = frozenset({"notebooks"})
    explanation = (
        "It has to have every page's notebook with the code of its source, the packages to install and how to begin. "
        "Build the notebooks again; if that does not help, report it with the source."
    )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Compare what is there with the sources."""
        sightings = Sightings(built)
        for archive in built.archives.all:
            if archive.problem:
                yield self.found(
                    archive.problem, built.relative(archive.path), remedy="toolchain build notebooks"
                )
                continue
            if archive.path.suffix == ".zip":
                yield from (
                    self.found(problem, built.relative(archive.path)) for problem in _lacking(archive)
                )
            for page, name in archive.pages.items():
                notebook = archive.notebooks.get(name)
                if notebook is None:
                    sightings.add(archive, Notebook(name, page), "its notebook is not there")
                elif not notebook.problem:
                    for message, line in _differences(notebook, built.documents[page]):
                        sightings.add(archive, notebook, message, line=line)
        for path, line, message in sightings:
            yield self.found(message, path, line)


class OtherNotebooks(Check):
    """Notebooks that the site offers and that are not those that were made."""

    id = "NB005"
    title = "the site offers other notebooks than those that were made"
    needs = frozenset({"html", "notebooks"})
    explanation = "What readers download from the site is a copy of what was made. Build both forms again."

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Compare the files."""
        alone = {f"{page}.ipynb": archive for archive in built.archives.alone for page in archive.pages}
        expected = {name: archive.path for name, archive in alone.items()}
        expected |= {archive.path.name: archive.path for archive in built.archives.zips}
        for site in built.paths("html"):
            offered = {
                path.relative_to(site / DOWNLOADS).as_posix(): path
                for path in (site / DOWNLOADS).rglob("*")
                if path.is_file()
            }
            for name in sorted({*offered, *expected}):
                ours, theirs = expected.get(name), offered.get(name)
                path = built.relative(site / DOWNLOADS / name)
                if theirs is None:
                    yield self.found("the site does not have it", path)
                elif ours is None:
                    yield self.found("no such notebook was made", path)
                elif ours.is_file() and sha256_file(ours) != sha256_file(theirs):
                    yield self.found(f"is not the same as {built.relative(ours)}", path)


class Sightings:
    """Collects messages of notebooks: the same one of several archives is one, which names them unless all have it.

    "All" are the archives without a problem that have the page.
    """

    def __init__(self, built: BuiltBook) -> None:
        """Start without messages, and count the archives that have each page."""
        self._built = built
        self._titles_by_message: dict[tuple[str, int | None, str], list[str]] = defaultdict(list)
        self._archive_counts: dict[str, int] = defaultdict(int)
        for archive in built.archives.all:
            for page in archive.pages if not archive.problem else ():
                self._archive_counts[source_places.source(built, page)] += 1

    def add(
        self, archive: Archive, notebook: Notebook, message: str, needle: str = "", *, line: int | None = None
    ) -> None:
        """Add a message of a notebook; without a `line` it is that of `needle`, if that stands in the source."""
        path = source_places.source(self._built, notebook.page) or self._built.relative(archive.path)
        line = line or (self._built.line_of(path, needle) if needle and notebook.page else None)
        titles = self._titles_by_message[path, line, message]
        if archive.title not in titles:
            titles.append(archive.title)

    def __iter__(self) -> Iterator[tuple[str, int | None, str]]:
        """Yield path, line and message."""
        for (path, line, message), titles in self._titles_by_message.items():
            where = "" if len(titles) == self._archive_counts.get(path) else f" ({', '.join(titles)})"
            yield path, line, f"{message}{where}"


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _lacking(archive: Archive) -> Iterator[str]:
    """Yield what an archive lacks of the files that tell how to start, and of what they name."""
    folder = archive.path.stem
    for name in (README, REQUIREMENTS):
        if f"{folder}/{name}" not in archive.files:
            yield f"{name} is not in it"
    for name, text in archive.texts.items():
        for named in dict.fromkeys(_named_files(name, text)):
            if f"{folder}/{named}" not in archive.files:
                yield f"{named} is not in it, which {name.partition('/')[2]} names"


def _named_files(name: str, text: str) -> Iterable[str]:
    if name.endswith(README):
        commands = (line for line in text.splitlines() if line.startswith(COMMAND))
        words = (word for line in commands for word in _words(line))
        return [*NAMED.findall(text), *(word for word in words if word.endswith(".ipynb"))]
    return (line.removeprefix("./") for line in text.splitlines() if line.startswith("./"))


def _words(line: str) -> list[str]:
    """Return the words of a command, as a shell takes them apart."""
    try:
        return shlex.split(line)
    except ValueError:  # a quote that is never closed
        return line.split()


def _differences(notebook: Notebook, page: Document) -> Iterator[tuple[str, int | None]]:
    """Yield where the code of a notebook differs from that of its source: a message and the line of the cell."""
    for number, (cell, code) in enumerate(zip_longest(page.cells, notebook.code), start=1):
        if cell is None:
            yield f"the notebook has {len(notebook.code)} code cells, the page {len(page.cells)}", None
            return
        if code is None:
            yield f"cell {number} is not in the notebook", cell.line or None
        elif code != cell.source:
            yield f"cell {number} has other code in the notebook", cell.line or None
