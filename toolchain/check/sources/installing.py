"""The check of cells that install packages."""

from collections.abc import Iterator

from toolchain.check.base import ReadBook, SourceCheck
from toolchain.model import Finding
from toolchain.model.files import NOTEBOOK
from toolchain.sources import installs

NOT_RUN = {"skip-execution", "skip_execution"}


class CellThatInstalls(SourceCheck):
    """A cell that installs packages."""

    id = "SRC047"
    title = "a cell installs packages"
    explanation = (
        "What it computes, and what is computed after it, depends on packages that no lock names: another day brings "
        "another version, and the stored result does not know. What such a cell installs goes with the notebook's folder "
        "when it has run; no environment is changed by it. Ask for the package where the notebooks' environment is described. "
        "A line for readers who run the notebook elsewhere belongs in a cell with the tag `skip-execution`."
    )

    def findings(self, built: ReadBook) -> Iterator[Finding]:
        """Name each line of a cell that is run."""
        for document in built.book.notebooks:
            after = 1
            for cell in document.cells:
                if document.off or NOT_RUN.intersection(cell.tags):
                    continue
                for number, text in installs.in_cell(cell, document.language):
                    line: int | None = cell.line + number - 1
                    if document.path.endswith(NOTEBOOK):
                        line = built.line_of(document.path, text, after)
                        after = (line or after) + 1
                    message = f"cell {cell.number} installs packages: {text}"
                    yield self.found(message, document.path, line, installs.instead(document, built.settings))
