"""A page of Markdown as a notebook, and back into the page's own text: of a cell that is the same, the same bytes.

The text is cut into one piece for each cell, so that the pieces together are the text. Where a notebook comes back, its cells
are laid beside those that the text has, and only what differs is written anew. Outputs have no place in a page.
"""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from jupytext.myst import dump_yaml_blocks
from myst_nb.core import read as myst_nb_read
from nbformat import NotebookNode

from toolchain.project.settings import MYST_EXTENSIONS
from toolchain.sources import loading, markdown_notebooks
from toolchain.sources.metadata import hold_to_json
from toolchain.sources.syntax import syntax_with

LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
FENCE = re.compile(r"(?P<indent> {0,3})(?P<marks>`{3,}|~{3,}|:{3,})")
BREAK = re.compile(r" {0,3}\+\+\+")
OF_JUPYTER = {"autoscroll", "collapsed", "ExecuteTime", "execution", "scrolled", "trusted"}
"""Metadata of cells that Jupyter keeps for itself: of outputs and runs, or of how a cell is shown."""
MARKDOWN, CODE, RAW = "markdown", "code", "raw"
DIRECTIVES = {CODE: "{code-cell}", RAW: "{raw-cell}"}


class Cell(NamedTuple):
    """What a page has of a cell."""

    kind: str
    source: str
    metadata: dict[str, Any]

    @property
    def compared(self) -> tuple[str, str, str]:
        """What makes it the same cell as another."""
        return self.kind, self.source, json.dumps(self.metadata, sort_keys=True)


class Piece(NamedTuple):
    """A cell, and the part of the text that it stands in, with all up to the next one."""

    cell: Cell
    text: str


class Page(NamedTuple):
    """A page as it is cut."""

    before: str
    """All before the first cell: the front matter."""
    pieces: tuple[Piece, ...]
    metadata: dict[str, Any]
    newline: str

    @property
    def notebook(self) -> NotebookNode:
        """The notebook that Jupyter opens."""
        make = {
            MARKDOWN: nbformat.v4.new_markdown_cell,
            CODE: nbformat.v4.new_code_cell,
            RAW: nbformat.v4.new_raw_cell,
        }
        cells = [
            make[cell.kind](
                source=cell.source, metadata=nbformat.from_dict(cell.metadata), id=f"cell-{number}"
            )
            for number, (cell, _) in enumerate(self.pieces, start=1)
        ]
        return nbformat.v4.new_notebook(cells=cells, metadata=nbformat.from_dict(self.metadata))


def cut(text: str, name: str, extensions: tuple[str, ...] = MYST_EXTENSIONS) -> Page:
    """Cut a page; `name` is its file as people call it. Raises SourceError, or what MyST-NB does, if it cannot be read."""
    lines = LINE.findall(text)
    plain = _with_newlines(lines)
    newline = next((line[len(line.rstrip("\r\n")) :] for line in lines), "") or "\n"
    with _code_as_typed():
        is_notebook = markdown_notebooks.is_notebook(plain)
        config = syntax_with(extensions).myst
        notebook = (
            markdown_notebooks.read(plain, config, add_source_map=True, path=Path(name))
            if is_notebook
            else None
        )
    if notebook is None:
        return _plain(lines, plain, newline)
    starts = notebook.metadata.pop("source_map")
    hold_to_json(notebook, name)
    begins = [_begin(cell, start, lines) for cell, start in zip(notebook.cells, starts, strict=True)]
    ends = [*begins[1:], len(lines)][: len(begins)]
    pieces = (
        Piece(Cell(cell.cell_type, cell.source, _own(cell.metadata)), "".join(lines[begin:end]))
        for cell, begin, end in zip(notebook.cells, begins, ends, strict=True)
    )
    before = "".join(lines[: begins[0] if begins else len(lines)])
    return Page(before, tuple(pieces), dict(notebook.metadata), newline)


