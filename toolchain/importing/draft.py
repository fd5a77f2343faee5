"""A project that is being made of a folder: its pages, files and settings, until all of it is written at once."""

import json
import posixpath
import re
import unicodedata
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat
import yaml
from msgspec import Struct
from nbformat import NotebookNode

from toolchain.base.decoding import read_text
from toolchain.base.errors import SourceError
from toolchain.base.files import files_below, sha256_bytes
from toolchain.base.patterns import literally
from toolchain.importing.front import Front
from toolchain.importing.ledger import FILE, Change, Fate, Ledger, Place
from toolchain.importing.text import Text
from toolchain.model.contents import BookContents
from toolchain.project.reach import TEXT
from toolchain.sources.source_files import ELSEWHERE

NOTEBOOK = ".ipynb"
SUFFIXES = (".md", NOTEBOOK)
WITH_IDS = (4, 5)
"""The version of notebooks in which cells have ids."""
RUNS = re.compile(r"^[ ]{0,3}(?:`{3,}|~{3,}|:{3,})[ ]*(?:\{code-cell\}|\{\.\w+ \.input)", re.MULTILINE)
"""Begins a cell, here or in a book of d2lbook."""
SOURCES = "book/"
BIBLIOGRAPHIES = "bib/"
RESERVED = (SOURCES, BIBLIOGRAPHIES, "_config/", "_build/", FILE)
"""What a project has itself, where the folder of the pages is not all that is imported."""
AT_THE_TOP = frozenset(
    {
        "readme",
        "license",
        "licence",
        "copying",
        "contributing",
        "code_of_conduct",
        "changelog",
        "citation",
        "notice",
    }
)
"""Stems of files about a repository, that its pages do not have."""


class Page:
    """A page, with the texts in it: its one text, or of a notebook each cell."""

    def __init__(self, path: str, file: Path, ledger: Ledger) -> None:
        """Read a file; `path` is relative to the folder that is imported.

        Raises SourceError if it is no text, or no notebook.
        """
        self.path = path
        self.target = path
        """Relative to the folder of the pages."""
        self.is_titled = False
        """Whether it has been given a title, before its first heading."""
        self.is_restructured = False
        """Whether it is reStructuredText, in which nobody looks for Markdown."""
        source = read_text(file, path, SourceError, TEXT)
        self._bytes = file.read_bytes()
        self.notebook = _notebook(source, path) if path.endswith(NOTEBOOK) else None
        if self.notebook is None:
            self.texts = [Text(source, Place(path), ledger)]
        else:
            cells = enumerate(self.notebook.cells, start=1)
            self._cells = [(cell, Text(cell.source, Place(path, number), ledger)) for number, cell in cells]
            self.texts = [text for cell, text in self._cells if cell.cell_type == "markdown"]
            self.code = [text for cell, text in self._cells if cell.cell_type == "code"]
        self._source, self._ledger = source, ledger
        self._metadata_changed = False
        self._added: list[tuple[int, str]] = []

    @property
    def name(self) -> str:
        """The page's name in the book."""
        return self.target.rpartition(".")[0]

    @cached_property
    def front(self) -> Front:
        """The front matter of a page of Markdown."""
        return Front(self.texts[0])

    @property
    def runs(self) -> bool:
        """Whether it has code that a kernel may run."""
        if self.notebook is not None:
            return bool(self.code)
        return not self.is_restructured and bool(RUNS.search(self.texts[0].source))

    def add_cell(self, markdown: str, kind: str, at: int) -> None:
        """Put a cell of Markdown into a notebook, before the one of a number, counted from 0."""
        self._added.append((at, markdown))
        self._ledger.changes.append(Change(Place(self.path, at + 1), kind, "", markdown))

    @property
    def metadata(self) -> dict[str, Any]:
        """Of a notebook in JSON, or the front matter of a page of Markdown."""
        return self.front.values if self.notebook is None else dict(self.notebook.metadata)

    def set(self, key: str, value: Any, kind: str) -> None:
        """Give a page some metadata, in place of what it may have had of that name."""
        if self.notebook is None:
            if key in self.front.values:
                self.front.drop(key, kind)
            if value:
                self.front.add(yaml.safe_dump({key: value}, allow_unicode=True, sort_keys=False), kind)
            return
        was = f"{key}: {self.notebook.metadata[key]}" if key in self.notebook.metadata else ""
        self.notebook.metadata[key] = value
        self._metadata_changed = True
        self._ledger.changes.append(Change(Place(self.path), kind, was, f"{key}: {value}"))

    def result(self) -> bytes:
        """Return the file: one that nobody has changed as it came, to the byte."""
        if self.notebook is None:
            self.front.close()
            written = self.texts[0].result()
            if written == self._source:
                return self._bytes
            return written.replace("\n", "\r\n" if b"\r\n" in self._bytes else "\n").encode()
        changed = self._metadata_changed
        for cell, text in self._cells:
            written = text.result()
            changed |= written != cell.source
            cell.source = written
        for at, markdown in sorted(self._added, reverse=True):
            self.notebook.cells.insert(at, _markdown_cell(markdown, self.notebook))
        changed |= bool(self._added)
        return (nbformat.writes(self.notebook) + "\n").encode() if changed else self._bytes


class Conf(Struct):
    """What `_config/conf.py` says besides what book.toml does."""

    options: dict[str, Any] = {}
    """In place of the toolchain's."""
    added: dict[str, list[Any]] = {}
    """To lists of the toolchain's."""
    merged: dict[str, dict[str, Any]] = {}
    """Into tables of the toolchain's."""
    followed: dict[str, str] = {}
    """Elements of LaTeX, added to the toolchain's."""
    folders: tuple[str, ...] = ()
    """Of modules, relative to the project."""
    code: str = ""
    """Of the folder's own conf.py, as its author has written it."""


