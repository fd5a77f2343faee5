"""A check of what a printer asks for, rule by rule."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

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

    of_covers: ClassVar[bool] = False
    """Whether it looks at covers as well."""

    def looked_at(self, built: BuiltBook) -> tuple[Printed, ...]:
        """Return the editions, and their covers."""
        return (*built.editions, *(built.covers if self.of_covers else ()))

    def in_edition(self, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Yield what breaks the rules of the edition's printer; nothing if the edition names no printer."""
        if printed.edition.profile:
            rules = load(printed.edition.profile).rules
            # Covers are printed in colours, whatever is between them.
            of_cover = msgspec.structs.replace(rules, grey=None, black_text=None)
            yield from self.against(of_cover if printed.cover else rules, built, printed)

    @abstractmethod
    def against(self, rules: Rules, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Yield what is wrong by the rule that this check is for; nothing if the profile lacks it."""

    def finding_about_file(
        self, message: str, built: BuiltBook, printed: Printed, remedy: str = ""
    ) -> Finding:
        """Return a finding about the file as a whole."""
        return self.found(message, built.relative(printed.path), remedy=remedy)

    def finding_on_pages(
        self, message: str, pages: list[int], built: BuiltBook, printed: Printed, remedy: str = ""
    ) -> Finding:
        """Return a finding about pages, counted from 0; it names the first and how many others there are."""
        suffix = f" (and {count(len(pages) - 1, 'more page')})" if len(pages) > 1 else ""
        text = f"page {printed.numbers[pages[0]]}: {message}{suffix}"
        return self.finding_on_page(
            text, (built.relative(printed.path), None), printed, pages[0], remedy=remedy
        )

    def finding_on_page(
        self,
        message: str,
        place: tuple[str, int | None],
        printed: Printed,
        page: int,
        remedy: str = "",
        *,
        area: Box | None = None,
    ) -> Finding:
        """Return a finding at a path and line, with the page, counted from 0, and the area to look at."""
        finding = self.found(message, *place, remedy=remedy)
        return msgspec.structs.replace(finding, edition=printed.edition.name, page=page + 1, area=area)