def written(page: Page, notebook: NotebookNode) -> str:
    """Return the text of a page with the cells of a notebook."""
    cells = [_cell(cell) for cell in notebook.cells]
    there = [piece.cell for piece in page.pieces]
    # Jupyter puts an empty cell into a notebook that has none, and below the last one that was run.
    cells = [cell for cell in cells if cell.source.strip() or cell.metadata or cell in there]
    # All that is written, and which of the page's pieces stands at its end.
    text, last = page.before, -1
    before: Cell | None = None
    for cell, origin in zip(cells, _origins(page.pieces, cells), strict=True):
        piece = page.pieces[origin] if origin is not None else None
        part = _text_of(cell, piece, page)
        follows = origin is not None and origin == last + 1
        if not follows:
            text = _parted(text, page.newline)
        if before and before.kind == cell.kind == MARKDOWN and not BREAK.match(part):
            part = f"+++{page.newline * 2}{part}"
        text, before = text + part, cell
        last = origin if origin is not None else -2
    if last != len(page.pieces) - 1:
        text = text.rstrip("\r\n") + page.newline
    return text


def _plain(lines: list[str], plain: str, newline: str) -> Page:
    """Return a page that is no notebook: all of its text is one cell."""
    header = markdown_notebooks.HEADER.match(plain)
    begin = plain.count("\n", 0, header.end()) if header else 0
    text = "".join(lines[begin:])
    source = _with_newlines(lines[begin:]).strip("\n")
    pieces = (Piece(Cell(MARKDOWN, source, {}), text),) if source else ()
    return Page("".join(lines[:begin]) + ("" if source else text), pieces, {}, newline)


def _with_newlines(lines: Iterable[str]) -> str:
    """Return lines as MyST-NB has them; the mark of UTF-8 that Windows puts before a file is none of its text."""
    return "".join(f"{line[: len(line) - len(_line_end(line))]}\n" for line in lines).removeprefix("\ufeff")


def _begin(cell: NotebookNode, start: int, lines: list[str]) -> int:
    """Return the line, counted from 0, at which a cell's piece begins, by where MyST-NB says that the cell does."""
    if cell.cell_type != MARKDOWN:
        return start - 1
    return start - 1 if start and BREAK.match(lines[start - 1]) else start


def _cell(cell: NotebookNode) -> Cell:
    return Cell(cell.cell_type, str(cell.source), _own(cell.metadata))


def _own(metadata: dict[str, Any]) -> dict[str, Any]:
    """Return the metadata of a cell that are the author's."""
    own = {key: value for key, value in json.loads(json.dumps(metadata)).items() if key not in OF_JUPYTER}
    if isinstance(own.get("jupyter"), dict):
        own["jupyter"].pop("outputs_hidden", None)
        if not own["jupyter"]:
            del own["jupyter"]
    return own


def _origins(pieces: Iterable[Piece], cells: list[Cell]) -> list[int | None]:
    """Return for each cell which of the pieces it is, or has been before it was changed; None for a new one."""
    old = [piece.cell for piece in pieces]
    origins: list[int | None] = [None] * len(cells)
    matcher = SequenceMatcher(
        None, [cell.compared for cell in old], [cell.compared for cell in cells], autojunk=False
    )
    for what, begin, end, now_begin, now_end in matcher.get_opcodes():
        if what == "equal":
            origins[now_begin:now_end] = range(begin, end)
        elif what == "replace":
            left = list(range(begin, end))
            for now in range(now_begin, now_end):
                same_kind = next((at for at in left if old[at].kind == cells[now].kind), None)
                if same_kind is not None:
                    origins[now] = same_kind
                    left = [at for at in left if at > same_kind]
    return origins


def _text_of(cell: Cell, piece: Piece | None, page: Page) -> str:
    """Return the text of a cell, as far as it goes the one that the page has."""
    if piece is None:
        return _new(cell, page)
    if piece.cell.compared == cell.compared:
        return piece.text
    return (_changed_text if cell.kind == MARKDOWN else _changed_code)(cell, piece, page)


def _changed_text(cell: Cell, piece: Piece, page: Page) -> str:
    """Return the text of a cell of Markdown that was changed: what is around it stays."""
    lines: list[str] = LINE.findall(piece.text)
    mark = lines.pop(0) if lines and BREAK.match(lines[0]) else ""
    if piece.cell.metadata != cell.metadata:
        mark = (
            f"+++ {json.dumps(cell.metadata, ensure_ascii=False)}{page.newline}"
            if cell.metadata
            else mark and f"+++{page.newline}"
        )
    blank = next((at for at, line in enumerate(lines) if line.strip("\r\n")), len(lines))
    ends = len(piece.cell.source.split("\n")) + blank
    rest = lines[ends:]
    tail = _line_end(lines[ends - 1]) if ends <= len(lines) else page.newline
    return mark + "".join(lines[:blank]) + _lines(cell.source, page) + tail + "".join(rest)


