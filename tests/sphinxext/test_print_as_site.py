"""What the site says is what print and the notebooks say: letters, titles, figures and works, and all of book.toml."""

# ruff: noqa: RUF001 - the characters that look like others are meant

import json
import re
import subprocess
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
import pikepdf
import pytest
from lxml import html
from pypdf import PdfReader
from support.projects import copy_project
from support.running import run_toolchain

from toolchain.project import settings
from toolchain.project.book_section import BookSection, Person
from toolchain.project.sections import BookToml
from toolchain.sphinxext.configuration import configuration

SPECIAL = r"""# $ % & _ {x} ~ ^ \y <u> "v" 'w' -- --- `` '' ,, << >> ?` !` é Ω"""
OTHERS = ("language", "branch", "site", "recurring", "contributors", "doi", "isbn", "blurb")
"""Keys of `[book]` that no page shows as text, or whose text is not free; the blurb is on covers."""
IN_METADATA = ("description", "keywords")
DOI = "10.1234/a_b"


LISTED = {
    "List of Figures": "2.1Acaptionwithanote,Atitlewithanote,[Doe,2020c],α2andabreak.",
    "List of Tables": "6.1Caption.",
    "List of Code": "7.1Codeofα2andzip.",
}
"""What stands in each."""
LISTS = (tuple[str, ...], tuple[str | Person, ...])


def strings(section: type[msgspec.Struct], value: str) -> dict[str, Any]:
    """Return a value for each key of a section that may be any text."""
    hints = get_type_hints(section, include_extras=True)
    texts = {name: f"{name} {value}" for name, hint in hints.items() if hint is str}
    return texts | {name: [f"{name} {value}"] for name, hint in hints.items() if hint in LISTS}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_project("as-on-the-site", tmp_path_factory.mktemp("as-on-the-site"))
    texts = {name: text for name, text in strings(BookSection, SPECIAL).items() if name not in OTHERS}
    lines = [f"{name} = {json.dumps(text, ensure_ascii=False)}" for name, text in texts.items()]
    (folder / "_config/book.toml").write_text(
        "\n".join(
            [
                "[book]",
                'slug = "as-on-the-site"',
                'forum = "https://forum.example/t/{topic}"',
                'site = "https://example.org/~a_b"',
                f'doi = "{DOI}"',
                *lines,
                "",
            ]
        )
        + '[kernel]\nfolder = "../../../kernel"\n\n[pdf]\nlists = ["figures", "tables", "code"]\nfonts = { Greek = "DejaVu Sans" }\n\n[pdf.editions.screen]\nisbn = "978-3-16-148410-0"\n',
        encoding="utf-8",
    )
    build = run_toolchain("build", project=folder)
    assert build.code == 0, build.stdout + build.stderr
    return folder


@pytest.fixture(scope="module")
def printed(project: Path) -> str:
    """Give the text of the PDF, without what breaks its lines."""
    return bare("".join(page.extract_text() for page in PdfReader(pdf(project)).pages))


def pdf(project: Path) -> Path:
    return project / "_build/pdf/as-on-the-site.pdf"


def bare(text: str) -> str:
    return re.sub(r"\s|\N{SOFT HYPHEN}", "", unicodedata.normalize("NFKC", text))


def page(project: Path, name: str) -> Any:
    return html.parse(str(project / f"_build/html/{name}.html")).getroot()


def cells(project: Path, name: str) -> str:
    with zipfile.ZipFile(project / "_build/notebooks/as-on-the-site.zip") as bundle:
        (file,) = (path for path in bundle.namelist() if re.search(rf"/\d+-{name}\.ipynb$", path))
        notebook = json.loads(bundle.read(file))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in notebook if cell["cell_type"] == "markdown")


def texts(elements: list[Any]) -> list[str]:
    return [" ".join(element.text_content().split()) for element in elements]


def test_every_text_of_book_toml_is_printed_as_it_is(project: Path, printed: str) -> None:
    with pikepdf.open(pdf(project)) as opened:
        metadata = bare("".join(map(str, opened.docinfo.values())))
    shown = {name: text for name, text in strings(BookSection, SPECIAL).items() if name not in OTHERS}
    for name, text in shown.items():
        for value in [text] if isinstance(text, str) else text:
            assert bare(value) in (metadata if name in IN_METADATA else printed), name
    assert bare("ISBN 978-3-16-148410-0") in printed
    assert f"https://doi.org/{DOI}" in printed
    assert bare("title " + SPECIAL) in metadata
    assert "https://example.org/~a_b" in printed


