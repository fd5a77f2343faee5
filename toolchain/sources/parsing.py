"""The text of a page becomes its cells, by MyST-NB's own reader: what runs is what it shows.

This is the slow part of reading a book, and nothing in it depends on anything but the text; `sources.reading` remembers it.
"""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import nbformat
import yaml
from myst_nb.core.read import MystMetadataParsingError
from nbformat import NotebookNode

from toolchain.base.decoding import lines_of
from toolchain.base.errors import SourceError
from toolchain.base.files import sha256_file
from toolchain.model import CodeCell, Parsed, Slip
from toolchain.project.reach import Reach
from toolchain.project.settings import MYST_EXTENSIONS
from toolchain.sources import loading, markdown_notebooks, restructured
from toolchain.sources.cell_slips import slips_of_cells
from toolchain.sources.expressions import Text, expressions
from toolchain.sources.fences import unclosed
from toolchain.sources.metadata import hold_to_json, json_values
from toolchain.sources.outline import TooMuchError, outline
from toolchain.sources.syntax import Syntax, syntax_with

RESTRUCTURED = ".rst"
REMOVED = {"remove-cell", "remove_cell"}
OPTIONS = re.compile(r": (?:Code|Raw|Markdown) cell \d+ at line (\d+)")
"""Begins what MyST-NB says of options of a cell that it cannot read."""
WARNING = re.compile(r"ParseWarnings\(msg='([^']*)'.*")
KEY = re.compile(r"[\s-]*[\"']?([\w-]{1,99})[\"']?\s*:")
"""Begins a line of YAML that has one."""
OPEN_AND_SAVE = "open it in Jupyter, which says more, and save it there"
TAGS = re.compile(r"\s*:?tags:\s*(?P<tags>.*?)\s*$")
TRACE = 1000
"""Characters by which a part of a text is found in it."""
LONGEST = 40
"""Characters of a value that a message shows."""


def parse(
    text: str,
    path: Path,
    name: str,
    reach: Reach | None = None,
    extensions: tuple[str, ...] = MYST_EXTENSIONS,
) -> Parsed:
    """Parse a page with some extensions of MyST; `name` is the file as people call it.

    Its cells may load what `reach` says, by default what is in the page's folder.

    Raises SourceError if it cannot be parsed, with its line where that is known.
    """
    if path.suffix == RESTRUCTURED:
        return restructured.parse(text)
    with loading.within(reach or Reach(path.parent), name):
        notebook = _notebook(text, path, name, syntax := syntax_with(extensions))
    try:
        return _parsed(notebook, text, path, name, syntax)
    except TooMuchError as error:
        line = _line_of_text(error.text, text)
        raise SourceError(f"{name}{f':{line}' if line else ''}: {error}") from error


def _parsed(notebook: NotebookNode | None, text: str, path: Path, name: str, syntax: Syntax) -> Parsed:
    if notebook is None:
        metadata = _front_matter(text, name)
        return Parsed(
            metadata=metadata,
            contents=outline([text], metadata, syntax.page),
            expressions=expressions([Text(text, text.splitlines(), line=1)], metadata, syntax.myst),
            slips=_slips(None, text, syntax),
        )
    cells = _code_cells(notebook, text)
    loaded = {loading.file_of(path, cell.metadata["load"]) for cell in notebook.cells if _loads(cell, path)}
    texts = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    shown = [cell.source for cell in texts if not _is_removed(cell)]
    metadata = {key: value for key, value in notebook.metadata.items() if key != "source_map"}
    return Parsed(
        contents=outline(shown, metadata, syntax.cell),
        metadata=metadata,
        cells=cells,
        expressions=expressions(_texts_with_places(notebook, text.splitlines()), metadata, syntax.myst),
        notebook=nbformat.writes(_without_outputs(notebook)),
        loads={os.path.relpath(file, path.parent): sha256_file(file) for file in sorted(loaded)},
        slips=_slips(notebook, "" if path.suffix == ".ipynb" else text, syntax),
    )


