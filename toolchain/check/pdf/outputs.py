"""The check of what cells put out: print has something of each output."""

from collections.abc import Iterator

from toolchain.check.base import BuiltBook, Check
from toolchain.model import Finding

WARNING = "sphinx.toolchain.unprintable"
"""Id of Sphinx's warnings of such outputs, given as it writes the printed book."""
REMEDY = "Display a static image too, or tag the cell `remove-output`."
REMEDIES = {
    "plotly": 'Have Plotly add a picture, with `plotly.io.renderers.default = "plotly_mimetype+png"` and kaleido among the '
    "notebooks' packages, or tag the cell `remove-output`.",
    "vega": 'Have Altair make a picture of it, with `alt.renderers.enable("png")` and vl-convert-python among the '
    "notebooks' packages, or tag the cell `remove-output`.",
}
"""By what would draw a chart."""


class UnprintableOutput(Check):
    """An output that only a browser can show."""

    id = "PDF007"
    title = "nothing of an output can be printed"
    needs = frozenset({"pdf"})
    explanation = (
        "The output is a film, a chart that scripts draw, a widget that says nothing in words, or another thing that only a "
        "browser can show, and readers of the PDF get nothing in its place. The text of such a value, `alt.Chart(...)` say, only "
        "names it. Display a static image too, as a form of the same output (`image/png`) or in a cell of its own; a "
        "`poster` of a video will do. Or show it to nobody, with the tag `remove-output`."
    )

    def claims(self, warning: Finding) -> bool:
        """Claim Sphinx's warnings of such outputs."""
        return warning.id == WARNING

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Yield Sphinx's warnings as findings of this check, each on the first line of its cell."""
        for warning in filter(self.claims, built.warnings):
            yield self.found(
                "print has nothing of what this cell shows",
                warning.path,
                _cell(built, warning),
                remedy=REMEDIES.get(warning.message.rpartition(": ")[2], REMEDY),
            )


def _cell(built: BuiltBook, warning: Finding) -> int | None:
    """Return the first line of the cell that a warning is about."""
    cells = (
        cell for document in built.book.documents if document.path == warning.path for cell in document.cells
    )
    starts = [cell.line for cell in cells if cell.line <= (warning.line or 0)]
    return max(starts, default=warning.line)
