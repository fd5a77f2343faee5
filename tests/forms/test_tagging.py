"""What the PDF says to those who do not see it: its tags, beside the text that they are of and the pages that show it."""

import pickle
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from docutils import nodes
from lxml import etree, html
from support.pdf_tags import elements, in_order, parents
from support.projects import copy_project
from support.running import run_toolchain

from toolchain.forms.pdf.reading import tags

NUMBER = re.compile(r"^(?:Chapter |Appendix )?(?:\d+|[A-Z])?(?:\.\d+)*\s")
LEFT_OUT = re.compile(r"(?:H[1-6]|Formula|TOC|Lbl)\b")
MARK = re.compile(r" ?(?:\d+\.?|\([\d.]+\)|[•\N{EN DASH}])")
"""What stands before an item of a list, or beside a formula."""
ONLY_ON_THE_SITE = (
    ".//math | .//script | .//button | .//svg | .//*[contains(@class, 'headerlink')] | .//*[contains(@class, 'eqno')]"
    " | .//*[contains(@class, 'toctree-wrapper')] | .//*[contains(@class, 'page-facts')]"
)
ISLANDS = re.compile(r'^ *"(?P<text>.*)"$')
"""The texts that poppler finds in tags."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book of every construct, as a site and as a PDF."""
    project = copy_project("constructs", tmp_path_factory.mktemp("constructs"))
    build = run_toolchain("build", "pdf", "html", project=project)
    assert build.code == 0, build.stdout + build.stderr
    return project / "_build"


@pytest.fixture
def pdf(built: Path) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(built / "pdf/constructs.pdf") as opened:
        yield opened


def kinds(pdf: pikepdf.Pdf) -> Counter[str]:
    return Counter(str(element.S)[1:] for element in elements(pdf))


def squeezed(text: str) -> str:
    """Return letters and digits only: spaces and hyphens are the line's."""
    return re.sub(r"[\W_]+", "", text)


def doctree_counts(built: Path) -> Counter[str]:
    """Return how many nodes of each kind the pages have."""
    counts: Counter[str] = Counter()
    for path in (built / "doctrees").rglob("*.doctree"):
        document = pickle.loads(path.read_bytes())
        for bundle in document.findall(nodes.container):
            if bundle.get("nb_element") == "mime_bundle":
                del bundle[1:]  # one of its forms is printed
        counts.update(type(node).__name__ for node in document.findall(nodes.Element))
        counts["table with a head"] += sum(
            any(table.findall(nodes.thead)) for table in document.findall(nodes.table)
        )
    return counts


def test_there_are_as_many_elements_as_the_pages_have(built: Path, pdf: pikepdf.Pdf) -> None:
    nodes_of, of = doctree_counts(built), kinds(pdf)
    headings = sum(count for kind, count in of.items() if re.fullmatch("H[1-6]", kind))

    # The contents and the index have headings of their own; the first page's title is that of the book.
    assert headings == nodes_of["section"] + 2 - 1
    assert of["Table"] == nodes_of["table"]
    assert of["THead"] == nodes_of["table with a head"]
    assert of["Figure"] == nodes_of["image"]
    assert of["Formula"] == nodes_of["math"] + nodes_of["math_block"]
    assert of["Note"] == nodes_of["footnote"]
    assert of["BlockQuote"] == nodes_of["block_quote"]
    assert "Span" not in of


def said_by_site(page: Path) -> Iterator[tuple[str, str]]:
    """Yield the heading of each section of a page and its words, but for formulas and what only a screen needs."""
    (article,) = html.parse(page).getroot().xpath("//article")
    for element in article.xpath(ONLY_ON_THE_SITE):
        element.drop_tree()
    for heading in article.xpath(".//h1|.//h2|.//h3"):
        words = [
            element.text_content()
            for element in heading.getparent().iterchildren(etree.Element)
            if element.tag != "section" and element is not heading
        ]
        yield squeezed(NUMBER.sub("", heading.text_content())), squeezed(" ".join(words))


