"""How the checks of what is drawn say what they have found: alike things together, with their first page and how many there are."""

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from typing import ClassVar, NamedTuple, TypeVar

from toolchain.check.base import BuiltBook
from toolchain.check.pdf.text import pages_on
from toolchain.check.preflight.base import PrinterCheck
from toolchain.forms.pdf.printers import Rules
from toolchain.forms.pdf.reading.drawn import Box, Mark, Text
from toolchain.forms.pdf.reading.printed import Destination, Printed
from toolchain.model import Document, Finding

Some = TypeVar("Some", bound=Mark)
MILLIMETRE = 72 / 25.4
ENOUGH = 0.99
"""Of what a printer asks for: LaTeX's points are smaller than those of a PDF, and numbers are rounded."""

LETTER = 0.5
"""Of their size: how wide letters are."""


class Wrong(NamedTuple):
    """Something drawn that a printer would refuse."""

    mark: Mark
    alike: Hashable
    """The same for all that are one finding."""
    said: str
    remedy: str


class MarkCheck(PrinterCheck):
    """One thing that a printer would refuse of what is drawn; things that are alike are named once."""

    apart: ClassVar[bool] = False
    """Whether they are named once in each source."""

    def against(self, rules: Rules, made: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Look at all that is drawn."""
        found: dict[Hashable, list[Wrong]] = defaultdict(list)
        sources: dict[int, str] = {}
        for each in self.wrong(rules, printed):
            page = each.mark.page
            if self.apart and page not in sources:
                sources[page] = source(made, printed, page)[0]
            found[each.alike, sources.get(page)].append(each)
        for its in found.values():
            first = its[0]
            said = f"{where(printed, [each.mark for each in its])}: {first.said}"
            at = source_of(made, printed, first.mark)
            area = _area(printed, first.mark)
            yield self.seen(said, at, printed, first.mark.page, first.remedy, area=area)

    @abstractmethod
    def wrong(self, rules: Rules, printed: Printed) -> Iterator[Wrong]:
        """Yield all that is wrong, as far as the profile has the rule that this check is for."""


def all_of(printed: Printed, kind: type[Some]) -> Iterator[Some]:
    """Yield what is drawn of a kind, page by page."""
    return (each for page in printed.drawn for each in page.marks if isinstance(each, kind))


def where(printed: Printed, marks: Sequence[Mark]) -> str:
    """Say on which page the first of some marks is, what is written there, and on how many pages there are others."""
    words = printed.words_at(marks[0]) if isinstance(marks[0], Text) else ""
    others = len({each.page for each in marks}) - 1
    said = f"page {printed.numbers[marks[0].page]}"
    said += f", “{words}”" if words else ""
    return said + (f" (and {others} more page{'s' if others > 1 else ''})" if others else "")


def _area(printed: Printed, mark: Mark) -> Box:
    """Return where a mark is on its page; letters are as wide as most are."""
    if not isinstance(mark, Text):
        return mark.box
    up, width = max(mark.size, 1.0), LETTER * mark.size * len(printed.words_at(mark))
    return mark.x, mark.y - up / 4, mark.x + width, mark.y + up * 3 / 4


def source_of(made: BuiltBook, printed: Printed, mark: Mark) -> tuple[str, int | None]:
    """Return where a mark comes from: the line that has its words, or the heading that it is below."""
    top = mark.y + mark.size if isinstance(mark, Text) else mark.box[3]
    words = printed.words_at(mark) if isinstance(mark, Text) else ""
    return source(made, printed, mark.page, top, words)


def source(
    made: BuiltBook, printed: Printed, page: int, top: float | None = None, words: str = ""
) -> tuple[str, int | None]:
    """Return the source of what is on a page, at a height or anywhere; the PDF if it comes of no source."""
    there = pages_on(made, printed, page)
    for each in there if words else ():
        if line := made.line_of(each.path, words):
            return each.path, line
    above = _heading(made, printed, there, Destination(page, -top)) if top is not None else None
    return above or ((there[-1].path if there else made.relative(printed.path)), None)


def _heading(
    made: BuiltBook, printed: Printed, there: list[Document], at: Destination
) -> tuple[str, int] | None:
    """Return the last heading before a place, with its line."""
    last: tuple[Destination, str, int] | None = None
    for each in there:
        facts = made.facts.pages.get(each.name)
        for target in facts.targets if facts else ():
            if target.kind == "section" and target.line:
                places = (printed.place(f"{each.name}:{identity}") for identity in target.ids)
                place = next(filter(None, places), None)
                if place is not None and place <= at:
                    last = (
                        max(last, (place, each.path, target.line))
                        if last
                        else (place, each.path, target.line)
                    )
    return last[1:] if last else None
