"""The check of what cells put out: print has something of each output."""

from collections.abc import Iterator

from toolchain.check import source_places
from toolchain.check.base import BuiltBook, Check
from toolchain.model import Finding

WARNING = "sphinx.toolchain.unprintable"
"""Id of Sphinx's warnings of such outputs, given as it writes the printed book."""


class UnprintableOutput(Check):
    """An output that only a browser can show."""

    id = "PDF007"
    title = "nothing of an output can be printed"
    needs = frozenset({"pdf"})
    explanation = (
        "The output is a film, a script or another thing that only a browser can show, and readers of the PDF get nothing "
        "in its place. Display a static image too, as a form of the same output (`image/png`) or in a cell of its own; a "
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
                remedy="Display a static image too, or tag the cell `remove-output`.",
            )
