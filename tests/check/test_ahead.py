"""What is checked while Sphinx writes is what would be found afterwards."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from toolchain.check import Ahead, BuiltBook, ReadBook, run
from toolchain.check.base import Check, SourceCheck
from toolchain.model import Book, Facts, Finding, PageFacts, Passage
from toolchain.project.book_section import BookSection
from toolchain.project.sections import BookToml
from toolchain.project.settings import Settings


def facts(text: str) -> Facts:
    return Facts(pages={"section": PageFacts(path="book/section.md", passages=(Passage(text, 3),))})


class Books:
    """Opens the book, and knows how often."""

    def __init__(self, folder: Path) -> None:
        book = BookSection(title="A book", slug="book", authors=("Its author",))
        self._settings = Settings(folder, BookToml(book))
        self.opened = 0

    def read(self, read: Facts) -> ReadBook:
        self.opened += 1
        return ReadBook(self._settings, book=Book(()), facts=read)


class Typed(SourceCheck):
    """Finds every passage, and the thread in which it looks."""

    id = "SRC005"
    title = "a passage"
    explanation = "All of them."

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []

    def findings(self, read: ReadBook) -> Iterator[Finding]:
        self.threads.append(threading.current_thread())
        return (
            self.found(passage.text, page.path)
            for page in read.facts.pages.values()
            for passage in page.passages
        )


class OfArtefacts(Check):
    """Is not to look before there are any."""

    id = "HTML001"
    title = "nothing"
    explanation = "Nothing."

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        raise AssertionError(built)


def test_a_book_is_looked_at_once_and_beside(tmp_path: Path) -> None:
    books, check, read = Books(tmp_path), Typed(), facts("As Figure 3.2 shows")
    ahead = Ahead(lambda: (check, OfArtefacts()), books.read)
    ahead.begin()
    ahead.read(read)
    ahead.read(read)  # as the next builder says
    ahead.end()

    built = BuiltBook(ahead.book(read))
    found = run(built, ("SRC005",), ahead)

    assert books.opened == 1
    assert [finding.message for finding in found] == [
        "As Figure 3.2 shows"
    ]  # not what the check of this id would say
    (thread,) = check.threads
    assert thread is not threading.main_thread()
    assert not thread.is_alive()


def test_of_a_book_that_another_builder_has_read_otherwise_nothing_is_known(tmp_path: Path) -> None:
    books, check = Books(tmp_path), Typed()
    ahead = Ahead(lambda: (check,), books.read)
    ahead.read(facts("See Table A.1."))
    ahead.end()

    found = run(BuiltBook(ahead.book(facts("As Figure 3.2 shows"))), ("SRC005",), ahead)

    assert [finding.message for finding in found] == ["“Figure 3.2” is typed"]


def test_what_a_check_raises_ends_the_build_and_no_finding_is_lost(tmp_path: Path) -> None:
    class Broken(Typed):
        def findings(self, read: ReadBook) -> Iterator[Finding]:
            raise LookupError(read.settings.project)

    ahead = Ahead(lambda: (Broken(),), Books(tmp_path).read)
    ahead.read(facts(""))

    with pytest.raises(LookupError):
        ahead.end()
