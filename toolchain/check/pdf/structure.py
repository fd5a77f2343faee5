"""Checks of how the printed book hangs together: its links, its chapters, its bookmarks."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from toolchain.check.base import BuiltBook
from toolchain.check.pdf.edition import EditionCheck
from toolchain.check.pdf.text import pages_on
from toolchain.forms.pdf.reading.printed import Bookmark, Jump, Printed, merged
from toolchain.model import Document, Finding, Label
from toolchain.model.facts import GAP
from toolchain.project.sections import PRINT

BOOKMARKED = 3
"""Levels that have bookmarks: chapters, sections and what is below them, as printed/texinputs sets it."""


class DeadJump(EditionCheck):
    """A link or a bookmark that leads nowhere."""

    id = "PDF003"
    follows = frozenset({"SRC002", "SRC003"})
    title = "a link inside the PDF leads nowhere"
    explanation = (
        "A link or a bookmark names a place that the PDF does not have. Refer to labels with {ref}, {numref} or a "
        "Markdown link to the source file; in raw LaTeX give the place its name with \\hypertarget."
    )

    def in_edition(self, made: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Resolve every link and every bookmark, and name each missing place once."""
        lost: dict[Jump, list[tuple[str, int | None]]] = {}
        for areas in merged(printed.links):
            if areas[0].jump.place is None:
                text = " ".join(map(printed.text_of, areas))
                where = f"the link “{text}” on page {printed.numbers[areas[0].page]}"
                lost.setdefault(areas[0].jump, []).append((where, areas[0].page))
        for each in printed.outline:
            if each.jump is not None and each.jump.place is None:
                lost.setdefault(each.jump, []).append((f"the bookmark “{each.title}”", None))
        for jump, holders in sorted(lost.items(), key=lambda each: each[0].name):
            where, page = holders[0]
            more = f" (and {len(holders) - 1} more)" if len(holders) > 1 else ""
            said = f"{jump.name!r}, which is no place of the PDF" if jump.name else "no page of the PDF"
            path, line = _linking(made, printed, jump, page)
            yield self.found(f"{where} leads to {said}{more}", path, line)


def _linking(made: BuiltBook, printed: Printed, jump: Jump, page: int | None) -> tuple[str, int | None]:
    """Return the source that has a link as raw LaTeX; the PDF if none has."""
    for each in pages_on(made, printed, page) if jump.name and page is not None else ():
        if line := made.line_of(each.path, f"{{{jump.name}}}"):
            return each.path, line
    return made.relative(printed.path), None


class MissingChapter(EditionCheck):
    """A page of the book that is not in print, or not in its place."""

    id = "PDF004"
    title = "a page of the book is not in the PDF"
    explanation = (
        "A list of pages has it, and the printed book does not, or has it elsewhere. Something in _config/conf.py leaves "
        "it out or moves it; if that is what you want, turn this check off in [check] of book.toml."
    )

    def in_edition(self, made: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Look for the place of every page, and compare the order."""
        there = []
        for page in made.book.documents:
            place = printed.place(f"{page.name}::doc")
            if place is not None:
                there.append((place, page))
            elif page.listed and page.name != "index":
                yield self.found(f"{_called(page)} is not in the PDF", page.path)
        for (before, earlier), (after, later) in pairwise(there):
            if after < before:
                yield self.found(
                    f"{_called(later)} is on page {printed.numbers[after.page]}, before {_called(earlier)}",
                    later.path,
                )


def _called(page: Document) -> str:
    return page.reference if page.number else f"“{page.title}”"


class MissingBookmark(EditionCheck):
    """A section that the outline beside the pages does not have, or has by another name."""

    id = "PDF005"
    title = "a section has no bookmark in the PDF"
    explanation = (
        "Readers find their way in a PDF by its bookmarks: every chapter and numbered section has one with its number "
        "and its title, down to the third level. \\texorpdfstring gives a heading of raw LaTeX its words."
    )

    def in_edition(self, made: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Compare the bookmarks with the sections; on paper there are none."""
        if printed.edition.kind == PRINT:
            return
        marks = {each.jump.name: each for each in printed.outline if each.jump and each.jump.name}
        for label in made.facts.labels:
            if label.kind != "section" or not label.number or label.number.count(".") >= BOOKMARKED:
                continue
            if printed.place(f"{label.page}::doc") is None:
                continue  # none of the page is there
            if problem := _problem(label, printed, marks):
                yield self.found(problem, made.facts.pages[label.page].path, label.line)


def _problem(label: Label, printed: Printed, marks: dict[str, Bookmark]) -> str:
    """Say what is wrong with the bookmark of a section; empty if nothing is."""
    title = " ".join(label.title.replace(GAP, "…").split())
    names = (f"{label.page}:{each}" for each in label.ids)
    known = (printed.labels[each].destination for each in names if each in printed.labels)
    mark = next((marks[each] for each in known if each in marks), None)
    if mark is None:
        return f"{label.number} {title}: no bookmark"
    number, _, rest = mark.title.partition(" ")
    return (
        ""
        if number == label.number and _agrees(rest, label.title)
        else f"{label.number} {title}: the bookmark says “{mark.title}”"
    )


def _agrees(said: str, title: str) -> bool:
    """Say whether a bookmark has the words of a title, whatever it has for what is not words."""
    pieces = map(re.escape, map(_letters, title.split(GAP)))
    return re.fullmatch(".*".join(pieces), _letters(said)) is not None


def _letters(text: str) -> str:
    """Return letters and digits alone: quotes, dashes and spaces have many forms."""
    return "".join(each for each in unicodedata.normalize("NFKC", text).casefold() if each.isalnum())
