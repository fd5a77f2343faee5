"""Checks of the code cells in the site: that they are there, with their outputs, and that these are no error texts."""

import difflib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from toolchain.base import terminal
from toolchain.check.base import BuiltBook, Check
from toolchain.forms.html.site import Output, ShownCell
from toolchain.model import CodeCell, Document, Finding, Status

ERROR_TEXT = re.compile(
    r"^[ \-\w]*Traceback \(most recent call last\)|<ipython-input-|^Cell In\[\d+\], line \d", re.MULTILINE
)
LAST_LINE = re.compile(r"(?:\w+\.)*\w*(?:Error|Exception|Interrupt|Iteration|Exit)(?::.*)?")
BARE = re.compile(r"<(?:Figure size \S+ with \d+ Axes|IPython\.core\.display\.\w+ object)>|Figure\(\d+x\d+\)")
"""What stands where a picture or a table should be."""
UNSEEN = frozenset({"remove-cell", "remove_cell"})
ALLOWED = "raises-exception"


class ErrorText(Check):
    """A cell whose output is the text of an error."""

    id = "HTML003"
    title = "a cell shows an error, or a name instead of a picture"
    needs = frozenset({"html"})
    explanation = (
        "The output of a cell is a traceback, the last line of one, or the name of a picture instead of the picture. "
        "Correct the code. If the error is the point, tag the cell `raises-exception`. A figure is shown by plt.show(), "
        "or by display(figure) if it was closed, and not by printing it."
    )

    def findings(self, made: BuiltBook) -> Iterator[Finding]:
        """Read what the cells of every page have printed."""
        for document in _notebooks(made):
            if document.allow_errors:
                continue
            for cell, shown in _pairs(document, _expected(document), made):
                if shown is None or ALLOWED in cell.tags:
                    continue
                if text := _error(shown):
                    yield self.found(f"cell {cell.number} shows {text}", document.path, cell.line or None)


class LostCell(Check):
    """A code cell that is not on its page, or without its output."""

    id = "HTML004"
    follows = frozenset({"HTML003"})
    title = "a code cell, or its output, is not on its page"
    needs = frozenset({"html"})
    explanation = (
        "Every code cell is on its page, in the order of the source, with what it printed, unless its tags remove it. "
        "This page is not what its source and its result say: build again."
    )

    def findings(self, made: BuiltBook) -> Iterator[Finding]:
        """Compare every page with its source and with the result that it was made of."""
        for document in _notebooks(made):
            expected = _expected(document)
            results = _results(made.executed(document.name))
            for cell, shown in _pairs(document, expected, made):
                told = expected[cell.number - 1]
                result = results[cell.number - 1] if cell.number <= len(results) else _Cell()
                if shown is None:
                    yield self._lost(made, document, cell, "is not on the page")
                elif told.output and _prints(result, cell) and not shown.filled:
                    yield self._lost(made, document, cell, "is on the page without its output")
                elif told.output and not _shows(shown, _printed(result, cell)):
                    yield self._lost(made, document, cell, "is on the page with another output")

    def _lost(self, made: BuiltBook, document: Document, cell: CodeCell, what: str) -> Finding:
        source = made.settings.project / document.path
        page = made.settings.project / made.site.folder / f"{document.name}.html"
        edited = source.stat().st_mtime_ns > page.stat().st_mtime_ns
        remedy = "The source was saved after the site was made: build again." if edited else ""
        return self.found(f"cell {cell.number} {what}", document.path, cell.line or None, remedy)


class _Cell(Struct, frozen=True):
    """A cell of a notebook, as far as it matters here."""

    cell_type: str = "code"
    metadata: dict[str, Any] = {}
    outputs: tuple[dict[str, Any], ...] = ()


class _Notebook(Struct, frozen=True):
    cells: tuple[_Cell, ...] = ()
    metadata: dict[str, Any] = {}


class _Expected(Struct, frozen=True):
    """What a page is to have of a cell."""

    code: bool
    output: bool


def _notebooks(made: BuiltBook) -> Iterator[Document]:
    """Yield the notebooks that have a page and ran to their end, or have no result at all."""
    failed = {each.name for each in made.notebooks if each.status == Status.FAILED}
    for document in made.book.notebooks:
        page = made.site.pages.get(f"{document.name}.html")
        if document.name not in failed and page is not None and not page.empty:
            yield document


