"""The check of code cells that MyST-NB does not take for cells: they are never run, and shown as nothing or as text."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from toolchain.base.units import count
from toolchain.check.base import BuiltBook, Check
from toolchain.model import Document, Finding

FRONT = "file_format: mystnb", "kernelspec: {name: python3}"
"""What makes a page a notebook."""
MARK = "---"
JUPYTEXT_MARKDOWN = "markdown"
"""What Jupytext calls its other format, in which every block of Python is a cell."""


class CellThatIsNone(Check):
    """A code cell that is never run."""

    id = "SRC031"
    title = "a code cell is not run"
    explanation = (
        "A page is a notebook if its front matter names a kernel, as `kernelspec: {name: python3}`, or is Jupytext's with "
        "`format_name: myst`. Its cells begin at the beginning of a line: within a list, a quotation or "
        "another directive they are none."
    )

    def claims(self, warning: Finding) -> bool:
        """Claim MyST-NB's warnings of its directives where they are no cells."""
        return warning.id == "sphinx.mystnb.nbcell"

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Say once of a page that it is no notebook, and of each cell that stands within something."""
        by_path = {document.path: document for document in built.book.documents}
        warnings = [warning for warning in built.warnings if self.claims(warning)]
        cells = Counter(warning.path for warning in warnings)
        told = set()
        for warning in warnings:
            document = by_path.get(warning.path)
            if document is None or document.cells:
                message = "a code cell within a list, a quotation or another directive is not run"
                remedy = "Move it out, to the beginning of a line."
                yield self.found(message, warning.path, warning.line, remedy)
            elif warning.path not in told:
                told.add(warning.path)
                number = count(cells[warning.path], "code cell")
                message = f"the page has {number} and is no notebook: nothing of it is run"
                remedy = _remedy(document, built.lines(warning.path))
                yield self.found(message, warning.path, warning.line, remedy)
        for document in built.book.documents:
            if not document.cells and _format(document) == JUPYTEXT_MARKDOWN:
                message = "the page is in Jupytext's format of plain Markdown: nothing of it is run"
                remedy = f"Convert it: jupytext --to md:myst {document.path}"
                yield self.found(message, document.path, built.line_of(document.path, "format_name"), remedy)


def _remedy(document: Document, lines: list[str]) -> str:
    """Return what to write at the head of a page."""
    begins = bool(lines) and lines[0].strip() == MARK
    if begins and MARK not in (line.strip() for line in lines[1:]):
        return f"Its front matter is never closed: write a line `{MARK}` after it."
    lacking = [line for line in FRONT if line.partition(":")[0] not in document.metadata]
    if begins and document.metadata:
        return f"Write {' and '.join(f'`{line}`' for line in lacking or FRONT)} in its front matter."
    return "Begin it with these lines:\n  " + "\n  ".join((MARK, *FRONT, MARK))


def _format(document: Document) -> str:
    """Return the format of Jupytext's that a page's front matter names; empty if it names none."""
    value: Any = document.metadata
    for key in ("jupytext", "text_representation", "format_name"):
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""
