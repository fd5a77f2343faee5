"""The check that outputs are shown as they came."""

from collections.abc import Iterator

from toolchain.check.base import BuiltBook, Check
from toolchain.execute.showing import NOT_ADMITTED
from toolchain.model import Finding


class NotAdmitted(Check):
    """An output that is not shown as it came."""

    id = NOT_ADMITTED
    title = "an output is not shown as it came"
    explanation = (
        "A result may come from anywhere, so what a cell has put out is data and has to be what its kind says: pictures that "
        "can be decoded and are not too large, SVG without scripts and without anything of elsewhere, PDF that only draws, "
        "Markdown whose pictures are written into it, JSON that is not nested without end. Whatever else there is becomes words "
        "that say so, or is shown without the part that is not; the stored result stays as it came. Correct what the cell "
        "displays. If the result came from elsewhere, have it computed anew, with `toolchain execute --force PAGE`."
    )

    def claims(self, warning: Finding) -> bool:
        """Claim what the gate has found."""
        return warning.id == self.id

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Yield what the gate has found."""
        for finding in filter(self.claims, built.warnings):
            yield self.found(finding.message, finding.path, finding.line, finding.remedy)
