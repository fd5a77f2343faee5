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
from toolchain.check.html import drawing
from toolchain.check.results import ResultCell
from toolchain.forms.html.reading.site import Output, ShownCell
from toolchain.model import CodeCell, Document, Finding, Status
from toolchain.outputs.mimes import SEVERAL

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

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Read what the cells of every page have printed."""
        for document in _notebooks(built):
            results = built.result(document.name)
            # What is saved in a file that is not run is there because its author kept it.
            if document.allow_errors or (document.off and not results):
                continue
            for cell, shown in _pairs(document, _expected(document), built):
                if shown is None or ALLOWED in cell.tags:
                    continue
                if text := _error(shown) or _caught(results[cell.number - 1 : cell.number]):
                    yield self.found(f"cell {cell.number} shows {text}", document.path, cell.line or None)


class LostCell(Check):
    """A code cell that is not on its page, or without its output."""

    id = "HTML004"
    follows = frozenset({"HTML003"})
    title = "a code cell, or its output, is not on its page"
    needs = frozenset({"html"})
    explanation = (
        "Every code cell is on its page, in the order of the source, with what it printed, unless its tags remove it. "
        "This page is not what its source and its result say: build again. What scripts draw counts where the site has these "
        "scripts: those of Altair's and Plotly's charts come with the toolchain's extra `charts`, and what is loaded from "
        "another host is not there for readers without a network. Let the cell display a picture too, or have the library "
        "write its scripts into the output, as Bokeh does with `output_notebook(INLINE)`."
    )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Compare every page with its source and with the result that it was made of."""
        for document in _notebooks(built):
            expected = _expected(document)
            results = built.result(document.name)
            for cell, shown in _pairs(document, expected, built):
                expectation = expected[cell.number - 1]
                result = results[cell.number - 1] if cell.number <= len(results) else ResultCell()
                if shown is None:
                    yield self._lost(built, document, cell, "is not on the page")
                elif expectation.output and _prints(result, cell) and not shown.filled:
                    yield self._lost(built, document, cell, "is on the page without its output")
                elif expectation.output and not _shows(shown, _printed(result, cell)):
                    yield self._lost(built, document, cell, "is on the page with another output")
                elif expectation.output and (missing := next(drawing.missing(result.outputs), None)):
                    yield self.found(
                        f"cell {cell.number} {missing.problem}",
                        document.path,
                        cell.line or None,
                        missing.remedy,
                    )

    def _lost(self, built: BuiltBook, document: Document, cell: CodeCell, problem: str) -> Finding:
        source = built.settings.project / document.path
        page = built.settings.project / built.site.folder / f"{document.name}.html"
        edited = source.stat().st_mtime_ns > page.stat().st_mtime_ns
        remedy = "The source was saved after the site was made: build again." if edited else ""
        return self.found(f"cell {cell.number} {problem}", document.path, cell.line or None, remedy)


class _Cell(Struct, frozen=True):
    """A cell of a notebook, as far as it matters here."""

    cell_type: str = "code"
    metadata: dict[str, Any] = {}


class _Notebook(Struct, frozen=True):
    cells: tuple[_Cell, ...] = ()
    metadata: dict[str, Any] = {}


class _Expected(Struct, frozen=True):
    """Which parts of a cell its page has to show."""

    code: bool
    output: bool


def _notebooks(built: BuiltBook) -> Iterator[Document]:
    """Yield the notebooks that have a page and ran to their end, or have no result at all."""
    failed = {report.name for report in built.notebooks if report.status == Status.FAILED}
    for document in built.book.notebooks:
        page = built.site.pages.get(f"{document.name}.html")
        if document.name not in failed and page is not None and not page.empty:
            yield document


def _expected(document: Document) -> list[_Expected]:
    """Return for each code cell which parts MyST-NB shows, according to its tags and its metadata."""
    notebook = msgspec.json.decode(document.notebook, type=_Notebook)
    notebook_options = notebook.metadata.get("mystnb") or {}
    expected = []
    code_cells = (cell for cell in notebook.cells if cell.cell_type == "code")
    for cell, source in zip(code_cells, document.cells, strict=True):
        options = notebook_options | (cell.metadata.get("mystnb") or {})
        tags = set(source.tags)
        visible = not tags & UNSEEN and bool(source.source.strip())
        expected.append(
            _Expected(
                code=visible
                and not (options.get("remove_code_source") or tags & {"remove-input", "remove_input"}),
                output=visible
                and not (options.get("remove_code_outputs") or tags & {"remove-output", "remove_output"}),
            )
        )
    return expected


