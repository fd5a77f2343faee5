"""Tags out of marks: whose each piece of a page is, and what a part of a PDF has of the tree."""

import pikepdf
import pytest
from support.pdf_tags import elements, outline, tagged

from toolchain.forms.pdf.reading import tags
from toolchain.forms.pdf.tagging import Structure
from toolchain.forms.pdf.tagging.spaces import _hyphens
from toolchain.model.tags import Element


def part_of(pdf: pikepdf.Pdf, pages: range) -> pikepdf.Pdf:
    """Return some pages with their part of the tree."""
    part = pikepdf.new()
    for number in pages:
        part.pages.append(pdf.pages[number])
    Structure(pdf).write(part, pages, {})
    return part


def test_a_part_has_what_its_pages_show_and_no_text_of_what_they_do_not() -> None:
    whole = tagged(
        "/tag:b2 MP'a'/tag:e2 MP/tag:b3 MP'b'\f'c'/tag:e3 MP/tag:b6 MP'd'/tag:e6 MP\f/tag:b8 MP'e'/tag:e8 MP",
        *(Element("Sect"), Element("H2", 1, has_text=True), Element("Code", 1, has_text=True, text="b c")),
        *(Element("Table"), Element("TR", 4), Element("TD", 5, has_text=True), Element("TD", 5)),
        Element("P", has_text=True),
    )
    first, second, third = (part_of(whole, range(page, page + 1)) for page in range(3))
    both = part_of(whole, range(2))

    assert outline(first) == ["Sect 0", "H1 1", "Code 1"]
    assert outline(second) == ["Sect 0", "Code 1", "Table 0", "TR 0", "TD 1", "TD 0"]
    assert outline(third) == ["P 1"]
    assert not any("/ActualText" in element for part in (first, second) for element in elements(part))
    assert [str(element.ActualText) for element in elements(both) if element.S == "/Code"] == ["b c"]


def test_a_part_of_what_is_not_tagged_is_not_tagged_either() -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page()

    assert "/StructTreeRoot" not in part_of(pdf, range(1)).Root


def test_what_nobody_has_marked_is_a_paragraph_between_its_neighbours() -> None:
    pdf = tagged(
        "/tag:b2 MP'a'/tag:e2 MP'b'/tag:b3 MP'c'/tag:e3 MP'd'",
        *(Element("Sect"), Element("P", 1, has_text=True), Element("P", 1, has_text=True)),
    )

    assert outline(pdf) == ["Sect 0", "P 1", "P 1", "P 1", "P 1"]
    assert tags.read(pdf).untagged == set()


@pytest.mark.parametrize(
    "marks",
    [
        "/tag:b1 MP'a'",
        "'a'/tag:e1 MP",
        "/tag:e9 MP'a'/tag:m MP",
        "/tag:b99 MP'a'/tag:G MP/tag:z MP",
        "/tag:t MP'a'",
    ],
)
def test_marks_that_do_not_fit_make_no_bad_pdf(marks: str) -> None:
    pdf = tagged(f"{marks}\f'b'{marks}", Element("P", has_text=True))

    assert tags.read(pdf).untagged == set()
    for page in pdf.pages:
        operators = [str(operator) for _, operator in pikepdf.parse_content_stream(page)]
        assert operators.count("BDC") + operators.count("BMC") == operators.count("EMC")


def test_a_paragraph_goes_on_after_the_head_and_a_float_of_the_next_page() -> None:
    pdf = tagged(
        "/tag:b1 MP'a'\f/tag:a MP'head'/tag:z MP/tag:F MP/tag:b2 MP'caption'/tag:e2 MP/tag:G MP'b'/tag:e1 MP",
        *(Element("P", has_text=True), Element("Caption", has_text=True)),
    )

    assert outline(pdf) == ["P 2", "Caption 1"]


def test_a_note_goes_on_at_the_foot_of_the_next_page() -> None:
    pdf = tagged(
        "/tag:b1 MP'a'/tag:r2 MP/tag:f MP/tag:b2 MP'note'\f'b'/tag:e1 MP/tag:f MP'more'/tag:e2 MP",
        *(Element("P", has_text=True), Element("Note", 1, has_text=True)),
    )

    assert outline(pdf) == ["P 2", "Note 2"]


def test_a_note_that_nobody_has_marked_has_a_name() -> None:
    pdf = tagged("/tag:b1 MP'a'/tag:e1 MP/tag:f MP'note'", Element("P", has_text=True))

    assert [str(element.ID) for element in elements(pdf) if element.S == "/Note"] == ["note-1"]
    assert list(pikepdf.NameTree(pdf.Root.StructTreeRoot.IDTree)) == ["note-1"]


def test_the_head_of_a_long_table_is_said_once() -> None:
    row = "/tag:b3 MP'head'/tag:e3 MP"
    pdf = tagged(
        f"{row}\f{row}",
        *(
            Element("Table"),
            Element("TR", 1),
            Element("TH", 2, has_text=True, is_repeated=True),
            Element("TD", 2),
        ),
    )

    assert outline(pdf) == ["Table 0", "TR 0", "TH 1", "TD 0"]


@pytest.mark.parametrize(
    ("said", "hyphens"),
    [
        (b"2 beginbfchar <002C> <0063> <002D> <003A> endbfchar", set()),
        (b"2 beginbfchar <0010> <002D>\n<0011> <00ad> endbfchar", {0x10, 0x11}),
        (b"1 beginbfrange <0028> <0041> <002D> endbfrange", {0x28}),
        (
            b"1 beginbfrange <0003> <0020> <0020> endbfrange 1 beginbfchar <0099> <2010> endbfchar",
            {0x10, 0x99},
        ),
    ],
)
def test_a_font_says_which_of_its_characters_are_hyphens(said: bytes, hyphens: set[int]) -> None:
    assert set(_hyphens(said)) == hyphens


def test_strings_that_look_like_operators_are_letters() -> None:
    pdf = tagged(
        "/tag:b1 MP BT /F 9 Tf (ET /tag:e1 MP \\) EMC) Tj ET /tag:e1 MP", Element("P", has_text=True)
    )

    assert outline(pdf) == ["P 1"]
    assert tags.read(pdf).untagged == set()
