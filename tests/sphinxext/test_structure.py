"""A book with all that a printed book has around its text, opened: front matter, contents, index, its pages' topics."""

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from lxml import html
from pypdf import PdfReader
from support.projects import copy_project
from support.running import run_toolchain

SUBJECT = "https://forum.example.org/t/{}?from=book&x=a~b"
SECTIONS = {
    "deep/index": ["1 Deep", "1.1 Before the pages", "Summary"],
    "deep/one": [
        "1.2 One",
        "1.2.1 First",
        "Summary",
        "Below the summary",
        "1.2.2 Second",
        "1.2.2.1 Below the second",
        "Exercises",
    ],
    "deep/two": ["1.3 Two", "Summary", "1.3.1 After it"],
    "flat": ["2 Flat", "2.1 Not in the contents", "Summary"],
}
REFERENCES = "Text with Section 1.2.2, Section 1.3, Section 1.3.1, Summary and more."


@pytest.fixture(scope="module")
def structured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = copy_project("structured", tmp_path_factory.mktemp("structured"))
    build = run_toolchain("build", project=project)
    assert build.code == 0, build.stdout + build.stderr
    return project


def pdf(project: Path, edition: str = "") -> PdfReader:
    return PdfReader(project / f"_build/pdf/structured{edition}.pdf")


def lines(reader: PdfReader, page: int) -> list[str]:
    return [" ".join(line.split()) for line in reader.pages[page].extract_text().splitlines() if line.strip()]


def page_of(project: Path, name: str) -> Any:
    return html.parse(str(project / f"_build/html/{name}.html")).getroot()


def headings(project: Path, name: str) -> list[str]:
    elements = page_of(project, name).xpath("//article//*[self::h1 or self::h2 or self::h3]")
    return [re.sub("[#\uf0c1]", "", " ".join(element.text_content().split())).strip() for element in elements]


def notebooks(project: Path) -> dict[str, str]:
    with zipfile.ZipFile(project / "_build/notebooks/structured.zip") as bundle:
        texts = {name: bundle.read(name) for name in bundle.namelist() if name.endswith(".ipynb")}
    return {
        name.rpartition("/")[2]: "\n\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
        for name, text in texts.items()
    }


def test_print_has_a_half_title_a_title_page_and_on_its_verso_what_it_was_tested_with(
    structured: Path,
) -> None:
    printed = pdf(structured, "-print")
    lock = dict(
        re.findall(r"^([\w-]+)==(\S+)", (structured / "../../kernel/cpu.lock").read_text(), re.MULTILINE)
    )

    assert printed.page_labels[:7] == ["i", "ii", "iii", "iv", "v", "vi", "vii"]
    assert lines(printed, 0) == ["A structured book"]
    assert lines(printed, 1) == []
    assert lines(printed, 2) == ["A structured book", "In two parts", "Its author", "Second edition"]
    assert lines(printed, 3) == [
        "A structured book. In two parts",
        "Second edition",
        "© Its author",
        f"Tested under Python 3.11, ipykernel {lock['ipykernel']}, matplotlib {lock['matplotlib']}",
        "ISBN 978-3-16-148411-7",
    ]


def test_screen_begins_with_the_title_page_and_has_its_own_isbn(structured: Path) -> None:
    screen = pdf(structured)

    assert screen.page_labels[:3] == ["i", "ii", "iii"]
    assert lines(screen, 0) == ["A structured book", "In two parts", "Its author", "Second edition"]
    assert lines(screen, 1)[-1] == "ISBN 978-3-16-148410-0"


def test_contents_go_as_deep_as_each_part_says_and_leave_out_what_recurs(structured: Path) -> None:
    entries = [re.sub(r"[ .]+\w+$", "", line) for line in lines(pdf(structured, "-print"), 4)]

    assert entries[:-1] == [
        "Contents",
        "Preface",
        "BEGINNINGS",
        "1 Deep",
        "1.1 Before the pages",
        "1.2 One",
        "1.2.1 First",
        "1.2.2 Second",
        "1.3 Two",
        "1.3.1 After it",
        "ENDS",
        "2 Flat",
        "A Extra",
        "A.1 More",
        "Index",
    ]


def test_sections_that_recur_have_no_number_anywhere_and_keep_their_bookmarks(structured: Path) -> None:
    on_site = {name: headings(structured, name) for name in SECTIONS}
    bookmarks = [str(bookmark.title) for bookmark in _flat(pdf(structured).outline)]
    text = " ".join(page.extract_text() for page in pdf(structured).pages)
    in_notebooks = notebooks(structured)

    assert on_site == SECTIONS
    titles = [title.replace(". ", " ") for page_titles in SECTIONS.values() for title in page_titles]
    below = {"Below the summary", "1.2.2.1 Below the second"}  # deeper than bookmarks go
    titles_before, titles_after = (
        ["Contents", "Preface", "Who should read this", "Summary"],
        ["A Extra", "A.1 More", "Index"],
    )
    assert bookmarks == [*titles_before, *(title for title in titles if title not in below), *titles_after]
    page = in_notebooks["1.2-one.ipynb"]
    notebook_titles = re.findall(r"^#+ (.*?)(?: <a .*)?$", page, re.MULTILINE)
    assert notebook_titles == [title.replace(". ", " ") for title in SECTIONS["deep/one"]]
    assert REFERENCES in " ".join(page_of(structured, "deep/one").xpath("string(//article//p)").split())
    assert REFERENCES in " ".join(text.split())
    assert "1.3-two.ipynb" in in_notebooks


@pytest.mark.parametrize(("name", "topic"), [("one", "1234"), ("two", "77")])
def test_topic_is_a_link_on_the_site_and_in_the_notebook_and_a_code_in_print(
    structured: Path, name: str, topic: str
) -> None:
    (link,) = page_of(structured, f"deep/{name}").xpath("//*[contains(@class, 'discussion')]//a")
    in_notebook = re.findall(
        r"\[Discussion\]\((.*?)\)", notebooks(structured)[f"1.{2 + (name == 'two')}-{name}.ipynb"]
    )

    address = SUBJECT.format(topic)
    assert (link.text_content(), link.get("href")) == ("Discussion", address)
    assert in_notebook == [address]
    for edition in ("", "-print"):
        path = structured / f"_build/pdf/structured{edition}.pdf"
        assert address in codes(path)
        assert address in "".join(page.extract_text() for page in PdfReader(path).pages).replace("\n", "")


def codes(path: Path) -> list[str]:
    """Read the codes of a PDF as a telephone does: from a picture of each page."""
    with pypdfium2.PdfDocument(path) as document:
        pictures = [page.render(scale=3).to_pil() for page in document]
    return [code.text for picture in pictures for code in zxingcpp.read_barcodes(picture)]


def test_page_without_a_topic_has_no_link(structured: Path) -> None:
    assert page_of(structured, "flat").xpath("//*[contains(@class, 'discussion')]") == []
    assert len(codes(structured / "_build/pdf/structured.pdf")) == 2


def test_index_is_in_the_contents_and_the_bookmarks(structured: Path) -> None:
    screen = pdf(structured)

    assert str(_flat(screen.outline)[-1].title) == "Index"
    assert lines(screen, -1)[:8] == ["Index", "T", "Text, 1", "tides", "waves, 1", "W", "waves", "tides, 1"]


def _flat(outline: Any) -> list[Any]:
    return [
        bookmark for entry in outline for bookmark in (_flat(entry) if isinstance(entry, list) else [entry])
    ]
