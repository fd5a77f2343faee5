"""A check that looks at every edition of the printed book."""

from abc import abstractmethod
from collections.abc import Iterator

from toolchain.check.base import BuiltBook, Check
from toolchain.forms.pdf.reading.printed import Printed
from toolchain.model import Finding


class EditionCheck(Check):
    """One thing that can be wrong with a PDF, looked for in each that was made and can be read."""

    needs = frozenset({"pdf"})

    def findings(self, made: BuiltBook) -> Iterator[Finding]:
        """Look at every edition; what is wrong in the source is wrong in all of them, and said once."""
        known: set[tuple[str, int | None]] = set()
        for printed in made.editions:
            found = list(self.in_edition(made, printed)) if printed.readable else []
            yield from (each for each in found if (each.path, each.line) not in known)
            known |= {(each.path, each.line) for each in found}

    @abstractmethod
    def in_edition(self, made: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Look at one and yield what is wrong."""