def said_by_tags(path: Path) -> dict[str, str]:
    """Return the words of each section by its heading, but for formulas, the contents, and the numbers of lists."""
    sections, heading, out, deeper = {"": ""}, "", "", (0, "")
    run = subprocess.run(["pdfinfo", "-struct-text", str(path)], capture_output=True, text=True, check=True)
    for line in run.stdout.splitlines():
        depth, what = len(line) - len(line.lstrip()), line.strip()
        if depth <= deeper[0]:
            if deeper[1] == "heading":
                heading = squeezed(NUMBER.sub("", out.strip()))
                sections.setdefault(heading, "")
            deeper = (0, "")
        if text := ISLANDS.match(line):
            if deeper[1] == "heading":
                out += text["text"]
            elif not deeper[1] or (deeper[1] == "label" and not MARK.fullmatch(text["text"])):
                sections[heading] += text["text"]
        elif not deeper[1] and (kind := LEFT_OUT.match(what)):
            deeper, out = (depth, {"H": "heading", "L": "label"}.get(kind[0][0], "nothing")), ""
    return {heading: squeezed(text) for heading, text in sections.items()}


def test_sections_say_what_they_say_on_the_site(built: Path) -> None:
    said = said_by_tags(built / "pdf/constructs.pdf")
    differing = {
        heading
        for page in sorted((built / "html").glob("chapter_*/*.html"))
        for heading, text in said_by_site(page)
        if said.get(heading) != text
    }

    # What is folded on the site has a button that says so, where outputs come from stands below all sections there, a note
    # below its own; Sphinx explains * and abbreviations in print, and a drawing has letters.
    assert differing == {"Tags", "Code", "Footnotes", "Functions", "Roles", "Drawnfigure"}


def test_code_is_said_letter_by_letter_with_its_lines(pdf: pikepdf.Pdf) -> None:
    codes = [
        str(element.ActualText)
        for element in elements(pdf)
        if element.S == "/Code" and "/ActualText" in element
    ]

    assert 'def f():\n    return "$x$"' in codes
    assert "```{note}\nA *note* with {ref}`x`.\n```" in codes


def test_formulas_and_pictures_have_words(pdf: pikepdf.Pdf) -> None:
    formulas = [element for element in elements(pdf) if element.S == "/Formula"]
    figures = [element for element in elements(pdf) if element.S == "/Figure"]

    assert all(str(formula.Alt).strip() for formula in formulas)
    assert "a = b" in {str(formula.Alt) for formula in formulas}
    assert "A curve." in {str(figure.get("/Alt", "")) for figure in figures}


def test_heads_of_tables_say_what_they_head_and_rows_are_whole(pdf: pikepdf.Pdf) -> None:
    found = elements(pdf)
    rows = [element for element in found if element.S == "/TR"]

    assert {str(head.A.Scope) for head in found if head.S == "/TH"} == {"/Column"}
    assert {len(row.K) for row in rows if row.P.P.K[0].S == "/Caption"} == {2}


def test_figures_say_where_they_are(pdf: pikepdf.Pdf) -> None:
    boxes = [
        [float(side) for side in element.A.BBox]
        for element in elements(pdf)
        if element.S == "/Figure" and "/A" in element and "/BBox" in element.A
    ]

    assert len(boxes) > 3
    width, height = (float(side) for side in pdf.pages[0].mediabox[2:])
    assert all(0 < left < right < width and 0 < low < high < height for left, low, right, high in boxes)
    assert {(round(right - left), round(high - low)) for left, low, right, high in boxes} != {(1, 1)}


def test_links_say_where_they_lead_and_notes_and_tables_are_found_by_name(pdf: pikepdf.Pdf) -> None:
    links = [link for page in pdf.pages for link in page.obj.get("/Annots", ())]
    titles = {str(link.Contents) for link in links if "/URI" not in link.A}
    names = pikepdf.NameTree(pdf.Root.StructTreeRoot.IDTree)
    found = [element for element in elements(pdf) if element.S in ("/Note", "/Table")]

    assert all(str(link.Contents) for link in links)
    assert all(link.Contents == link.A.URI for link in links if "/URI" in link.A)
    with pdf.open_outline() as outline:
        marks = list(outline.root)
        for mark in marks:
            marks += mark.children
        assert titles <= {mark.title for mark in marks}
    assert len(titles) > 2
    assert {bytes(element.ID) for element in found} == {name.encode() for name in names}
    assert len(found) == len(list(names))


