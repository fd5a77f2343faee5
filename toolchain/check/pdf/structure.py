"""Checks of how the printed book hangs together: its links, its chapters, its bookmarks."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from toolchain.check.base import BuiltBook, Check
from toolchain.check.pdf.edition import EditionCheck
from toolchain.check.pdf.text import pages_on
from toolchain.forms.pdf.reading.printed import Bookmark, Jump, Printed, merged
from toolchain.model import Document, Finding, Label, Severity
from toolchain.model.facts import GAP
from toolchain.project.book_toml import BOOK_TOML
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

    def in_edition(self, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Yield each missing place that links or bookmarks lead to, once."""
        lost: dict[Jump, list[tuple[str, int | None]]] = {}
        for areas in merged(printed.links):
            if areas[0].jump.place is None:
                text = " ".join(map(printed.text_of, areas))
                where = f"the link “{text}” on page {printed.numbers[areas[0].page]}"
                lost.setdefault(areas[0].jump, []).append((where, areas[0].page))
        for bookmark in printed.outline:
            if bookmark.jump is not None and bookmark.jump.place is None:
                lost.setdefault(bookmark.jump, []).append((f"the bookmark “{bookmark.title}”", None))
        for jump, holders in sorted(lost.items(), key=lambda pair: pair[0].name):
            where, page = holders[0]
            suffix = f" (and {len(holders) - 1} more)" if len(holders) > 1 else ""
            target = f"{jump.name!r}, which is no place of the PDF" if jump.name else "no page of the PDF"
            path, line = _source_of_link(built, printed, jump, page)
            yield self.found(f"{where} leads to {target}{suffix}", path, line)


def _source_of_link(
    built: BuiltBook, printed: Printed, jump: Jump, page: int | None
) -> tuple[str, int | None]:
    """Return the path and line of the source that has a link as raw LaTeX; the PDF if none has."""
    for document in pages_on(built, printed, page) if jump.name and page is not None else ():
        if line := built.line_of(document.path, f"{{{jump.name}}}"):
            return document.path, line
    return built.relative(printed.path), None


class MissingChapter(EditionCheck):
    """A page of the book that is not in print, or not in its place."""

    id = "PDF004"
    title = "a page of the book is not in the PDF"
    explanation = (
        "A list of pages has it, and the printed book does not, or has it elsewhere. Something in _config/conf.py leaves "
        "it out or moves it; if that is what you want, turn this check off in [check] of book.toml."
    )

    def in_edition(self, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Yield each page of the book that is not in the PDF, or is out of order."""
        places = []
        for page in built.book.documents:
            place = printed.place(f"{page.name}::doc")
            if place is not None:
                places.append((place, page))
            elif page.listed and page.name != built.settings.layout.root and _has_heading(built, page):
                yield self.found(f"{_name_of(page)} is not in the PDF", page.path)
        for (earlier_place, earlier), (later_place, later) in pairwise(places):
            if later_place < earlier_place:
                yield self.found(
                    f"{_name_of(later)} is on page {printed.numbers[later_place.page]}, before {_name_of(earlier)}",
                    later.path,
                )


def _has_heading(built: BuiltBook, page: Document) -> bool:
    """Say whether a page has a place of its own in print; one without a heading is told of as such."""
    return bool(built.facts.pages[page.name].tops) if page.name in built.facts.pages else True


def _name_of(page: Document) -> str:
    return page.reference if page.number else f"“{page.title}”"


class UnprintedFirstPage(Check):
    """Text of the first page that is on the site alone."""

    id = "PDF009"
    title = "the text of the first page is not in the PDF"
    severity = Severity.ADVICE
    needs = frozenset({"pdf"})
    explanation = (
        "Many books welcome the reader of the site on their first page, and begin in print with the first chapter. What stands "
        "there is not printed unless book.toml says so; the check is quiet as soon as it says either."
    )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Name the first page if it has text and lists pages, and nothing is said of it."""
        root = built.settings.layout.root
        page = built.facts.pages.get(root)
        says = built.settings.toml.pdf.first_page is not None or built.settings.contents
        if page is None or not page.lists or says:
            return
        titles = {target.title for target in page.targets if target.kind == "section"}
        shown = [passage.line for passage in page.passages if passage.text not in titles]
        shown += [picture.line for picture in page.pictures]
        shown += [sample.line for sample in (*page.formulas, *page.samples)]
        if lines := [line for line in shown if line is not None]:
            yield self.found(
                "the text of the first page is on the site alone",
                page.path,
                min(lines),
                remedy=f"Say `first_page = true` in [pdf] of {BOOK_TOML} to have it printed before the first chapter, or "
                "`first_page = false`.",
            )


class MissingBookmark(EditionCheck):
    """A section that the outline beside the pages does not have, or has by another name."""

    id = "PDF005"
    follows = frozenset({"PDF002"})
    title = "a section has no bookmark in the PDF"
    explanation = (
        "Readers find their way in a PDF by its bookmarks: every chapter and numbered section has one with its number "
        "and its title, down to the third level. \\texorpdfstring gives a heading of raw LaTeX its words."
    )

    def in_edition(self, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Yield each section whose bookmark is missing or wrong; editions for paper have no bookmarks."""
        if printed.edition.kind == PRINT:
            return
        bookmarks = {
            bookmark.jump.name: bookmark
            for bookmark in printed.outline
            if bookmark.jump and bookmark.jump.name
        }
        for label in built.facts.labels:
            if label.kind != "section" or not label.number or label.number.count(".") >= BOOKMARKED:
                continue
            if printed.place(f"{label.page}::doc") is None:
                continue  # none of the page is there
            if problem := _problem(label, printed, bookmarks):
                yield self.found(problem, built.facts.pages[label.page].path, label.line)


def _problem(label: Label, printed: Printed, bookmarks: dict[str, Bookmark]) -> str:
    """Return words for what is wrong with the bookmark of a section; empty if nothing is."""
    title = " ".join(label.title.replace(GAP, "…").split())
    names = (f"{label.page}:{identity}" for identity in label.ids)
    destinations = (printed.labels[name].destination for name in names if name in printed.labels)
    bookmark = next(
        (bookmarks[destination] for destination in destinations if destination in bookmarks), None
    )
    if bookmark is None:
        return f"{label.number} {title}: no bookmark"
    number, _, words = bookmark.title.partition(" ")
    return (
        ""
        if number == label.number and _agrees(words, label.title)
        else f"{label.number} {title}: the bookmark says “{bookmark.title}”"
    )


def _agrees(words: str, title: str) -> bool:
    """Return whether a bookmark has the words of a title, whatever stands for its formulas and code."""
    pieces = map(re.escape, map(_letters, title.split(GAP)))
    return re.fullmatch(".*".join(pieces), _letters(words)) is not None


def _letters(text: str) -> str:
    """Return letters and digits alone: quotes, dashes and spaces have many forms."""
    return "".join(
        character for character in unicodedata.normalize("NFKC", text).casefold() if character.isalnum()
    )
