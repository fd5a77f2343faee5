"""book/ becomes a `Book`: pages, their code cells as they will run, and what they declare."""

import difflib
import re
from pathlib import Path
from typing import Any

import msgspec
import nbformat
import yaml
from myst_nb.core.read import MystMetadataParsingError, is_myst_markdown_notebook, read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig
from nbformat import NotebookNode
from pybtex.database import parse_file
from pybtex.exceptions import PybtexError
from pybtex.scanner import PybtexSyntaxError

from toolchain.errors import SourceError
from toolchain.files import files_below
from toolchain.model import Book, CodeCell, Declaration, Document
from toolchain.settings import DATA, MYST_EXTENSIONS, Settings

MYST = MdParserConfig(enable_extensions=set(MYST_EXTENSIONS))
IMAGE = re.compile(r"(?:\{(?:figure|image)\}\s+|!\[[^\]]*\]\()(?P<path>[^\s)]+)")
SAMPLE = re.compile(r"^(?P<fence>`{3,}|~{3,})(?!\s*\{).*?^(?P=fence)", re.MULTILINE | re.DOTALL)
SUFFIXES = (".md", ".ipynb")
EXECUTION_KEY = "execution"
# Front matter with which a page could have MyST-NB run it after all, or read it in another way than we did.
RESERVED_MYSTNB = ("execution_", "kernel_rgx_aliases", "custom_formats")


def read(settings: Settings) -> Book:
    """Read every page below book/.

    Raises SourceError with all problems at once: not UTF-8, front matter that is no YAML, a notebook that
    is no notebook, an `execution:` key that does not fit.
    """
    documents, problems = [], []
    data = settings.project / DATA
    for path in files_below(settings.sources):
        if path.suffix not in SUFFIXES or data in path.parents:
            continue
        try:
            documents.append(_read_document(path, settings))
        except SourceError as error:
            problems.append(error.message)
    problems += _unreadable_bibliographies(settings)
    if problems:
        raise SourceError("\n".join(problems), remedy="Correct the places named; nothing was run.")
    _refuse_clashes(documents, settings)
    if not documents:
        raise SourceError("book/: has no pages", remedy="Begin with book/index.md.")
    return Book(tuple(documents))


def _refuse_clashes(documents: list[Document], settings: Settings) -> None:
    """Refuse what would make two things of one name: pages, results and archives are named by their sources."""
    seen: dict[str, str] = {}
    for each in documents:
        other = seen.setdefault(each.name, each.path)
        if other != each.path:
            raise SourceError(f"{each.path}: {other} is the same page", remedy="Keep one of the two.")
        if each.chapter.partition("/")[0] == settings.book.slug:
            raise SourceError(
                f"{each.path}: the chapter's folder has the name of the book, {settings.book.slug!r}",
                remedy="Name the folder otherwise: both name an archive of notebooks.",
            )
    if documents and "index" not in seen:
        raise SourceError(
            "book/index.md: no such file", remedy="It is the first page, and lists the others in a toctree."
        )


def _unreadable_bibliographies(settings: Settings) -> list[str]:
    """Say which bibliographies cannot be parsed: inside Sphinx that would end the whole build."""
    problems = []
    for path in sorted((settings.project / "bib").glob("*.bib")):
        name = path.relative_to(settings.project).as_posix()
        try:
            parse_file(str(path), "bibtex")
        except PybtexSyntaxError as error:
            problems.append(f"{name}:{error.lineno}: is no BibTeX: {_first_line(error)}")
        except (PybtexError, UnicodeDecodeError) as error:
            problems.append(f"{name}: cannot be read: {_first_line(error)}")
    return problems


