"""Base of the checks of what is drawn: marks with the same flaw become one finding."""

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from typing import ClassVar, NamedTuple, TypeVar

from toolchain.check import source_places
from toolchain.check.base import BuiltBook
from toolchain.check.pdf.text import pages_on
from toolchain.check.preflight.base import PrinterCheck
from toolchain.forms.pdf.printers import Rules
from toolchain.forms.pdf.reading.drawn import Box, Mark, Path, Text
from toolchain.forms.pdf.reading.printed import Destination, Printed
from toolchain.model import Document, Finding
from toolchain.model.printed_pictures import PrintedPicture

SomeMark = TypeVar("SomeMark", bound=Mark)
MILLIMETRE = 72 / 25.4
ENOUGH = 0.99
"""Of what a printer asks for: LaTeX's points are smaller than those of a PDF, and numbers are rounded."""

LETTER = 0.5
"""Of their size: how wide letters are."""

THE_PICTURE = "the picture"


class Flaw(NamedTuple):
    """Something drawn that a printer would refuse."""

    mark: Mark
    alike: Hashable
    """The same for all that are one finding."""
    message: str
    remedy: str
    """Which says THE_PICTURE of one that a file has."""
    in_cell: str = ""
    """The remedy for what a cell has drawn, if it is another one."""


class MarkCheck(PrinterCheck):
    """One thing that a printer would refuse of what is drawn; things that are alike are named once."""

    once_per_source: ClassVar[bool] = False
    """Whether marks that are alike are one finding for each source, instead of one for the whole book."""

    def against(self, rules: Rules, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Yield a finding for each group of flaws that are alike."""
        groups: dict[Hashable, list[Flaw]] = defaultdict(list)
        sources: dict[int, str] = {}
        for flaw in self.flaws(rules, printed):
            page = flaw.mark.page
            if self.once_per_source and page not in sources:
                sources[page] = source(built, printed, page)[0]
            groups[flaw.alike, sources.get(page)].append(flaw)
        for group in groups.values():
            first = group[0]
            message = f"{describe_place(printed, [flaw.mark for flaw in group])}: {first.message}"
            place = source_of(built, printed, first.mark)
            area = _area(printed, first.mark)
            remedy = _remedy(first, picture_of(built, printed, first.mark))
            yield self.finding_on_page(message, place, printed, first.mark.page, remedy, area=area)

    @abstractmethod
    def flaws(self, rules: Rules, printed: Printed) -> Iterator[Flaw]:
        """Yield every mark that is wrong; nothing if the profile lacks the rule that this check is for."""


def _remedy(flaw: Flaw, picture: PrintedPicture | None) -> str:
    """Return what to do about a flaw, where it comes from."""
    if picture is None:
        return flaw.remedy
    return flaw.remedy.replace(THE_PICTURE, picture.path) if picture.path else flaw.in_cell or flaw.remedy


def marks_of_kind(printed: Printed, kind: type[SomeMark]) -> Iterator[SomeMark]:
    """Yield what is drawn of a kind, page by page."""
    return (mark for page in printed.drawn for mark in page.marks if isinstance(mark, kind))


def describe_place(printed: Printed, marks: Sequence[Mark]) -> str:
    """Return words for the page of the first mark, its text, and the number of other pages with marks."""
    words = printed.words_at(marks[0]) if isinstance(marks[0], Text) else ""
    others = len({mark.page for mark in marks}) - 1
    text = f"page {printed.numbers[marks[0].page]}"
    text += f", “{words}”" if words else ""
    return text + (f" (and {others} more page{'s' if others > 1 else ''})" if others else "")


def _area(printed: Printed, mark: Mark) -> Box:
    """Return the box of a mark on its page, in points; the width of letters is estimated."""
    if not isinstance(mark, Text):
        return mark.box
    height, width = max(mark.size, 1.0), LETTER * mark.size * len(printed.words_at(mark))
    return mark.x, mark.y - height / 4, mark.x + width, mark.y + height * 3 / 4


def picture_of(built: BuiltBook, printed: Printed, mark: Mark) -> PrintedPicture | None:
    """Return the picture of the book that a mark is part of; None if it is part of none, or nobody knows of which."""
    if printed.cover or not isinstance(mark, Text | Path) or not mark.drawing:
        return None
    return printed.picture(mark.drawing, built.settings.build / "latex" / f"{built.settings.book.slug}.tex")


def place_of_picture(built: BuiltBook, picture: PrintedPicture) -> tuple[str, int | None] | None:
    """Return the path and line that show a picture; of what a cell has drawn those of the cell."""
    facts = built.facts.pages.get(picture.page)
    if facts is None:
        return None
    line = picture.line
    return facts.path, line if picture.path else source_places.line_of_cell(built, facts.path, line)


def source_of(built: BuiltBook, printed: Printed, mark: Mark) -> tuple[str, int | None]:
    """Return the path and line that a mark comes from: its picture's, that with its words, or the heading above it."""
    picture = picture_of(built, printed, mark)
    if picture and (place := place_of_picture(built, picture)):
        return place
    top = mark.y + mark.size if isinstance(mark, Text) else mark.box[3]
    words = printed.words_at(mark) if isinstance(mark, Text) else ""
    return source(built, printed, mark.page, top, words)


def source(
    built: BuiltBook, printed: Printed, page: int, top: float | None = None, words: str = ""
) -> tuple[str, int | None]:
    """Return the source of a page: path, and line if a height or words are given; the PDF if it has none."""
    documents = pages_on(built, printed, page)
    for document in documents if words else ():
        if line := built.line_of(document.path, words):
            return document.path, line
    above = _heading(built, printed, documents, Destination(page, -top)) if top is not None else None
    return above or ((documents[-1].path if documents else built.relative(printed.path)), None)


def _heading(
    built: BuiltBook, printed: Printed, documents: list[Document], at: Destination
) -> tuple[str, int] | None:
    """Return the path and line of the last heading at or before a place; None if there is none."""
    pages = ((document, built.facts.pages.get(document.name)) for document in documents)
    headings = [
        (place, document.path, target.line)
        for document, facts in pages
        for target in (facts.targets if facts else ())
        for identity in target.ids
        if target.kind == "section"
        and target.line
        and (place := printed.place(f"{document.name}:{identity}")) is not None
        and place <= at
    ]
    return max(headings)[1:] if headings else None
