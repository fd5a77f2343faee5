"""What counts as a typed number or address, and what does not: on texts as Sphinx hands them over, and on no book."""

from pathlib import Path

import pytest

from toolchain.check import CHECKS, BuiltBook, ReadBook
from toolchain.model import Book, Facts, PageFacts, Passage
from toolchain.model.facts import GAP
from toolchain.project.book_section import BookSection
from toolchain.project.sections import BookToml
from toolchain.project.settings import Settings

LINE = 7


def findings_of(check: str, text: str, folder: Path) -> list[tuple[str, int | None]]:
    """Return the messages and lines of a check's findings on a passage."""
    book = BookSection(title="A book", slug="book", authors=("Its author",))
    page = PageFacts(path="book/section.md", passages=(Passage(text, LINE),))
    settings = Settings(folder, BookToml(book))
    built_book = BuiltBook(ReadBook(settings, book=Book(()), facts=Facts(pages={"section": page})))
    return [(finding.message, finding.line) for finding in CHECKS[check].findings(built_book)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("As Figure 3.2 shows,", "Figure 3.2"),
        ("As fig. 2 shows,", "fig. 2"),
        ("See Table A.1.", "Table A.1"),
        ("See\nSection\n1.2.", "Section 1.2"),
        ("In chapters 3 and 4 it", "chapters 3"),
        ("Listing 2: a loop", "Listing 2"),
        ("By equation (4),", "equation (4)"),
        ("By Eqs. (3.4) and (3.5),", "Eqs. (3.4)"),
        ("Appendix B has more.", "Appendix B"),
        ("Figure 2 of the next section", "Figure 2"),
        ("The figure above shows it.", "The figure above"),
        ("Compare the tables below.", "the tables below"),
        ("as the above listing does", "the above listing"),
    ],
)
def test_typed_number_is_found(text: str, number: str, tmp_path: Path) -> None:
    lines = text.partition(number.split(maxsplit=1)[0])[0].count("\n")
    assert findings_of("SRC005", text, tmp_path) == [
        (f"\N{LEFT DOUBLE QUOTATION MARK}{number}\N{RIGHT DOUBLE QUOTATION MARK} is typed", LINE + lines)
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"{GAP} shows it, and {GAP} too.",
        f"Chapter 3 of {GAP} is fine.",
        f"Figures 2 and 3 in {GAP} are, too.",
        "Section 5.2 of Bishop has it.",
        "Table 1 of the paper",
        f"as in {GAP}, Section 4,",
        "Bishop\u2019s Figure 3",
        "Python 3.11 and version 2.1",
        "the figure 4 million",
        "a figure above 100",
        "what stands in the table below which they sit",
        "the mean (4.2)",
        "a loss table 3 times as long",
        "figures, 2 of them",
        "the section above",
    ],
)
def test_number_of_something_else_is_not_found(text: str, tmp_path: Path) -> None:
    assert findings_of("SRC005", text, tmp_path) == []


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("See https://example.org/a_b?c=1.", ["https://example.org/a_b?c=1"]),
        ("(www.example.org)", ["www.example.org"]),
        (f"See {GAP} or http://\N{HORIZONTAL ELLIPSIS}, or me@www.example.org.", []),
    ],
)
def test_typed_address_is_found(text: str, addresses: list[str], tmp_path: Path) -> None:
    assert findings_of("SRC013", text, tmp_path) == [(f"{address} is no link", LINE) for address in addresses]