def _changed_code(cell: Cell, piece: Piece, page: Page) -> str:
    """Return the text of a cell with code that was changed: its fence stays, and its options if they are the same."""
    lines: list[str] = LINE.findall(piece.text)
    fence = FENCE.match(lines[0])
    assert fence is not None, piece.text  # noqa: S101 - MyST-NB has found the cell there
    marks = fence["marks"]
    closing = re.compile(rf" {{0,3}}{marks[0]}{{{len(marks)},}}[ \t]*(?:\r\n|\r|\n|\Z)")
    end = next((at for at, line in enumerate(lines) if at and closing.fullmatch(line)), len(lines))
    body = piece.cell.source.split("\n") if piece.cell.source else []
    head = lines[1 : end - len(body)]
    if piece.cell.metadata != cell.metadata:
        head = [_options(cell, page)]
    elif not head and cell.source.startswith((":", "---")):
        head = [page.newline]
    opening, closed = lines[0], lines[end] if end < len(lines) else f"{marks}{page.newline}"
    longer = _marks(cell.source, marks)
    if longer != marks:
        opening, closed = opening.replace(marks, longer, 1), f"{fence['indent']}{longer}{_line_end(closed)}"
    code = f"{_lines(cell.source, page)}{page.newline}" if cell.source else ""
    return opening + "".join(head) + code + closed + "".join(lines[end + 1 :])


def _new(cell: Cell, page: Page) -> str:
    """Return the text of a cell that the page does not have."""
    if cell.kind == MARKDOWN:
        mark = f"+++ {json.dumps(cell.metadata, ensure_ascii=False)}\n\n" if cell.metadata else ""
        return _lines(f"{mark}{cell.source.strip(chr(10))}\n\n", page)
    marks = _marks(cell.source, "```")
    options = _options(cell, page)
    if not options and cell.source.startswith((":", "---")):
        options = page.newline
    code = f"{_lines(cell.source, page)}{page.newline}" if cell.source else ""
    first = f"{marks}{DIRECTIVES[cell.kind]}{_lexer(page) if cell.kind == CODE else ''}{page.newline}"
    return f"{first}{options}{code}{marks}{page.newline * 2}"


def _lexer(page: Page) -> str:
    """Return what stands after the name of the directive in the page's other cells."""
    for cell, text in page.pieces:
        if cell.kind == CODE:
            opening: str = LINE.findall(text)[0]
            return opening.partition(DIRECTIVES[CODE])[2].rstrip("\r\n")
    return " ipython3"


def _options(cell: Cell, page: Page) -> str:
    return _lines(str(dump_yaml_blocks(cell.metadata)), page) if cell.metadata else ""


def _marks(source: str, marks: str) -> str:
    """Return a fence that no line of the code closes."""
    runs = (len(found[1]) for found in re.finditer(rf"^ {{0,3}}({marks[0]}{{3,}})", source, re.MULTILINE))
    return marks[0] * max(len(marks), *(run + 1 for run in runs), 3)


def _lines(text: str, page: Page) -> str:
    return text.replace("\n", page.newline)


def _line_end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _parted(text: str, newline: str) -> str:
    """Return a text with an empty line at its end, where it has any lines."""
    lines = LINE.findall(text)
    if not lines:
        return text
    if not _line_end(lines[-1]):
        text += newline
    return text if not lines[-1].strip() else text + newline


@contextmanager
def _code_as_typed() -> Iterator[None]:
    """Have cells that load a file show what is typed in them: that is what stands in the page."""
    of_myst_nb = getattr(myst_nb_read, loading.LOADER)
    setattr(myst_nb_read, loading.LOADER, lambda _page, _file, _token, typed: typed)
    try:
        yield
    finally:
        setattr(myst_nb_read, loading.LOADER, of_myst_nb)
