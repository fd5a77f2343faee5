"""A check of what a printer asks for, rule by rule."""

from abc import abstractmethod
from collections.abc import Iterator

import msgspec

from toolchain.base.units import count
from toolchain.check.base import BuiltBook
from toolchain.check.pdf.edition import EditionCheck
from toolchain.forms.pdf.printers import Rules, load
from toolchain.forms.pdf.reading.drawn import Box
from toolchain.forms.pdf.reading.printed import Printed
from toolchain.model import Finding


class PrinterCheck(EditionCheck):
    """One thing that a printer would refuse, looked for in each edition for print."""

    def in_edition(self, made: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Look at an edition with the rules of its printer."""
        if printed.edition.profile:
            yield from self.against(load(printed.edition.profile).rules, made, printed)

    @abstractmethod
    def against(self, rules: Rules, made: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Compare an edition with the rules, as far as the profile has the one that this check is for."""

    def of_file(self, message: str, made: BuiltBook, printed: Printed, remedy: str = "") -> Finding:
        """Return a finding about the file as a whole."""
        return self.found(message, made.relative(printed.path), remedy=remedy)

    def on_pages(
        self, message: str, pages: list[int], made: BuiltBook, printed: Printed, remedy: str = ""
    ) -> Finding:
        """Return a finding about pages, counted from 0: it names the first, and how many more there are."""
        more = f" (and {count(len(pages) - 1, 'more page')})" if len(pages) > 1 else ""
        said = f"page {printed.numbers[pages[0]]}: {message}{more}"
        return self.seen(said, (made.relative(printed.path), None), printed, pages[0], remedy=remedy)

    def seen(
        self,
        message: str,
        place: tuple[str, int | None],
        printed: Printed,
        page: int,
        remedy: str = "",
        *,
        area: Box | None = None,
    ) -> Finding:
        """Return a finding at a place of the source, which a person can see on a page of an edition, counted from 0."""
        finding = self.found(message, *place, remedy=remedy)
        return msgspec.structs.replace(finding, edition=printed.edition.name, page=page + 1, area=area)