def test_items_have_their_marks_and_bodies(pdf: pikepdf.Pdf) -> None:
    items = [element for element in elements(pdf) if element.S == "/LI"]

    assert {tuple(str(kid.S) for kid in item.K) for item in items} <= {("/Lbl", "/LBody"), ("/LBody",)}
    assert {
        str(element.A.ListNumbering) for element in elements(pdf) if element.S == "/L" and "/A" in element
    } == {
        "/Disc",
        "/Decimal",
    }


def test_each_link_has_its_annotation_and_each_piece_its_element(pdf: pikepdf.Pdf) -> None:
    numbers = list(pdf.Root.StructTreeRoot.ParentTree.Nums)
    parents = dict(zip(map(int, numbers[::2]), numbers[1::2], strict=True))
    annotations = [annotation for page in pdf.pages for annotation in page.obj.get("/Annots", ())]
    pieces: Counter[tuple[Any, int]] = Counter()
    for page in pdf.pages:
        depth = 0
        for operands, operator in pikepdf.parse_content_stream(page):
            depth += {"BDC": 1, "BMC": 1, "EMC": -1}.get(str(operator), 0)
            assert depth in (0, 1)
            if str(operator) == "BDC" and "/MCID" in operands[1]:
                pieces[page.obj.StructParents, int(operands[1].MCID)] += 1
        assert depth == 0

    assert set(pieces.values()) == {1}
    assert all(isinstance(parents[page][number], pikepdf.Dictionary) for page, number in pieces)
    assert annotations
    assert all(parents[int(annotation.StructParent)].S == "/Link" for annotation in annotations)
    assert not any("/TagLink" in annotation for annotation in annotations)


def test_the_document_says_its_language_and_its_title(pdf: pikepdf.Pdf) -> None:
    assert str(pdf.Root.Lang) == "en"
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    assert pdf.Root.MarkInfo.Marked


def test_nothing_of_the_marks_is_left_and_all_text_is_tagged(pdf: pikepdf.Pdf) -> None:
    assert not any(b"/tag:" in page.obj.Contents.read_bytes() for page in pdf.pages)
    assert tags.read(pdf) == tags.Tagged(has_structure=True, language="en", untagged=frozenset())


def test_text_that_something_else_has_drawn_is_found(pdf: pikepdf.Pdf) -> None:
    stamp = b"BT /F1 9 Tf 20 20 Td (Stamp) Tj ET"
    pdf.pages[2].contents_add(stamp)

    assert tags.read(pdf).untagged == {2}


def test_the_pdf_of_a_section_says_what_its_pages_say_in_the_book(built: Path, pdf: pikepdf.Pdf) -> None:
    whole = in_order(pdf)
    paths = sorted((built / "pdf-sections").rglob("*.pdf"))
    assert len(paths) > 1
    for path in paths:
        with pikepdf.open(path) as part:
            labels, shown, of = {str(page.label) for page in part.pages}, in_order(part), parents(part)

            assert [piece for _, *piece in shown] == [piece for _, *piece in whole if piece[0] in labels]
            # Headings count from the highest of the file.
            assert min(kind for kind, *_ in shown if re.fullmatch("/H[1-6]", kind)) == "/H1"
            assert tags.read(part) == tags.Tagged(has_structure=True, language="en", untagged=frozenset())
            assert part.Root.MarkInfo.Marked
            assert part.Root.ViewerPreferences.DisplayDocTitle
            for page in part.pages:
                numbers = {number for _, label, number in shown if label == str(page.label)}
                assert numbers == set(range(len(of[page.obj.StructParents])))
                for link in page.obj.get("/Annots", ()):
                    element = of[int(link.StructParent)]
                    assert element.S == "/Link"
                    assert link in [kid.Obj for kid in element.K if "/Obj" in kid]


def test_a_tool_that_reads_tags_reads_those_of_a_section(built: Path) -> None:
    whole = said_by_tags(built / "pdf/constructs.pdf")
    (path,) = (built / "pdf-sections").rglob("blocks.pdf")
    said = {heading: text for heading, text in said_by_tags(path).items() if text}

    assert len(said) > 3
    assert {heading for heading, text in said.items() if text not in whole[heading]} == set()