def _slips(notebook: NotebookNode | None, text: str, syntax: Syntax) -> tuple[Slip, ...]:
    """Return what the parser takes for something else than was meant; the text is empty of an .ipynb."""
    slips = list(unclosed(text, syntax.page)) if text else []
    if notebook is not None:
        starts = notebook.metadata.get("source_map") or [None] * len(notebook.cells)
        slips += slips_of_cells(notebook, starts, text)
        for number, cell in enumerate(notebook.cells if not text else (), start=1):
            if cell.cell_type == "markdown":
                slips += (
                    msgspec.structs.replace(slip, message=f"cell {number}: {slip.message}", line=None)
                    for slip in unclosed(cell.source, syntax.cell)
                )
    return tuple(sorted(slips, key=lambda slip: slip.line or 0))


def _loads(cell: NotebookNode, path: Path) -> bool:
    """Say whether a cell's code comes from a file: of an .ipynb it never does, whatever its metadata say."""
    return path.suffix == ".md" and cell.cell_type == "code" and "load" in cell.metadata


def _line_of_text(part: str, text: str) -> int:
    """Return the line at which a part of a text begins, by its first characters; 0 if they are not in it as they stand."""
    at = f"\n{text}".find(f"\n{part.lstrip()[:TRACE]}")
    return text.count("\n", 0, at) + 1 if at >= 0 else 0


def _texts_with_places(notebook: NotebookNode, lines: list[str]) -> Iterator[Text]:
    """Yield the cells of Markdown that are shown."""
    starts = notebook.metadata.get("source_map") or [None] * len(notebook.cells)
    after = 0
    for cell, start in zip(notebook.cells, starts, strict=True):
        if cell.cell_type == "code":
            after += 1
        elif cell.cell_type == "markdown" and not _is_removed(cell):
            begins = {} if start is None else {"lines": lines[start:], "line": start + 1}
            yield Text(cell.source, after=after, cell=True, **begins)


def _is_removed(cell: NotebookNode) -> bool:
    """Say whether MyST-NB leaves a cell of Markdown out."""
    return not REMOVED.isdisjoint(cell.metadata.get("tags", []))


def _notebook(text: str, path: Path, name: str, syntax: Syntax) -> NotebookNode | None:
    """Return the page's notebook; None for plain Markdown."""
    if path.suffix == ".ipynb":
        try:
            notebook = nbformat.reads(text, as_version=4)
            # What a later version adds is nothing that is needed here.
            notebook.nbformat_minor = min(notebook.nbformat_minor, nbformat.v4.nbformat_minor)
            # Editors leave what only a later version has, such as ids; it does no harm.
            nbformat.validate(notebook, relax_add_props=True)
        except Exception as error:
            raise SourceError(
                f"{name}: is no valid notebook: {_place(error)}{_first_line(error)}; {OPEN_AND_SAVE}"
            ) from error
        hold_to_json(notebook, name)
        _refuse_bad_kinds(notebook.metadata, name)
        return notebook
    _front_matter(text, name)
    if not markdown_notebooks.is_notebook(text):
        return None
    try:
        notebook = markdown_notebooks.read(text, syntax.myst, add_source_map=True, path=path)
    except SourceError:
        raise
    except MystMetadataParsingError as error:
        said = WARNING.sub(r"\1", f"{name}: {_first_line(error)}")
        raise SourceError(OPTIONS.sub(r":\1: this cell's metadata", said)) from error
    except Exception as error:
        if refused := _tags_without_brackets(error, text, name):
            raise refused from error
        message = _place(error) + _first_line(error).replace(str(path.parent), path.parent.name)
        raise SourceError(f"{name}: cannot be read as a notebook: {message}") from error
    hold_to_json(notebook, name)
    return notebook


def _tags_without_brackets(error: Exception, text: str, name: str) -> SourceError | None:
    """Return what to say of a cell whose tags are no list; None if the error is of something else."""
    from nbformat.validator import NotebookValidationError  # noqa: PLC0415 - slow to import, and mostly not needed

    if not isinstance(error, NotebookValidationError) or [*error.absolute_path][-1:] != ["tags"]:
        return None
    written = str(error.instance)
    lines = enumerate(text.splitlines(), start=1)
    line = next((f":{n}" for n, text in lines if (tags := TAGS.match(text)) and tags["tags"] == written), "")
    return SourceError(f"{name}{line}: this cell's tags are no list; write [{written}]")


