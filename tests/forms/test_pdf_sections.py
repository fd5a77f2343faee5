"""Each page of the site offers its part of the PDF: with the book's numbers, and links that lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pikepdf
import pypdfium2
import pytest
from lxml import html
from support.projects import copy_project
from support.running import run_toolchain

SITE = "https://book.example/structured"
PAGES = {
    "preface": ("Preface", ["Everybody."]),
    "deep/index": ("1 Deep", ["Before the pages"]),
    "deep/one": ("1.2 One", ["Text with Section", "1. Do."]),
    "deep/two": ("1.3 Two", ["See Chapter 1", "After it"]),
    "flat": ("2 Flat", ["Not in the contents"]),
    "extra": ("A Extra", ["More"]),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book that says where its site is, with one edition; tests only look at it, but for the last."""
    project = copy_project("structured", tmp_path_factory.mktemp("structured"))
    toml = project / "_config/book.toml"
    text = toml.read_text(encoding="utf-8").partition("[pdf.editions.print]")[0]
    toml.write_text(text.replace("[kernel]", f'site = "{SITE}/"\n\n[kernel]', 1), encoding="utf-8")
    build(project)
    return project


def build(project: Path, *forms: str) -> None:
    run = run_toolchain("build", *(forms or ("html", "pdf")), project=project)
    assert run.code == 0, run.stdout + run.stderr


def offered(project: Path, name: str) -> list[Path]:
    """Return the files that a page of the site offers as its PDF."""
    path = project / f"_build/html/{name}.html"
    links = html.parse(str(path)).getroot().xpath("//*[contains(@class, 'header-article')]//a/@href")
    return [
        (path.parent / unquote(link)).resolve() for link in dict.fromkeys(links) if "_pdf/sections" in link
    ]


def section(project: Path, name: str) -> Path:
    (path,) = offered(project, name)
    return path


def links(path: Path) -> Iterator[tuple[str, int | None]]:
    """Yield the address of each link, or the page, counted from 0, that it leads to within the file."""
    with pikepdf.open(path) as pdf:
        numbers = {page.objgen: number for number, page in enumerate(pdf.pages)}
        for page in pdf.pages:
            for link in page.get("/Annots", ()):
                yield (str(link.A.URI), None) if "/A" in link else ("", numbers[link.Dest[0].objgen])


def state(project: Path) -> dict[str, tuple[bytes, int]]:
    folder = project / "_build/html/_pdf/sections"
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*.pdf")
    }


@pytest.mark.parametrize("name", PAGES)
def test_a_section_has_its_pages_with_their_numbers_and_its_title(project: Path, name: str) -> None:
    title, words = PAGES[name]
    path = section(project, name)
    whole = pypdfium2.PdfDocument(project / "_build/pdf/structured.pdf")
    numbered = {
        whole.get_page_label(n): page.get_textpage().get_text_bounded() for n, page in enumerate(whole)
    }
    part = pypdfium2.PdfDocument(path)
    texts = [(part.get_page_label(n), page.get_textpage().get_text_bounded()) for n, page in enumerate(part)]

    assert part.get_metadata_value("Title") == title
    assert part.get_metadata_value("Author") == "Its author"
    assert len(texts) < len(whole)
    assert texts == [(label, numbered[label]) for label, _ in texts]
    assert all(said in " ".join(" ".join(text for _, text in texts).split()) for said in words)
    with pikepdf.open(path) as pdf:
        assert not pdf.check_pdf_syntax()
        assert str(pdf.Root.Lang) == "en"


def test_a_page_on_which_one_section_ends_and_the_next_begins_is_in_both(project: Path) -> None:
    labels = {}
    for name in PAGES:
        with pikepdf.open(section(project, name)) as pdf:
            labels[name] = [str(page.label) for page in pdf.pages]

    assert labels["deep/one"][-1] == labels["deep/two"][0]
    # A chapter begins on a page of its own, which is not that of what is before it.
    assert not set(labels["deep/two"]) & set(labels["flat"])
    assert not set(labels["flat"]) & set(labels["extra"])


def test_links_lead_to_the_file_itself_or_to_a_place_of_the_site(project: Path) -> None:
    (after,) = {address for address, _ in links(section(project, "deep/index")) if "#" in address}
    from_two = [address for address, _ in links(section(project, "deep/two")) if address.startswith(SITE)]

    assert [number for address, number in links(section(project, "deep/one")) if not address] == [
        0,
        1,
        1,
        *[0] * 5,
    ]
    assert after == f"{SITE}/deep/two.html#sec-after"
    assert 'id="sec-after"' in (project / "_build/html/deep/two.html").read_text(encoding="utf-8")
    assert from_two == [f"{SITE}/deep/index.html", f"{SITE}/deep/one.html"]


def test_the_first_page_offers_the_book(project: Path) -> None:
    assert offered(project, "index") == []
    assert {Path(name).with_suffix("").as_posix() for name in state(project)} == {*PAGES}


def test_only_what_an_edit_changes_is_written_again_and_an_incremental_build_is_a_clean_one(
    project: Path, tmp_path: Path
) -> None:
    before = state(project)
    build(project)
    assert state(project) == before

    page = project / "book/extra.md"
    page.write_text(page.read_text(encoding="utf-8").replace("Text.", "Other words."), encoding="utf-8")
    build(project)
    after = state(project)

    assert {name for name in after if after[name] != before[name]} == {"extra.pdf"}
    clean = copy_project("structured", tmp_path)
    for name in ("_config/book.toml", "book/extra.md"):
        (clean / name).write_bytes((project / name).read_bytes())
    build(clean)
    assert {name: content for name, (content, _) in state(clean).items()} == {
        name: content for name, (content, _) in after.items()
    }

    # What was changed by somebody else is made again; where nobody knows the site, nothing leads to it.
    (clean / "_build/pdf-sections/flat.pdf").write_bytes(b"")
    toml = clean / "_config/book.toml"
    toml.write_text(re.sub(r"\nsite = .*", "", toml.read_text(encoding="utf-8")), encoding="utf-8")
    build(clean)
    assert state(clean)["flat.pdf"][0] == after["flat.pdf"][0]
    assert [address for address, _ in links(section(clean, "deep/two"))] == [
        f"https://forum.example.org/t/{topic}?from=book&x=a~b" for topic in (1234, 77)
    ]
    toml.write_text(toml.read_text(encoding="utf-8") + "\n[pdf]\nsections = false\n", encoding="utf-8")
    build(clean)
    assert not state(clean)
    assert not offered(clean, "flat")


def test_a_site_alone_offers_none(project: Path) -> None:
    build(project, "html")

    assert not state(project)
    assert not offered(project, "flat")


def test_a_page_that_is_not_printed_offers_no_pdf(tmp_path: Path) -> None:
    project = copy_project("chapter-left-out-of-print", tmp_path)
    toml = project / "_config/book.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8") + '\n[check.off]\nPDF004 = "print is shorter"\n', encoding="utf-8"
    )
    (project / "book/section.md").rename(project / "book/se\xe7_ion.md")
    index = project / "book/index.md"
    index.write_text(index.read_text(encoding="utf-8").replace("section", "se\xe7_ion"), encoding="utf-8")
    build(project)

    assert section(project, "se\xe7_ion").is_file()
    assert offered(project, "other") == []

    conf = project / "_config/conf.py"
    conf.write_text(conf.read_text(encoding="utf-8").replace('"other"', '"none"'), encoding="utf-8")
    build(project)

    assert section(project, "other").is_file()
