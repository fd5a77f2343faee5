"""A check of what a printer asks for, rule by rule."""

from abc import abstractmethod
from collections.abc import Iterator

from toolchain.check.base import Made
from toolchain.check.pdf.edition import EditionCheck
from toolchain.check.preflight.profile import Rules, load
from toolchain.check.reading.printed import Printed
from toolchain.model import Finding


class PrinterCheck(EditionCheck):
    """One thing that a printer would refuse, looked for in each edition for print."""

    def in_edition(self, made: Made, printed: Printed) -> Iterator[Finding]:
        """Look at an edition with the rules of its printer."""
        if printed.edition.profile:
            yield from self.against(load(printed.edition.profile).rules, made, printed)

    @abstractmethod
    def against(self, rules: Rules, made: Made, printed: Printed) -> Iterator[Finding]:
        """Compare an edition with the rules, as far as the profile has the one that this check is for."""
