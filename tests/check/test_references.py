"""What Sphinx warns of references is told by the type of a warning: sentences are other ones in the next release."""

from pathlib import Path

import pytest

from toolchain.check import BuiltBook, ReadBook, run
from toolchain.model import Book, Facts, Finding, PageFacts
from toolchain.project.book_section import BookSection
from toolchain.project.sections import BookToml
from toolchain.project.settings import Settings

LINE = 3


def message_of(kind: str, warning: str, folder: Path) -> tuple[str, str]:
    """Return the id and message of what a build finds in a warning of Sphinx of this kind."""
    book = BookSection(title="A book", slug="book", authors=("Its author",))
    page = PageFacts(path="book/section.md")
    settings = Settings(folder, BookToml(book))
    built_book = BuiltBook(
        ReadBook(settings, book=Book(()), facts=Facts(pages={"section": page})),
        warnings=(Finding(id=f"sphinx.{kind}", message=warning, path="book/section.md", line=LINE),),
    )
    findings = [finding for finding in run(built_book) if finding.line == LINE]
    (finding,) = findings
    return finding.id, finding.message


@pytest.mark.parametrize(
    ("kind", "warning", "message"),
    [
        ("ref.ref", "undefined label: 'sec-wavs'", "the reference to sec-wavs leads nowhere"),
        ("ref.ref", "no such label: sec-wavs", "the reference to sec-wavs leads nowhere"),
        ("ref.ref", 'undefined label: "it\'s"', "the reference to it's leads nowhere"),
        ("ref.doc", "there is no document 'wavs'", "the reference to wavs leads nowhere"),
        ("ref.term", "term not in glossary: 'a: b'", "the reference to a: b leads nowhere"),
        ("ref.func", "py:func reference target not found: step", "the reference to step leads nowhere"),
        ("ref.func", "external py:func reference target not found: f", "the reference to f leads nowhere"),
        (
            "ref.python",
            "more than one target found for cross-reference 'step': a.step, b.step",
            "the reference to step could be several things",
        ),
        (
            "ref.ref",
            "Failed to create a cross reference. A title or caption not found: 'fig-waves'",
            "the reference to fig-waves has no title to show",
        ),
        (
            "myst.xref_missing",
            "'myst' cross-reference target not found: 'wavs'",
            "the reference to wavs leads nowhere",
        ),
        ("myst.xref_missing", "Could not find document: wavs.md", "the reference to wavs.md leads nowhere"),
        ("myst.xref_missing", "Unknown source document 'wavs'", "the reference to wavs leads nowhere"),
        (
            "myst.iref_missing",
            "No matches for 'python:*:*:wavs'",
            "the reference to python:*:*:wavs leads nowhere",
        ),
        (
            "toc.not_readable",
            "toctree contains reference to non-existing document 'wavs'",
            "the toctree's wavs leads nowhere",
        ),
        ("toc.excluded", "excluded from this book: 'wavs'", "the toctree's wavs leads nowhere"),
        (
            "download.not_readable",
            "file not found: data/waves.csv",
            "the reference to data/waves.csv leads nowhere",
        ),
    ],
)
def test_a_reference_to_nothing_is_known_by_its_type(
    kind: str, warning: str, message: str, tmp_path: Path
) -> None:
    assert message_of(kind, warning, tmp_path) == ("SRC002", message)


@pytest.mark.parametrize(
    ("kind", "warning"),
    [
        ("ref.citation", "Citation [waves] is not referenced."),
        ("ref.footnote", "Footnote [1] is not referenced."),
        ("toc.duplicate_entry", "duplicated entry found in toctree: waves"),
        ("ref.ref", "something of which nobody knows the name"),
    ],
)
def test_what_is_no_reference_to_nothing_is_said_as_it_is(kind: str, warning: str, tmp_path: Path) -> None:
    assert message_of(kind, warning, tmp_path) == (f"sphinx.{kind}", warning)
