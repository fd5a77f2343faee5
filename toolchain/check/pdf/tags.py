"""A check of what the printed book says to those who do not see it."""

from collections.abc import Iterator

from toolchain.check.base import BuiltBook
from toolchain.check.pdf.edition import EditionCheck
from toolchain.forms.pdf.reading.printed import Printed
from toolchain.model import Finding

MOST = 5
"""Pages that are named."""


class UntaggedText(EditionCheck):
    """A screen reader says what is tagged, and nothing else."""

    id = "PDF010"
    title = "text of the PDF is in no tag"
    explanation = (
        "A screen reader reads out the tags of a PDF: headings, paragraphs, lists, tables, pictures in words. The "
        "toolchain tags all text; where some is in no tag, or there are no tags, something else has written the PDF or "
        "drawn on its pages. Build it again, and look at what conf.py has LaTeX add to every page."
    )

    def looked_at(self, built: BuiltBook) -> tuple[Printed, ...]:
        """Return the editions, and their covers."""
        return (*built.editions, *built.covers)

    def in_edition(self, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Look for the tree of the tags, and at each page."""
        tagged = printed.tagged
        if tagged is None:
            return
        if not tagged.has_structure:
            yield self.found(
                "the PDF has no tags", built.relative(printed.path), remedy="toolchain build pdf"
            )
        elif tagged.untagged:
            names = [printed.numbers[page] for page in sorted(tagged.untagged)]
            pages = ", ".join(names[:MOST]) + (f" and {len(names) - MOST} more" if len(names) > MOST else "")
            yield self.found(f"text in no tag on page {pages}", built.relative(printed.path))
