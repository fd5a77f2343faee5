"""Checks of what only a browser can show: print has something of each output, and of all HTML in the text."""

from collections.abc import Iterator

from toolchain.check import source_places
from toolchain.check.base import BuiltBook, Check
from toolchain.check.typed_html import REMEDIES, HtmlWithoutWords
from toolchain.model import Finding

WARNING = "sphinx.toolchain.unprintable"
"""Id of Sphinx's warnings of such outputs, given as it writes the printed book."""
REMEDY = "Display a static image too, or tag the cell `remove-output`."
DRAWN_REMEDIES = {
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
                source_places.cell_line(built, warning),
                remedy=DRAWN_REMEDIES.get(warning.message.rpartition(": ")[2], REMEDY),
            )


class UnprintedHtml(HtmlWithoutWords):
    """HTML in the text that only a browser can show."""

    id = "PDF008"
    title = "HTML in the text is not printed as the site shows it"
    needs = frozenset({"pdf"})
    follows = frozenset({"HTML001"})
    warning = "sphinx.toolchain.unprinted_html"
    explanation = (
        "HTML that is typed in a page is printed by its words, lists and tables, and by pictures that are written into it. "
        f"Of a frame, a film, a drawing or a form readers of the PDF get nothing. {REMEDIES}"
    )