def _read_document(path: Path, settings: Settings) -> Document:
    relative = path.relative_to(settings.project).as_posix()
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise SourceError(f"{relative}:{line}: is not UTF-8; save the file in that encoding") from error
    name = path.relative_to(settings.sources).with_suffix("").as_posix()
    notebook = _read_notebook(text, path, relative)
    if notebook is None:
        images = _images(text, path, relative, settings)
        return Document(name=name, path=relative, title=_title(text, name), cells=(), images=images)
    metadata: dict[str, Any] = notebook.metadata
    _refuse_bad_kinds(notebook, relative)
    _refuse_reserved(metadata, relative)
    declared = _declaration(metadata.get(EXECUTION_KEY, {}), relative, text)
    for each in declared.data:
        _refuse_outside(each, relative, settings)
    cells = _code_cells(notebook, text)
    spec = metadata.get("kernelspec") or {}
    if cells and not spec.get("name"):
        raise SourceError(
            f"{relative}:1: has code cells and names no kernel; add `kernelspec: {{name: python3}}`"
        )
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return Document(
        name=name,
        path=relative,
        title=_title(prose, name),
        cells=cells,
        images=_images(prose, path, relative, settings),
        kernel_name=spec.get("name", ""),
        language=spec.get("language", "") or metadata.get("language_info", {}).get("name", ""),
        notebook=nbformat.writes(_without_outputs(notebook)) if cells else "",
        declared=declared,
        loaded=_loaded(notebook, path, settings),
    )


def _read_notebook(text: str, path: Path, relative: str) -> NotebookNode | None:
    """Parse with MyST-NB's own reader, so that what runs is what it shows; None for plain Markdown."""
    if path.suffix == ".ipynb":
        try:
            notebook = nbformat.reads(text, as_version=4)
            nbformat.validate(notebook)
        except Exception as error:
            raise SourceError(f"{relative}: is no valid notebook: {_first_line(error)}") from error
        return notebook
    _refuse_bad_front_matter(text, relative)
    if not is_myst_markdown_notebook(text):
        return None
    try:
        return read_myst_markdown_notebook(text, config=MYST, add_source_map=True, path=path)
    except MystMetadataParsingError as error:
        raise SourceError(f"{relative}: {error}") from error
    except Exception as error:
        message = _first_line(error).replace(str(path.parent), path.parent.name)
        raise SourceError(f"{relative}: cannot be read as a notebook: {message}") from error


def _refuse_bad_front_matter(text: str, relative: str) -> None:
    """MyST-NB takes a page whose front matter is no YAML for plain Markdown, and its cells would never run."""
    front = re.match(r"---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)", text, re.DOTALL)
    if front is None:
        return
    try:
        metadata = yaml.safe_load(front.group(1))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        raise SourceError(
            f"{relative}:{line}: front matter is no YAML: {getattr(error, 'problem', error)}"
        ) from error
    if metadata is not None and not isinstance(metadata, dict):
        raise SourceError(f"{relative}:2: front matter is no list of keys and values")


def _refuse_bad_kinds(notebook: NotebookNode, relative: str) -> None:
    """Refuse front matter and tags of a kind that no later stage could use."""
    spec = notebook.metadata.get("kernelspec")
    if spec is not None and not (isinstance(spec, dict) and isinstance(spec.get("name", ""), str)):
        raise SourceError(f"{relative}:1: `kernelspec:` is to be written as {{name: python3}}")
    if not isinstance(notebook.metadata.get("mystnb") or {}, dict):
        raise SourceError(f"{relative}:1: `mystnb:` is to be a list of keys and values")
    for number, cell in enumerate((each for each in notebook.cells if each.cell_type == "code"), start=1):
        tags = cell.metadata.get("tags") or []
        if not (isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)):
            raise SourceError(
                f"{relative}: cell {number}: `tags` is to be a list of words, such as [hide-input]"
            )


def _refuse_reserved(metadata: dict[str, Any], relative: str) -> None:
    for key in metadata.get("mystnb", {}) or {}:
        if key.startswith(RESERVED_MYSTNB):
            raise SourceError(
                f"{relative}:1: front matter sets mystnb.{key}; notebooks are run by the toolchain alone: "
                f"use the `{EXECUTION_KEY}:` key"
            )


