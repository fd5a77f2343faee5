"""The folder of the pages becomes a `Book`: pages, their code cells as they will run, and what they declare."""

import difflib
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from toolchain.base import misfits
from toolchain.base.code import digest_of_rooms
from toolchain.base.decoding import SOURCE, decode_json, lines_of, read_loosely, read_text, read_whole
from toolchain.base.errors import SourceError
from toolchain.base.files import (
    remember,
    sha256_file,
    sha256_lines,
)
from toolchain.base.later import imports_later
from toolchain.base.sealed import opened, sealed
from toolchain.model import Book, Declaration, Document, Heading, Parsed
from toolchain.model.files import NOTEBOOK as NOTEBOOK_SUFFIX
from toolchain.project.reach import Reach
from toolchain.project.sections import PATTERNS
from toolchain.project.settings import MYST_EXTENSIONS, Settings
from toolchain.sources import own_contents, running, source_files
from toolchain.sources.toctree import circles, numbered_pages, page_named

NOTEBOOK = 250_000_000
"""Bytes of an .ipynb, which may have pictures in it."""
MEMORY = "parsed.json"
KNOWN = 0.5
"""Of the pages: of a book of which so many are remembered, the others are parsed one by one."""
ROOMS = ("sources", "project", "processes", "model", "base")
"""What of our code decides how a page is parsed: with another one it is parsed again."""
PACKAGES = ("myst-nb", "myst-parser", "markdown-it-py", "nbformat", "pybtex", "pyyaml")
EXECUTION_KEY = "execution"
# Front matter with which a page could have MyST-NB run it after all, or read it in another way than we did.
ALLOW_ERRORS = "execution_allow_errors"
RESERVED_MYSTNB = ("execution_", "kernel_rgx_aliases", "custom_formats")


def read(settings: Settings, *, remember: bool = True) -> Book:
    """Read every page; `remember` in _build what was parsed.

    Raises SourceError with all problems at once: not UTF-8, front matter that is no YAML, a notebook that
    is no notebook, an `execution:` key that does not fit.
    """
    documents: list[Document] = []
    pages: dict[str, Parsed] = {}
    reach = Reach.of(settings)
    memory = _Memory(settings.build / MEMORY, reach, settings.myst_extensions)
    files = source_files.pages(settings)
    if problems := list(source_files.problems(files, settings, reach)):
        raise SourceError("\n".join(problems), remedy="Correct the places named; nothing was run.")
    memory.parse_new(files, settings)
    for path in files:
        try:
            document, parsed = _read_document(path, settings, memory)
            documents.append(document)
            pages[document.name] = parsed
        except SourceError as error:
            problems.append(error.message)
    pages = own_contents.with_lists(pages, settings.contents)
    problems += _circles(pages, {document.name: document.path for document in documents}, settings)
    for path in source_files.bibliographies(settings):
        problems += memory.problems_of_bibliography(path, path.relative_to(settings.project).as_posix())
    if remember:
        memory.save()
    if problems:
        raise SourceError("\n".join(problems), remedy="Correct the places named; nothing was run.")
    _refuse_clashes(documents, settings)
    if not documents:
        folder = f"{settings.layout.sources}/" if settings.layout.sources else "the folder"
        raise SourceError(f"{folder}: has no pages", remedy=f"Begin with {settings.layout.first}.")
    return Book(tuple(_in_order(documents, pages, settings)))


def read_page(path: Path, settings: Settings) -> Document:
    """Read one page anew; what it is in the book, such as its number, is not known. Raises SourceError as `read` does."""
    return _read_document(
        path, settings, _Memory(Path(os.devnull), Reach.of(settings), settings.myst_extensions)
    )[0]


def _circles(pages: dict[str, Parsed], paths: dict[str, str], settings: Settings) -> Iterator[str]:
    """Say where a toctree goes round: Sphinx and its extensions would follow it without end."""
    for page, listed in circles(pages, settings.layout.root):
        path = paths[page]
        lines = lines_of(read_loosely(settings.project / path)) if path.endswith(".md") else []
        named = (page_named(text.strip(), page) for text in lines)
        line = next((f":{number}" for number, name in enumerate(named, start=1) if name == listed), "")
        yield (
            f"{path}{line}: the toctree lists the page itself"
            if page == listed
            else f"{path}{line}: the toctree lists {paths[listed]}, which lists this page, or a page above it"
        )


def _in_order(documents: list[Document], pages: dict[str, Parsed], settings: Settings) -> Iterator[Document]:
    """Yield the pages as they are read, each with its number."""
    by_name = {document.name: document for document in documents}
    recurring, layout = settings.book.recurring, settings.layout
    for page in numbered_pages(pages, recurring, layout.root, restarts=layout.restarts):
        number = ".".join(map(str, page.number))
        document = by_name[page.name]
        off = document.off or running.off_unlisted(document, listed=page.listed)
        yield msgspec.structs.replace(document, number=number, listed=page.listed, off=off)