def _pairs(
    document: Document, expected: list[_Expected], built: BuiltBook
) -> Iterator[tuple[CodeCell, ShownCell | None]]:
    """Yield the cells that a page has to show, each with the cell on the page; None if it is not there."""
    shown = built.site.pages[f"{document.name}.html"].cells
    visible_cells = [
        (cell, expectation)
        for cell, expectation in zip(document.cells, expected, strict=True)
        if expectation.code or expectation.output
    ]
    keys = [_key(cell.source) if expectation.code else None for cell, expectation in visible_cells]
    matcher = difflib.SequenceMatcher(
        None,
        keys,
        [None if shown_cell.code is None else _key(shown_cell.code) for shown_cell in shown],
        autojunk=False,
    )
    matched = {
        start + n: shown[at + n] for start, at, size in matcher.get_matching_blocks() for n in range(size)
    }
    for n, (cell, _) in enumerate(visible_cells):
        yield cell, matched.get(n)


@cache
def _key(code: str) -> str:
    """Return code in the form that is compared: highlighting drops spaces at the ends of lines."""
    return "\n".join(line.rstrip() for line in code.expandtabs().strip().splitlines())


def _prints(result: ResultCell, cell: CodeCell) -> bool:
    """Say whether a result has an output that is to be seen; what goes to stderr may be left out by configuration."""
    for output in result.outputs:
        kind = output.get("output_type")
        if kind == "stream":
            text = str(output.get("text", ""))
            if output.get("name") == "stdout" and text.strip() and "remove-stdout" not in cell.tags:
                return True
        elif kind == "error" or _visible(output.get("data", {})):
            return True
    return False


def _printed(result: ResultCell, cell: CodeCell) -> Iterator[str]:
    """Yield what a cell has printed, and the values that are nothing but text."""
    for output in result.outputs:
        if output.get("name") == "stdout" and "remove-stdout" not in cell.tags:
            yield str(output.get("text", ""))
        elif output.get("data", {}).keys() == {"text/plain"}:
            yield str(output["data"]["text/plain"])


def _shows(shown: ShownCell, printed: Iterable[str]) -> bool:
    """Say whether all printed texts are among the outputs of a cell on its page."""
    page_text = _letters("".join(output.text for output in shown.outputs))
    return all(_letters(text) in page_text for text in printed)


def _letters(text: str) -> str:
    """Return a text without white space and without the control sequences of a terminal."""
    return "".join(terminal.plain(text).split())


def _visible(mime_bundle: dict[str, Any]) -> bool:
    return any(
        "".join(content).strip() for mime_type, content in mime_bundle.items() if mime_type == "text/plain"
    ) or any(
        (mime_type.startswith(("image/", "text/")) and mime_type != "text/plain")
        or mime_type in drawing.KINDS
        for mime_type in mime_bundle
    )


def _error(shown: ShownCell) -> str:
    """Return what is wrong with a cell's outputs, as an error text or a bare name; empty if nothing is."""
    for output in shown.outputs:
        lines = output.text.strip().splitlines() or [""]
        if output.kind == "traceback" or ERROR_TEXT.search(output.text) or _ends_badly(output, lines):
            return f"an error: {lines[-1].strip()}"
    text = "\n".join(output.text.strip() for output in shown.outputs)
    bare = BARE.fullmatch(text.strip())
    return f"{bare[0]} instead of what it names" if bare and not shown.pictures else ""


def _caught(results: Iterable[ResultCell]) -> str:
    """Return the error that a widget has caught in a cell: it is drawn by scripts, and the notebook has gone on."""
    outputs = (output for result in results for output in result.outputs)
    inner = (caught for output in outputs for caught in output.get("data", {}).get(SEVERAL, ()))
    return next((f"an error: {error['ename']}: {error['evalue']}" for error in inner if "ename" in error), "")


def _ends_badly(output: Output, lines: list[str]) -> bool:
    return output.kind == "stderr" and bool(LAST_LINE.fullmatch(lines[-1].strip()))