def test_no_text_of_book_toml_reaches_latex_as_it_is(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the other tables neither: a key that is printed one day is escaped, or is found here."""
    loaded = settings.load(project)
    tables = {field.name: getattr(loaded.toml, field.name) for field in msgspec.structs.fields(BookToml)}
    marked = {
        name: msgspec.structs.replace(table, **strings(type(table), SPECIAL))
        for name, table in tables.items()
        if isinstance(table, msgspec.Struct)
    }
    marked["kernel"] = msgspec.structs.replace(marked["kernel"], folder=loaded.toml.kernel.folder)
    toml = msgspec.structs.replace(loaded.toml, **marked)
    monkeypatch.setattr(settings, "load", lambda _: msgspec.structs.replace(loaded, toml=toml))

    given = configuration(str(project / "_config/conf.py"))
    written = list(texts_in({name: value for name, value in given.items() if name.startswith("latex_")}))

    assert any("edition" in text and r"\$" in text for text in written)
    assert [text for text in written if SPECIAL in text] == []


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts_in(item)


def test_print_has_the_characters_of_the_site(project: Path, printed: str) -> None:
    letters = page(project, "letters")
    said = texts(
        letters.xpath(
            "//article//p[not(ancestor::figcaption)] | //article//td | //article//th | //article//*[@class='caption-text']"
        )
    )

    assert "``x''" in said
    assert "<<z>>" in said[1]
    for text in said:
        if text != "#" and "provenance" not in text and not text.startswith("Computed on"):
            assert bare(text.removesuffix("#")) in printed, text
    assert "office affluent fjord" in " ".join(said)
    assert bare("in ``formulas'' it's -- so") in printed
    assert bare("quoted ''it's'' -- so") in printed, "in the index"


def test_latex_that_is_typed_has_the_ligatures_of_tex(printed: str) -> None:
    assert "Typed“quoted”12–13—it’s“sans”14–15“slanted”.After" in printed


def test_formulas_are_printed_as_the_site_has_them(project: Path) -> None:
    with pikepdf.open(pdf(project)) as opened:
        drawn = [outlined(page) for page in opened.pages]
    text = "".join(page.extract_text() for page in PdfReader(pdf(project)).pages)

    # What MathJax brings along is loaded.
    assert "OfMathJax:x≔|a⟩<30°Δyzβ\\Éwpμ∑qr" in re.sub(r"\x01", "", bare(text))  # the stroke of \cancel
    # x, 1, L, theta: the d is of the text's bold font
    assert [count for count in drawn if count] == [4]
    assert re.search(r"\N{MATHEMATICAL BOLD SMALL X}\s*𝝁\s*𝜷\s*\N{MATHEMATICAL BOLD DIGIT ONE}\s*𝚺", text)


def outlined(page: pikepdf.Page) -> int:
    """Return how many glyphs of a page are drawn with an outline, by which a font without bold letters has them."""
    glyphs, mode = 0, 0
    for operands, operator in pikepdf.parse_content_stream(page):
        if str(operator) == "Tr":
            mode = int(operands[0])
        elif str(operator) == "TJ" and mode == 2:
            glyphs += sum(len(bytes(part)) // 2 for part in operands[0] if isinstance(part, pikepdf.String))
    return glyphs


TITLES = [
    (1, "1 Letters as a--b 'c' \"d\""),
    (1, "2 A title with a note"),
    (2, "2.1 With code, H2O and slant"),
    (2, "2.2 1×1 convolutions, α_B and ∞"),
    (2, "2.3 See A title with a note, Figure 2.1, A title with a note and Doe [2020b]"),
    (2, "2.4 A link and in two lines"),
    (1, "3 Figures at the side"),
]


def test_titles_are_the_same_wherever_they_are_repeated(project: Path) -> None:
    reader = PdfReader(pdf(project))
    bookmarks = list(outline(reader.outline, 1))
    assert bookmarks[1:4] == [(1, name) for name in LISTED]
    assert bookmarks[4 : 4 + len(TITLES)] == TITLES
    (printed_page,) = (
        text for text in (page.extract_text() for page in reader.pages) if "3 The third note." in text
    )
    assert bare("A title with a note1") in bare(printed_page)
    assert bare("Chapter 2 is A title with a note, and See A title with a note, Figure 2.1,") in bare(
        printed_page
    )
    contents = next(
        text for text in map(bare, (page.extract_text() for page in reader.pages)) if "2.3See" in text
    )
    caption = bare("Part #1 -- 50% & 'x_y' \\z")
    assert contents.startswith("Contents" + caption.upper())
    assert bare("2 A title with a note 3") in contents, "without the mark"

    titles = page(project, "titles")
    beside = [
        text.partition(" ")[2] for text in texts(titles.xpath("//nav[contains(@class, 'page-toc')]//a"))
    ]
    assert beside[2] == TITLES[4][1].removeprefix("2.3 ")
    assert texts(titles.xpath("//title")) == [f"2 A title with a note — title {SPECIAL}"]
    first = titles.xpath("string(//article//p[1])")
    assert " ".join(first.split()).startswith(
        "Chapter 2 is A title with a note, and See A title with a note, Figure"
    )
    index = (project / "_build/html/_static/search/index.js").read_text(encoding="utf-8")
    assert '"2","A title with a note"]' in index
    assert '"A link and in two lines"]' in index

    notebook = cells(project, "titles")
    assert "# 2 A title with a note<sup>[1](#a)</sup>" in notebook
    assert "<br>in two lines" in notebook


def test_references_show_titles_as_they_are_set(project: Path, printed: str) -> None:
    paragraph = cells(project, "named").partition("First: ")[2].partition("\n\n")[0]
    first, second, third, fourth, fifth = re.split(
        r"\s(?=Second|Third|Fourth|Fifth)", re.sub(r"\[((?:[^\]\\]|\\.)*)\]\([^)]*\)", r"\1", paragraph)
    )
    title, pair, caption = (
        r"The norm $\ell_2$ of `zip`",
        r"Pairs of $1\times 1$ and H<sub>2</sub>O",
        r"A dot of $\beta_\mathcal{B}$.",
    )
    assert first == f"{title}, {pair}, {pair}, {title}, {title}, {caption}."
    assert second == f"Second: dot {caption}, 7.1 is {pair}."
    assert third == r"Third: words of $\gamma_1$, $\mu$ and a term, µ."
    assert fifth == "Fifth: The `tap` of it and The tap of it, The tap of it."
    assert fourth == r"Fourth: entries of $\alpha$ and zap."

    (shown,) = page(project, "named").xpath("//article//p[starts-with(., 'First')]")
    assert [
        formula.get("alttext") or formula.xpath("string(.//annotation)") for formula in shown.xpath(".//math")
    ] == [*(formula for line in (first, second, third, fourth) for formula in re.findall(r"\$(.+?)\$", line))]
    assert texts(shown.xpath(".//a//code"))[:1] == ["zip"]
    assert (
        bare("First: The norm ℓ2 of zip, Pairs of 1 × 1 and H2O, Pairs of 1 × 1 and H2O, The norm") in printed
    )
    assert (
        bare("Second: dot A dot of βB., 7.1 is Pairs of 1 × 1 and H2O. Third: words of γ1, μ and a term, μ.")
        in printed
    )


def test_the_index_has_formulas_and_code(project: Path, printed: str) -> None:
    index = html.parse(str(project / "_build/html/genindex.html")).getroot()
    letters = {
        heading.text_content(): texts(heading.xpath("following-sibling::table[1]//td/ul/li"))
        for heading in index.xpath("//article//h2")
    }
    assert letters == {
        "A": [r"α\alpha-divergence code of x1x_1"],
        "M": [r"μ\mu and a term"],
        "Q": ["quoted ''it's'' -- so"],
        "T": [r"tap ‖x‖\|x\|"],
        "X": [r"‖x‖\|x\| tap"],
        "Z": [r"zap see also α\alpha-divergence"],
        "Μ": ["µ"],
    }
    assert texts(index.xpath("//article//td//code")) == ["tap", "tap"]
    entries = printed[printed.rindex("IndexNon-alphabetical") :]
    assert entries.startswith(
        "IndexNon-alphabeticalμ,10Aα-divergencecodeofx1,10Mμandaterm,10Qquoted''it's''--so,1"
        "Ttap‖x‖,10X‖x‖tap,10Zzap,10,seealsoα-divergence"
    )


def test_what_has_captions_is_listed_after_the_contents(project: Path) -> None:
    pages = [bare(page.extract_text()) for page in PdfReader(pdf(project)).pages]
    lists = {name: next(text for text in pages if text.startswith(bare(name))) for name in LISTED}

    for name, entry in LISTED.items():
        assert entry in lists[name], name
    assert sum(text.startswith("dedication") for text in pages) == 1


def test_a_script_is_set_in_the_font_that_the_book_has_chosen(project: Path) -> None:
    fonts = set()

    def look(text: str, _matrix: Any, _text_matrix: Any, font: Any, _size: float) -> None:
        if "Ω" in text:
            fonts.add(str(font["/BaseFont"]).partition("+")[2])

    PdfReader(pdf(project)).pages[0].extract_text(visitor_text=look)

    assert fonts == {"DejaVuSans", "DejaVuSans-Bold"}


def test_sections_without_an_entry_of_the_index_are_reported(project: Path) -> None:
    proof = run_toolchain("proof", "--index", project=project)

    first, none, *places = proof.stdout.splitlines()
    assert proof.code == 0
    assert first == "index: 7 entries in 4 of 17 sections"
    assert none == "none in"
    assert "  book/titles.md:8       2.2  … convolutions, … and …" in places
    assert not [line for line in places if "named.md" in line and "7.1" not in line]


def outline(entries: Any, level: int) -> Iterator[tuple[int, str]]:
    for entry in entries:
        if isinstance(entry, list):
            yield from outline(entry, level + 1)
        else:
            yield level, str(entry.title)


def test_notes_have_the_same_marks_wherever_they_are(project: Path, printed: str) -> None:
    site, notebook = page(project, "notes"), cells(project, "notes")
    notes = {
        note.xpath("string(*[@class='label'])").strip("[]"): note.xpath("string(p)")
        for note in site.xpath("//aside[@role='doc-footnote']")
    }
    marked = [
        (mark.xpath("string(preceding-sibling::text()[1])").split()[-1], mark.text_content().strip("[]"))
        for mark in site.xpath("//article//a[@role='doc-noteref']")
    ]

    assert len(notes) == 21
    assert {"1", "*", "#", "♠", "♥", "♦", "♣", "**"} <= notes.keys()
    for mark, text in notes.items():
        assert bare(mark + text) in printed, mark
        sign = mark.replace("*", r"\*").replace("#", r"\#")
        assert f"<sup>{sign}</sup> {text}" in notebook, mark
    assert len(marked) == 23
    for word, mark in marked:
        assert bare(word + mark) in printed, word
    assert bare("— Somebody") in printed


def test_what_print_sets_in_another_font_stands_where_the_site_has_it(project: Path, printed: str) -> None:
    with pikepdf.open(pdf(project)) as opened, opened.open_outline() as bookmarks:
        titles = [str(below.title) for item in bookmarks.root for below in item.children]

    assert "中文." in printed
    assert "6.2 ✓ lim _a sup _b x" in titles
    assert "https://forum.example/t/12" in targets(pdf(project))


def test_figures_at_the_side_are_printed_in_their_place(printed: str) -> None:
    begin = printed.index(bare("Figures at the side Figure 3.1"))
    order = [
        "At the right.", "Some words.", "of things", "A quotation", "Figure 3.2: In a list.", "The next item",
        "Figure 3.3: In a quotation.", "Figure 3.4: In a note.", "A list in the note", "Definition",
        "Figure 3.5: In a definition.", "Figure 3.6: Before a table.", "Figure 3.7: Before code.", "code = 1",
        "Words of the end, and Figure 3.1.",
    ]  # fmt: skip
    places = [printed.index(bare(text), begin) for text in order]
    assert places == sorted(places)


WORKS = {
    "Doe, 2020b": "Jane Doe. First work. Journal, 2020b.",
    "Doe, 2020c": "Jane Doe. Second work. Journal, 2020c.",
    "Doebl, 2020": "Al Doebl. Unlike. Journal, 2020.",
    "Doeblin, 2020": "Al Doeblin. Alike. Journal, 2020.",
    "Hill et al., 2021a": "Ann Hill, Di Alder, and Ed Birch. Fourth. Journal, 2021a.",
    "Hill et al., 2021b": "Ann Hill, Cy Moss, and Bo Reed. Third. Journal, 2021b.",
    "Moss, n.d.-a": "Cy Moss. Undated. n.d.-a.",
    "Moss, n.d.-b": "Cy Moss. Undated too. n.d.-b.",
    "Müller, 2002": "Éva Müller. A word, bold, 10th in FORMULA. Straße – the end, 2002. At http://example.com/a_b%20c#d.",
    "Reed, 2003": "Bo Reed. Addresses. online, 2003. URL: http://example.com/~a%20b_c&d~e, arXiv:2001.00001, "
    "doi:10.1007/123-456_5.",
    "Reed, 2004": "Bo Reed. A gain of 50% of $5 to $10. Journal, 2004.",
    "Reed, 2005": "Bo Reed. Signs. Journal, 2005. doi:10.1002/(SICI)10<1::AID>3.0.CO;2-#.",
    "The LaTeX Team, 2001": "The LaTeX Team. On x2, h2o, α and TeX. Proc. TeX & DNA, 2001.",
}
LINKS = [
    "http://example.com/a_b%20c#d",
    "http://example.com/x_y",
    "http://example.com/~a%20b_c&d~e",
    "https://arxiv.org/abs/2001.00001",
    "https://doi.org/10.1007/123-456_5",
    "https://doi.org/10.1002/(SICI)10%3C1::AID%3E3.0.CO;2-%23",
]
CITED = (
    "Doe [2020b] and Doe [2020c]; [Hill et al., 2021a, Hill et al., 2021b]; Doeblin [2020] and Doebl [2020]; "
    "Moss [n.d.-a], Moss [n.d.-b]; Müller [2002], Reed [2003], Reed [2004], Reed [2005], The LaTeX Team [2001]."
)


def test_works_are_told_apart_and_set_in_all_forms(project: Path, printed: str) -> None:
    works, others = page(project, "works"), page(project, "other-works")
    assert texts(works.xpath("//article//p"))[0] == CITED
    assert texts(others.xpath("//article//p"))[0] == "Doe [2020a] and Doe [2021] as Doe [2020c] says."
    entries = works.xpath("//div[@role='list']/div[@role='listitem']")
    labels = [text.strip("[]") for text in texts([entry.find_class("label")[0] for entry in entries])]
    listed = texts([entry.find("p") for entry in entries])
    assert (
        dict(zip(labels, [text.replace(r"ab\frac{a}{b}", "FORMULA") for text in listed], strict=True))
        == WORKS
    )
    assert [str(link) for entry in entries for link in entry.xpath(".//p//a/@href")] == LINKS
    assert len(works.xpath("//div[@role='list']/div[@role='listitem']//math//mfrac")) == 1

    assert bare(CITED) in printed
    for text in WORKS.values():
        for part in text.split("FORMULA"):
            assert bare(part) in printed, text
    assert set(LINKS) <= set(targets(pdf(project)))

    notebook = cells(project, "works")
    assert r"Doe \[[2020b](#" in notebook
    assert r"in $\frac{a}{b}$. *Straße – the end*" in notebook.replace("\N{NO-BREAK SPACE}", " ")
    assert set(re.findall(r"\]\((http[^)\s]*)\)", notebook)) == {
        link.replace("(", "%28").replace(")", "%29") for link in LINKS
    }


def targets(path: Path) -> Iterator[str]:
    with pikepdf.open(path) as opened:
        for sheet in opened.pages:
            for annotation in sheet.get("/Annots", ()):
                if address := annotation.get("/A", {}).get("/URI"):
                    yield str(address)


def test_what_is_read_from_right_to_left_is_printed_so(project: Path) -> None:
    said = subprocess.run(["pdftotext", pdf(project), "-"], capture_output=True, check=True, text=True).stdout
    shown = " ".join("".join(sign for sign in said if unicodedata.category(sign) != "Cf").split())

    assert "שלום עולם" in shown
    assert "العربية لغة" in unicodedata.normalize("NFKC", shown)
    assert "\N{ARABIC LETTER BEH INITIAL FORM}" in shown  # it joins the next