class _Remembered(msgspec.Struct, frozen=True):
    pages: dict[str, Parsed] = {}
    """By a digest of the text, and of what parses it."""
    bibliographies: frozenset[str] = frozenset()
    """Digests of those that can be parsed."""


class _Memory:
    """What was parsed before: an unchanged page is not parsed again, and a book without any needs no parser."""

    def __init__(self, path: Path, reach: Reach, myst: tuple[str, ...]) -> None:
        self._path = path
        self._reach = reach
        self._myst = myst
        self._parser = sha256_lines((_parser(), *sorted(myst))) if myst != MYST_EXTENSIONS else _parser()
        # Of what is damaged, a text or a cell could be another one and pass for the page's.
        self._remembered = decode_json(opened(read_whole(path) or b""), _Remembered) or _Remembered()
        self._pages: dict[str, Parsed] = {}
        self._bibliographies: set[str] = set()

    def parse(self, text: str, path: Path, name: str) -> Parsed:
        """Return a page as `parsing` parses it, or has parsed it before. Raises SourceError if it cannot be parsed."""
        digest = self._digest(text, path)
        parsed = self._remembered.pages.get(digest) or self._pages.get(digest)
        if parsed is None or not _loads_the_same(parsed, path):
            with imports_later():
                from toolchain.sources import parsing  # noqa: PLC0415 - slow to import, and mostly not needed

            parsed = parsing.parse(text, path, name, self._reach, self._myst)
        self._pages[digest] = parsed
        return parsed

    def parse_new(self, files: Sequence[Path], settings: Settings) -> None:
        """Parse the pages of a book that is new, on all cores: what becomes of a page there, it would become here.

        One that cannot be parsed is left, to be parsed again by who says so. Besides, what parsing has needed of memory ends with
        the processes that did it.
        """
        if len(self._remembered.pages) < len(files) * KNOWN:
            names = [path.relative_to(settings.project).as_posix() for path in files]
            first, others = names[:1], names[1:]
            from toolchain.processes import forks  # noqa: PLC0415 - as above

            pool = forks.Pool(settings.jobs, lambda what, page: None)  # noqa: ARG005 - it takes no time that is worth telling
            if pool.workers(others):
                self._parsed(first, settings)  # what is loaded and compiled is then there for all workers
                for _, parsed in pool.results(others, lambda piece: self._parsed(piece, settings)):
                    self._pages.update(parsed or {})

    def _parsed(self, names: Sequence[str], settings: Settings) -> dict[str, Parsed]:
        found: dict[str, Parsed] = {}
        for name in names:
            path = settings.project / name
            with suppress(SourceError):
                text = _text(path, name)
                found[self._digest(text, path)] = self.parse(text, path, name)
        return found

    def _digest(self, text: str, path: Path) -> str:
        return sha256_lines((self._parser, path.suffix, text))

    def problems_of_bibliography(self, path: Path, name: str) -> list[str]:
        """Return what is wrong with a bibliography, if anything is."""
        try:
            text = read_text(path, name, SourceError)
        except SourceError as error:
            return [error.message]
        digest = sha256_lines((_parser(), text))
        if digest not in self._remembered.bibliographies:
            from toolchain.sources import bibliographies  # noqa: PLC0415 - as above

            if problem := bibliographies.problem(text, name):
                return [problem]
        self._bibliographies.add(digest)
        return []

    def save(self) -> None:
        """Remember what this book has, and nothing else; where that cannot be written the next run parses it again."""
        current = _Remembered(pages=self._pages, bibliographies=frozenset(self._bibliographies))
        if current != self._remembered:
            with suppress(OSError):
                remember(self._path, sealed(msgspec.json.encode(current, order="deterministic")))


def _loads_the_same(parsed: Parsed, path: Path) -> bool:
    files = {path.parent / name: digest for name, digest in parsed.loads.items()}
    return all(file.is_file() and sha256_file(file) == digest for file, digest in files.items())


@cache
def _parser() -> str:
    """Return a digest of what parses: the rooms that parsing goes through, and the packages."""
    versions = (f"{package} {version(package)}" for package in PACKAGES)
    return sha256_lines((digest_of_rooms(ROOMS), *versions))


def _refuse_clashes(documents: list[Document], settings: Settings) -> None:
    """Refuse what would make two things of one name: pages, results and archives are named by their sources."""
    paths_by_name: dict[str, str] = {}
    for document in documents:
        other = paths_by_name.setdefault(document.name, document.path)
        if other != document.path:
            raise SourceError(f"{document.path}: {other} is the same page", remedy="Keep one of the two.")
        if document.chapter.partition("/")[0] == settings.book.slug:
            raise SourceError(
                f"{document.path}: the chapter's folder has the name of the book, {settings.book.slug!r}",
                remedy="Name the folder otherwise: both name an archive of notebooks.",
            )
    layout = settings.layout
    if documents and layout.root not in paths_by_name:
        contents = settings.contents
        place = f"{contents.path}:{contents.lines[layout.root]}: " if contents else ""
        raise SourceError(
            f"{place}{layout.first}: no such file",
            remedy="It is the first page" + ("." if contents else ", and lists the others in a toctree."),
        )


