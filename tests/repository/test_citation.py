"""CITATION.cff of the repository, which forges show, says what the site says: both are of book.toml."""

from pathlib import Path

from support.places import REPOSITORY


def test_the_repository_is_cited_as_the_book_is(book: Path) -> None:
    """If not: `toolchain build html`, and copy _build/html/CITATION.cff here."""
    assert (REPOSITORY / "CITATION.cff").read_bytes() == (book / "_build/html/CITATION.cff").read_bytes()