def _place(error: Exception) -> str:
    """Return where in a notebook a value is of a wrong kind, as in `cell 3: metadata.tags: `; empty for any other error."""
    from nbformat.validator import NotebookValidationError  # noqa: PLC0415 - as above

    parts = list(error.absolute_path) if isinstance(error, NotebookValidationError) else []
    if parts[:1] == ["cells"] and parts[1:]:
        number, parts = int(parts[1]) + 1, parts[2:]
        return f"cell {number}: {_joined(parts)}"
    return _joined(parts)


def _joined(parts: Iterable[str | int]) -> str:
    """Return the way to a value, with a colon; empty for no way."""
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return f"{place.lstrip('.')}: " if place else ""


def _front_matter(text: str, name: str) -> dict[str, Any]:
    """Return a page's front matter. MyST-NB takes a page whose front matter is no YAML for plain Markdown, and its cells would never run."""
    front = re.match(r"---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)", text, re.DOTALL)
    if front is None:
        return {}
    try:
        metadata = yaml.safe_load(front.group(1))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        raise SourceError(
            f"{name}:{line}: front matter is no YAML: {getattr(error, 'problem', error)}"
        ) from error
    except ValueError as error:
        line, value = _first_bad_value(front.group(1))
        short = value if len(value) <= LONGEST else f"{value[:LONGEST]} ..."
        key = KEY.match(lines_of(front.group(1))[line - 1])
        where = f"`{key[1]}`: " if key else ""
        raise SourceError(
            f"{name}:{line + 1}: front matter: {where}{short} is no date and no number that can be read; put it in quotes"
        ) from error
    except RecursionError as error:
        raise SourceError(f"{name}:2: front matter that is too deep") from error
    if metadata is not None and not isinstance(metadata, dict):
        raise SourceError(f"{name}:2: front matter is no list of keys and values")
    values: dict[str, Any] = {}
    for key, value in (metadata or {}).items():
        values |= json_values({key: value}, f"{name}:{_line_of_key(key, text)}: front matter")
    _refuse_bad_kinds(values, name)
    return values


def _line_of_key(key: Any, text: str) -> int:
    begin = re.compile(rf"[\"']?{re.escape(str(key))}[\"']?\s*:")
    return next((number for number, line in enumerate(lines_of(text), 1) if begin.match(line)), 2)


def _first_bad_value(front_matter: str) -> tuple[int, str]:
    """Return the line, counted from 1, and the text of the first value that looks like a date or a number and is none."""
    for event in yaml.parse(front_matter, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.ScalarEvent) and event.implicit[0]:
            try:
                yaml.safe_load(event.value)
            except ValueError:
                return (event.start_mark.line + 1 if event.start_mark else 1), event.value
    return 1, "a value"


def _refuse_bad_kinds(metadata: dict[str, Any], name: str) -> None:
    """Refuse front matter of a kind that no later stage could use."""
    spec = metadata.get("kernelspec", {})
    if not (
        isinstance(spec, dict) and all(isinstance(spec.get(key, ""), str) for key in ("name", "language"))
    ):
        raise SourceError(f"{name}:1: `kernelspec:` is to be written as {{name: python3}}")
    jupytext = metadata.get("jupytext", {})
    values = {key: metadata.get(key, {}) for key in ("mystnb", "language_info", "jupytext")}
    if isinstance(jupytext, dict):  # by which MyST-NB tells whether the page is a notebook
        values["jupytext.text_representation"] = jupytext.get("text_representation", {})
    for key, value in values.items():
        if not isinstance(value, dict):
            raise SourceError(f"{name}:1: `{key}:` is to be a list of keys and values")


def _code_cells(notebook: NotebookNode, text: str) -> tuple[CodeCell, ...]:
    starts = notebook.metadata.get("source_map") or [None] * len(notebook.cells)
    pairs = zip(notebook.cells, starts, strict=True)
    lines = lines_of(text)
    cells = [(cell, _first_code_line(lines, start)) for cell, start in pairs if cell.cell_type == "code"]
    return tuple(
        CodeCell(
            number=number,
            source=cell.source,
            tags=tuple(sorted(cell.metadata.get("tags", []))),
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


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