def _declaration(data: Any, relative: str, text: str) -> Declaration:
    line = next((n for n, each in enumerate(text.splitlines(), 1) if each.startswith(f"{EXECUTION_KEY}:")), 1)
    known = [each.name for each in msgspec.structs.fields(Declaration)]
    for key in data if isinstance(data, dict) else ():
        if key not in known:
            nearest = difflib.get_close_matches(str(key), known, n=1)
            hint = f"did you mean {nearest[0]!r}?" if nearest else f"known: {', '.join(known)}"
            raise SourceError(f"{relative}:{line}: unknown key {key!r} in `{EXECUTION_KEY}:`; {hint}")
    try:
        declared = msgspec.convert(data, Declaration)
    except msgspec.ValidationError as error:
        raise SourceError(f"{relative}:{line}: `{EXECUTION_KEY}:` {error}") from error
    for name in declared.env:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise SourceError(f"{relative}:{line}: `{EXECUTION_KEY}:` env: {name!r} is no name of a variable")
    return declared


def _refuse_outside(declared: str, relative: str, settings: Settings) -> None:
    target = (settings.project / declared).resolve()
    if settings.project not in target.parents:
        raise SourceError(f"{relative}:1: execution.data: {declared!r} is outside the project")
    if not target.exists():
        raise SourceError(f"{relative}:1: execution.data: {declared!r} does not exist")


def _code_cells(notebook: NotebookNode, text: str) -> tuple[CodeCell, ...]:
    starts = notebook.metadata.get("source_map") or [None] * len(notebook.cells)
    pairs = zip(notebook.cells, starts, strict=True)
    lines = text.splitlines()
    cells = [(cell, _first_code_line(lines, start)) for cell, start in pairs if cell.cell_type == "code"]
    return tuple(
        CodeCell(
            number=number,
            source=cell.source,
            tags=tuple(sorted(cell.metadata.get("tags", []) or [])),
            line=line,
        )
        for number, (cell, line) in enumerate(cells, start=1)
    )


def _first_code_line(lines: list[str], start: int | None) -> int:
    """Return the line, counted from 1, at which a cell's code begins: `start` is the one after its fence."""
    if start is None:
        return 0
    at = start
    if at < len(lines) and lines[at].strip() == "---":
        at = next((n for n in range(at + 1, len(lines)) if lines[n].strip() == "---"), at) + 1
    while at < len(lines) and (lines[at].startswith(":") or not lines[at].strip()):
        at += 1
    return at + 1


def _without_outputs(notebook: NotebookNode) -> NotebookNode:
    for number, cell in enumerate(notebook.cells, start=1):
        # nbformat draws ids at random; the same source must give the same notebook.
        cell["id"] = f"cell-{number}"
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def _loaded(notebook: NotebookNode, path: Path, settings: Settings) -> tuple[str, ...]:
    """Return the project's files that cells take their code from with `:load:`."""
    names = {str(cell.metadata["load"]) for cell in notebook.cells if "load" in cell.metadata}
    files = {(path.parent / name).resolve() for name in names}
    return tuple(
        sorted(f.relative_to(settings.project).as_posix() for f in files if settings.project in f.parents)
    )


def _images(markdown: str, path: Path, relative: str, settings: Settings) -> tuple[str, ...]:
    """Return the local images of a page; Sphinx itself says which of them are missing."""
    found = set()
    for match in IMAGE.finditer(SAMPLE.sub("", markdown)):
        address = match["path"]
        if "://" in address or address.startswith("data:"):
            continue
        base = settings.sources if address.startswith("/") else path.parent
        image = (base / address.lstrip("/")).resolve()
        if settings.project not in image.parents:
            raise SourceError(f"{relative}: image {address!r} is outside the project")
        if image.is_file():
            found.add(image.relative_to(settings.project).as_posix())
    return tuple(sorted(found))


def _title(markdown: str, name: str) -> str:
    found = re.search(r"^# +(.+?)\s*#*$", markdown, re.MULTILINE)
    return found.group(1) if found else name


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
