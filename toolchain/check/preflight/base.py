"""A check of what a printer asks for, rule by rule."""

from abc import abstractmethod
from collections.abc import Iterator

import msgspec

from toolchain.check.base import Made
from toolchain.check.pdf.edition import EditionCheck
from toolchain.check.pdf.text import pages_on
from toolchain.check.preflight.profile import Rules, load
from toolchain.check.reading.printed import Printed
from toolchain.model import Finding
from toolchain.units import count


class PrinterCheck(EditionCheck):
    """One thing that a printer would refuse, looked for in each edition for print."""

    def in_edition(self, made: Made, printed: Printed) -> Iterator[Finding]:
        """Look at an edition with the rules of its printer."""
        if printed.edition.profile:
            yield from self.against(load(printed.edition.profile).rules, made, printed)

    @abstractmethod
    def against(self, rules: Rules, made: Made, printed: Printed) -> Iterator[Finding]:
        """Compare an edition with the rules, as far as the profile has the one that this check is for."""

    def of_file(self, message: str, made: Made, printed: Printed, remedy: str = "") -> Finding:
        """Return a finding about the file as a whole."""
        return self.found(message, made.relative(printed.path), remedy=remedy)

    def on_pages(
        self, message: str, pages: list[int], made: Made, printed: Printed, remedy: str = ""
    ) -> Finding:
        """Return a finding about pages, counted from 0: it names the first, and how many more there are."""
        more = f" (and {count(len(pages) - 1, 'more page')})" if len(pages) > 1 else ""
        said = f"page {printed.numbers[pages[0]]}: {message}{more}"
        return on_sheet(self.of_file(said, made, printed, remedy), printed, pages[0])


def on_sheet(finding: Finding, printed: Printed, page: int) -> Finding:
    """Return a finding that says on which page of an edition, counted from 0, a person can see it."""
    return msgspec.structs.replace(finding, edition=printed.edition.name, page=page + 1)


def source_of(made: Made, printed: Printed, page: int) -> str:
    """Return the source of which something is on a page, counted from 0; the PDF's path if there is none."""
    there = pages_on(made, printed, page)
    return there[0].path if there else made.relative(printed.path)
