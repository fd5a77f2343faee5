"""Checks of the code as it is printed."""

from collections.abc import Iterator

from toolchain.check.base import ReadBook, SourceCheck
from toolchain.model import Finding, Severity

UNSEEN = {"remove-cell", "remove-input", "remove_cell", "remove_input"}


class WideCode(SourceCheck):
    """A line of code that a page has no room for."""

    id = "SRC012"
    title = "a line of code is too wide for print"
    severity = Severity.ADVICE
    explanation = (
        "On a screen readers have to scroll for its end, and in print it is broken where no programmer would. "
        "Break it yourself; `code_width` in [check] of book.toml says how many characters a line may have."
    )

    def findings(self, built: ReadBook) -> Iterator[Finding]:
        """Name the widest line of each cell and each sample."""
        limit = built.settings.toml.check.code_width
        pages = {page.path: page for page in built.facts.pages.values()}
        for document in built.book.documents:
            path = document.path
            texts = [
                ("cell", cell.source, cell.line or None)
                for cell in document.cells
                if not UNSEEN.intersection(cell.tags)
            ]
            texts += [
                ("sample", sample.text, sample.line)
                for sample in (pages[path].samples if path in pages else ())
            ]
            for kind, text, line in texts:
                widest = max(text.splitlines(), key=len, default="")
                if len(widest) > limit:
                    at = line and (built.line_of(path, widest.strip(), line) or line)
                    message = f"a line of this {kind} is {len(widest) - limit} characters too wide"
                    yield self.found(message, path, at)