class Draft:
    """What becomes of a folder."""

    def __init__(self, folder: Path) -> None:
        """Look through a folder. Raises SourceError for what no project can have."""
        self.folder = folder
        self.base = ""
        """Folder of the pages, with a stroke at its end; empty if it is the whole folder."""
        self.ledger = Ledger()
        self.pages: dict[str, Page] = {}
        """By their paths in the folder."""
        self.files: dict[str, Path] = {}
        """What is copied, by its path in the project."""
        self.made: dict[str, str] = {}
        """What is written besides, by its path in the project."""
        self.toml: dict[str, dict[str, Any]] = {"book": {}}
        self.conf = Conf(options={}, added={}, merged={})
        self.contents: BookContents | None = None
        """Where pages do not say themselves what they list."""
        self.generated: dict[str, str] = {}
        """Titles of pages that nobody has written, and that only list others, by their names."""
        self.requirements: tuple[Path, ...] = ()
        self.wanted: tuple[str, ...] = ()
        """What notebooks need, as for pip, where no file says so."""
        self.found = {self._name(path): path for path in self._below()}
        """All files, by their paths in the folder."""

    def _below(self) -> Iterator[Path]:
        top = self.folder.resolve()
        for path in files_below(self.folder, written=True):
            if path.resolve().is_relative_to(top):
                yield path
            else:
                name = self._name(path)
                self.ledger.lose(Place(name), "it leads out of the folder", "Put the file itself there.")

    def _name(self, path: Path) -> str:
        name = path.relative_to(self.folder).as_posix()
        if not unicodedata.is_normalized("NFC", name):
            return unicodedata.normalize("NFC", name)
        return name

    def add_page(self, path: str) -> Page:
        """Take a file as a page."""
        page = Page(path, self.found[path], self.ledger)
        page.target = path.removeprefix(self.base)
        if odd := ELSEWHERE.search(path):
            self.ledger.lose(
                Place(path), f"its name has {odd[0]}, which addresses take otherwise", "Rename the file."
            )
        self.pages[path] = page
        return page

    def place(self, path: str) -> str:
        """Return where a file or folder is in the project: what lies beside the pages' folder stays beside it."""
        within = f"{path}/".startswith(self.base)
        return f"{SOURCES}{path[len(self.base) :]}".rstrip("/") if within else path

    def add_files(self, *without: str) -> None:
        """Take all that is no page and none of the files named, at the place that it has."""
        taken: dict[str, str] = {}
        for path, file in self.found.items():
            stem = posixpath.basename(path).partition(".")[0].lower()
            if path in self.pages or path in without:
                continue
            if path.endswith(".bib"):
                target = _free(f"{BIBLIOGRAPHIES}{posixpath.basename(path)}", taken)
            elif ("/" not in path and stem in AT_THE_TOP) or file in self.requirements:
                target = path
            else:
                target = self.place(path)
                if target == path and target.startswith(RESERVED):
                    self.ledger.lose(
                        Place(path), "a project has other files at its place", "Put it elsewhere."
                    )
                    continue
            if target.startswith(SOURCES) and path.endswith(SUFFIXES):
                self.toml.setdefault("sources", {}).setdefault("exclude", []).append(
                    literally(target.removeprefix(SOURCES))
                )
            taken[target] = path
            self.files[target] = file
            self.ledger.files.append(Fate(Place(path), "as it is", target))

    def output(self) -> Iterator[tuple[str, bytes]]:
        """Yield what is written, by its path in the project."""
        for path, page in sorted(self.pages.items()):
            target = f"{SOURCES}{page.target}"
            before = len(self.ledger.changes)
            content = page.result()
            changed = len(self.ledger.changes) > before
            self.ledger.files.append(Fate(Place(path), "with changes" if changed else "as it is", target))
            yield target, content
        for target, text in sorted(self.made.items()):
            yield target, text.encode()


def _free(target: str, taken: dict[str, str]) -> str:
    """Return a path that no other file has."""
    stem, dot, suffix = target.rpartition(".")
    number = 2
    while target in taken:
        target = f"{stem}-{number}{dot}{suffix}"
        number += 1
    return target


def _notebook(source: str, path: str) -> NotebookNode:
    """Return a notebook. Raises SourceError, with the line if that is known, for what is none."""
    remedy = "Open it in Jupyter, which says more, and save it there."
    try:
        json.loads(source)
    except json.JSONDecodeError as error:
        raise SourceError(
            f"{path}:{error.lineno}: is no valid notebook: {error.msg}", remedy=remedy
        ) from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path}: is no valid notebook: {error}", remedy=remedy) from error
    try:
        notebook = nbformat.reads(source, as_version=4, capture_validation_error={})
        fits = all(isinstance(cell.source, str) and cell.cell_type for cell in notebook.cells)
    except Exception as error:
        said = str(error).partition("\n")[0]
        raise SourceError(f"{path}: is no valid notebook: {said}", remedy=remedy) from error
    if not fits:
        raise SourceError(f"{path}: is no valid notebook: a cell has no text", remedy=remedy)
    return notebook


def _markdown_cell(markdown: str, notebook: NotebookNode) -> NotebookNode:
    """Return a cell as the notebook's version has them: what is drawn at random is the same in each import."""
    cell = nbformat.v4.new_markdown_cell(markdown)
    cell.pop("id", None)
    if (notebook.nbformat, notebook.nbformat_minor) >= WITH_IDS:
        cell["id"] = f"added-{sha256_bytes(markdown.encode())[:8]}"
    return cell
