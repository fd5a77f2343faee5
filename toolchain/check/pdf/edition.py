"""A check that looks at every edition of the printed book."""

from abc import abstractmethod
from collections.abc import Iterator

from toolchain.check.base import BuiltBook, Check
from toolchain.forms.pdf.reading.printed import Printed
from toolchain.model import Finding


class EditionCheck(Check):
    """One thing that can be wrong with a PDF, looked for in each that was made and can be read."""

    needs = frozenset({"pdf"})

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Yield what is wrong in any edition; a place that one edition has reported is not repeated."""
        reported: set[tuple[str, int | None]] = set()
        for printed in self.looked_at(built):
            findings = list(self.in_edition(built, printed)) if printed.readable else []
            yield from (finding for finding in findings if (finding.path, finding.line) not in reported)
            reported |= {(finding.path, finding.line) for finding in findings}

    def looked_at(self, built: BuiltBook) -> tuple[Printed, ...]:
        """Return what it looks at."""
        return built.editions

    @abstractmethod
    def in_edition(self, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Yield what is wrong in one edition."""