def _results(executed: bytes | None) -> list[_Cell]:
    """Return the code cells of an executed notebook."""
    notebook = msgspec.json.decode(executed, type=_Notebook) if executed else _Notebook()
    return [each for each in notebook.cells if each.cell_type == "code"]


def _expected(document: Document) -> list[_Expected]:
    """Say of each code cell what MyST-NB shows of it, as its tags and its metadata tell."""
    notebook = msgspec.json.decode(document.notebook.encode(), type=_Notebook)
    of_all = notebook.metadata.get("mystnb") or {}
    expected = []
    codes = (each for each in notebook.cells if each.cell_type == "code")
    for cell, source in zip(codes, document.cells, strict=True):
        told = of_all | (cell.metadata.get("mystnb") or {})
        tags = set(source.tags)
        seen = not tags & UNSEEN and bool(source.source.strip())
        expected.append(
            _Expected(
                code=seen and not (told.get("remove_code_source") or tags & {"remove-input", "remove_input"}),
                output=seen
                and not (told.get("remove_code_outputs") or tags & {"remove-output", "remove_output"}),
            )
        )
    return expected


def _pairs(
    document: Document, expected: list[_Expected], made: BuiltBook
) -> Iterator[tuple[CodeCell, ShownCell | None]]:
    """Yield the cells that a page is to show, each with what it does show of it."""
    shown = made.site.pages[f"{document.name}.html"].cells
    wanted = [
        (cell, told) for cell, told in zip(document.cells, expected, strict=True) if told.code or told.output
    ]
    keys = [_key(cell.source) if told.code else None for cell, told in wanted]
    matcher = difflib.SequenceMatcher(
        None, keys, [None if each.code is None else _key(each.code) for each in shown], autojunk=False
    )
    found = {
        start + n: shown[at + n] for start, at, size in matcher.get_matching_blocks() for n in range(size)
    }
    for n, (cell, _) in enumerate(wanted):
        yield cell, found.get(n)


@cache
def _key(code: str) -> str:
    """Return code as it is compared: highlighting drops spaces at the ends of lines."""
    return "\n".join(line.rstrip() for line in code.expandtabs().strip().splitlines())


def _prints(result: _Cell, cell: CodeCell) -> bool:
    """Say whether a result has an output that is to be seen; what goes to stderr may be left out by configuration."""
    for output in result.outputs:
        kind = output.get("output_type")
        if kind == "stream":
            text = "".join(output.get("text", ""))
            if output.get("name") == "stdout" and text.strip() and "remove-stdout" not in cell.tags:
                return True
        elif kind == "error" or _visible(output.get("data", {})):
            return True
    return False


def _printed(result: _Cell, cell: CodeCell) -> Iterator[str]:
    """Yield what a cell has printed, and the values that are nothing but text."""
    for output in result.outputs:
        if output.get("name") == "stdout" and "remove-stdout" not in cell.tags:
            yield "".join(output.get("text", ""))
        elif output.get("data", {}).keys() == {"text/plain"}:
            yield "".join(output["data"]["text/plain"])


def _shows(shown: ShownCell, printed: Iterable[str]) -> bool:
    """Say whether all texts are among the outputs on a page."""
    there = _letters("".join(each.text for each in shown.outputs))
    return all(_letters(each) in there for each in printed)


def _letters(text: str) -> str:
    """Return a text without spaces and without what only a terminal obeys."""
    return "".join(terminal.plain(text).split())


def _visible(data: dict[str, Any]) -> bool:
    return any("".join(value).strip() for key, value in data.items() if key == "text/plain") or any(
        key.startswith(("image/", "text/")) and key != "text/plain" for key in data
    )


def _error(shown: ShownCell) -> str:
    """Say what error text is among a cell's outputs; empty if there is none."""
    for output in shown.outputs:
        lines = output.text.strip().splitlines() or [""]
        if output.kind == "traceback" or ERROR_TEXT.search(output.text) or _ends_badly(output, lines):
            return f"an error: {lines[-1].strip()}"
    text = "\n".join(each.text.strip() for each in shown.outputs)
    bare = BARE.fullmatch(text.strip())
    return f"{bare[0]} instead of what it names" if bare and not shown.pictures else ""


def _ends_badly(output: Output, lines: list[str]) -> bool:
    return output.kind == "stderr" and bool(LAST_LINE.fullmatch(lines[-1].strip()))