def _text(path: Path, name: str) -> str:
    return read_text(path, name, SourceError, NOTEBOOK if path.suffix == NOTEBOOK_SUFFIX else SOURCE)


def _read_document(path: Path, settings: Settings, memory: _Memory) -> tuple[Document, Parsed]:
    relative = path.relative_to(settings.project).as_posix()
    text = _text(path, relative)
    name = path.relative_to(settings.sources).with_suffix("").as_posix()
    parsed = memory.parse(text, path, relative)
    metadata = parsed.metadata
    if settings.contents is None:
        _refuse_reserved(metadata, relative)
    declared = _declaration(metadata.get(EXECUTION_KEY, {}), relative, text)
    for data_path in declared.data:
        _refuse_outside(data_path, relative, settings)
    off = running.off(name, metadata, declared, settings)
    kernel_name, language = running.kernel(metadata, settings.layout)
    if parsed.cells and not off and not kernel_name:
        raise SourceError(
            f"{relative}: has code cells and names no kernel; open it in Jupyter, choose a kernel and save it"
            if path.suffix == NOTEBOOK_SUFFIX
            else f"{relative}:1: has code cells and names no kernel; add `kernelspec: {{name: python3}}`"
        )
    loaded = {(path.parent / file).resolve() for file in parsed.loads}
    document = Document(
        name=name,
        path=relative,
        title=_title(parsed, name),
        cells=parsed.cells,
        kernel_name=kernel_name,
        language=language,
        notebook=parsed.notebook if parsed.cells else "",
        declared=declared,
        bundle=_bundle(metadata, relative),
        allow_errors=metadata.get("mystnb", {}).get(ALLOW_ERRORS, settings.toml.execution.allow_errors),
        off=off,
        around=running.around(name, settings.layout),
        loaded=tuple(
            sorted(
                file.relative_to(settings.project).as_posix()
                for file in loaded
                if settings.project in file.parents
            )
        ),
        metadata=metadata,
        prerequisites=_texts(metadata.get("prerequisites")),
        expressions=parsed.expressions,
        free_latex=metadata.get("free_latex") is True,
        slips=parsed.slips,
    )
    return document, parsed


def _refuse_reserved(metadata: dict[str, Any], relative: str) -> None:
    for key, value in metadata.get("mystnb", {}).items():
        if (key == ALLOW_ERRORS and isinstance(value, bool)) or (
            key == running.MODE and value in running.OFF
        ):
            continue
        if key.startswith(RESERVED_MYSTNB):
            raise SourceError(
                f"{relative}:1: front matter sets mystnb.{key}; notebooks are run by the toolchain alone: "
                f"use the `{EXECUTION_KEY}:` key"
            )


def _declaration(section: Any, relative: str, text: str) -> Declaration:
    """Return what the `execution:` key of a page's front matter declares. Raises SourceError if it does not fit."""
    if section == {}:
        return Declaration()
    key_line = f"{EXECUTION_KEY}:"
    line = next((n for n, content in enumerate(lines_of(text), 1) if content.startswith(key_line)), 1)
    known_keys = [field.name for field in msgspec.structs.fields(Declaration)]
    for key in section if isinstance(section, dict) else ():
        if key not in known_keys:
            nearest = difflib.get_close_matches(str(key), known_keys, n=1)
            hint = f"did you mean {nearest[0]!r}?" if nearest else f"known: {', '.join(known_keys)}"
            raise SourceError(f"{relative}:{line}: unknown key {key!r} in `{EXECUTION_KEY}:`; {hint}")
    try:
        declared = msgspec.convert(section, Declaration)
    except msgspec.ValidationError as error:
        key, sentence = misfits.said(error, Declaration, PATTERNS)
        raise SourceError(f"{relative}:{line}: `{EXECUTION_KEY}: {key}` {sentence}") from error
    for name in declared.env:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise SourceError(f"{relative}:{line}: `{EXECUTION_KEY}:` env: {name!r} is no name of a variable")
    return declared


def _texts(value: Any) -> tuple[str, ...]:
    """Return the texts in a list, and none if it is no list; a check names what is no text."""
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()


def _bundle(metadata: dict[str, Any], relative: str) -> bool:
    bundle = metadata.get("bundle", True)
    if not isinstance(bundle, bool):
        raise SourceError(f"{relative}:1: `bundle:` is to be true or false")
    return bundle


def _refuse_outside(declared: str, relative: str, settings: Settings) -> None:
    target = _resolved(settings.project / declared)
    if target and settings.project not in target.parents:
        raise SourceError(f"{relative}:1: execution.data: {declared!r} is outside the project")
    if not target or not target.exists():
        raise SourceError(f"{relative}:1: execution.data: {declared!r} does not exist")


def _resolved(path: Path) -> Path | None:
    """Return a path without links and `..`; None if no file system has such a name."""
    try:
        path.exists()
        return path.resolve()
    except (OSError, ValueError):
        return None


def _title(parsed: Parsed, name: str) -> str:
    return next((block.text for block in parsed.contents if isinstance(block, Heading)), "") or name
