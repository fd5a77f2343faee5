"""What a site tells machines of its pages and of itself, whatever stands in titles; and files that serve the whole of it."""

import json
import re
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from lxml import html
from PIL import Image
from support.built_sites import files_of
from support.projects import copy_project
from support.running import run_toolchain

HOME = "https://book.example/waves/"
BOOK = 'Waves </script><script>alert(1)</script> & "shores" <!--'
CHAPTER = "A </script><script>alert(2)</script> & “more” <!-- gone -->"
ATOM, SITEMAP = "{http://www.w3.org/2005/Atom}", "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_project("published", tmp_path_factory.mktemp("published"))
    build = run_toolchain("build", "html", project=folder)
    assert build.code == 0, build.stdout + build.stderr
    return folder


@pytest.fixture(scope="module")
def site(project: Path) -> Path:
    return project / "_build/html"


def tree(site: Path, page: str) -> Any:
    return html.document_fromstring((site / f"{page}.html").read_bytes())


def head(site: Path, page: str) -> dict[str, list[str]]:
    """Return what the head of a page says, by names."""
    tags = tree(site, page).xpath("//head/meta[@content]")
    said = sorted(
        ((tag.get("name") or tag.get("property") or "", tag.get("content")) for tag in tags),
        key=lambda pair: pair[0],
    )
    return {
        name: [content for _, content in pairs] for name, pairs in groupby(said, key=lambda pair: pair[0])
    }


def linked(site: Path, page: str) -> dict[str, Any]:
    (script,) = tree(site, page).xpath("//script[@type='application/ld+json']")
    said: dict[str, Any] = json.loads(script.text)
    return said


def test_no_title_becomes_a_program(site: Path) -> None:
    for page in ("index", "legal", "chapter_a/index", "chapter_b/index", "chapter_a/plots", "404"):
        scripts = tree(site, page).xpath("//script/text()")
        assert not [script for script in scripts if script.startswith("alert")], page


def test_first_page_is_a_book(site: Path) -> None:
    said, book = head(site, "index"), linked(site, "index")
    assert said["description"] == ['All about <waves> & "shores".'] == said["og:description"]
    assert (said["og:type"], said["og:title"], said["og:url"]) == (["book"], [BOOK], [f"{HOME}index.html"])
    assert said["citation_author"] == ["Ann <b>Hill</b>", 'Bo "Bo" Reed']
    assert said["citation_author_orcid"] == ["https://orcid.org/0000-0002-1825-0097"]
    assert said["citation_isbn"] == ["978-3-16-148410-0", "0-306-40615-2"]
    assert (said["citation_doi"], said["citation_publication_date"]) == (["10.1234/waves.2"], ["2026/03/04"])
    assert (book["@type"], book["name"], book["bookEdition"]) == ("Book", BOOK, "Second edition")
    assert book["identifier"] == "https://doi.org/10.1234/waves.2"
    assert book["license"] == "https://creativecommons.org/licenses/by-nc-sa/4.0/"
    assert book["author"][1]["affiliation"]["name"] == "Shore & Sons"


def test_page_is_a_part_of_its_chapter(site: Path) -> None:
    said, page = head(site, "chapter_a/plots"), linked(site, "chapter_a/plots")
    assert said["citation_title"] == ["Plots"]
    assert said["citation_inbook_title"] == [BOOK]
    assert (page["@type"], page["position"], page["isPartOf"]["name"]) == ("Chapter", "1.1", CHAPTER)
    assert page["isPartOf"]["isPartOf"] == {
        "@type": "Book",
        "@id": f"{HOME}index.html",
        "url": f"{HOME}index.html",
        "name": BOOK,
    }


def test_description_is_the_authors_or_the_first_words(site: Path) -> None:
    assert head(site, "legal")["description"] == ['What the *law* says of "waves" & shores. It is short.']
    assert head(site, "chapter_a/index")["description"] == [
        "But this one, of Shores, has none. Third & last!"
    ]
    (long,) = head(site, "chapter_b/index")["description"]
    assert re.fullmatch(r"Of shores there is a lot to say:( word)+…", long)
    assert 180 < len(long) <= 201


def test_each_chapter_has_a_card_and_a_title_without_letters_for_it_the_books(site: Path) -> None:
    cards = {
        page: head(site, page)["og:image"]
        for page in ("index", "legal", "chapter_a/index", "chapter_a/plots", "chapter_b/index")
    }
    whole = [f"{HOME}_cards/index.png"]
    assert cards == {
        "index": whole,
        "legal": whole,
        "chapter_a/index": [f"{HOME}_cards/chapter_a/index.png"],
        "chapter_a/plots": [f"{HOME}_cards/chapter_a/index.png"],
        "chapter_b/index": [f"{HOME}_cards/chapter_b/index.png"],
    }
    for (address,) in cards.values():
        with Image.open(site / address.removeprefix(HOME)) as card:
            assert card.size == (1200, 630)
            assert len(card.convert("RGB").getcolors(1 << 20) or ()) > 8, "letters are drawn on it"


def test_feed_has_the_news_and_sitemap_all_pages(site: Path) -> None:
    feed = ET.fromstring((site / "feed.xml").read_bytes())  # noqa: S314 - our own
    entries = [
        (entry.findtext(f"{ATOM}title"), entry.findtext(f"{ATOM}updated"))
        for entry in feed.iter(f"{ATOM}entry")
    ]
    assert entries == [
        ("A second chapter,", "2026-03-04T00:00:00Z"),
        ("A first <chapter> & more.", "2026-01-02T00:00:00Z"),
    ]
    assert feed.findtext(f"{ATOM}updated") == "2026-03-04T00:00:00Z"
    pages = [place.text for place in ET.fromstring((site / "sitemap.xml").read_bytes()).iter(f"{SITEMAP}loc")]  # noqa: S314
    assert pages == [
        f"{HOME}{page}.html"
        for page in ("chapter_a/index", "chapter_a/plots", "chapter_b/index", "index", "legal")
    ]
    assert f"Sitemap: {HOME}sitemap.xml" in (site / "robots.txt").read_text()


def test_book_is_cited_as_book_toml_says(site: Path) -> None:
    said = yaml.safe_load((site / "CITATION.cff").read_text(encoding="utf-8"))
    assert said["title"] == f"{BOOK}: Of water"
    assert said["authors"] == [
        {"name": "Ann <b>Hill</b>"},
        {"name": 'Bo "Bo" Reed', "orcid": "https://orcid.org/0000-0002-1825-0097"},
    ]
    assert (said["doi"], said["license"], said["date-released"]) == (
        "10.1234/waves.2",
        "CC-BY-NC-SA-4.0",
        "2026-03-04",
    )
    assert said["preferred-citation"]["isbn"] == "978-3-16-148410-0"


def test_citation_has_what_librarians_ask_for(site: Path) -> None:
    block = tree(site, "index").get_element_by_id("how-to-cite")
    words = " ".join(block.find("p").text_content().split())
    assert words.endswith(
        "(Second edition). Shore & Sons. ISBN 978-3-16-148410-0. https://doi.org/10.1234/waves.2"
    )
    assert "(2026). " in words
    entry = " ".join(block.xpath(".//pre")[0].text_content().split())
    assert (
        r"publisher = {{Shore \& Sons}}, year = {2026}, isbn = {978-3-16-148410-0}, doi = {10.1234/waves.2},"
        in entry
    )


def test_no_pdf_is_offered_where_none_is_made(site: Path) -> None:
    assert [link.text for link in tree(site, "index").xpath("//a[contains(@class, 'landing-button')]")] == [
        "Read",
        "Cite",
    ]


def test_page_for_what_is_not_there_serves_at_any_depth(site: Path) -> None:
    page = tree(site, "404")
    addresses = [str(one) for one in page.xpath("//@href | //@src | //@action | //@data-content_root")]
    assert [one for one in addresses if not re.match(r"/waves/|#|https?:", one)] == []
    assert page.xpath("//form[@action='/waves/search.html']//input[@name='q']")
    assert "/waves/chapter_b/index.html" in addresses


def test_an_edit_changes_what_tells_of_it_and_nothing_else(project: Path, tmp_path: Path) -> None:
    before = files_of(project)
    page = project / "book/chapter_b/index.md"
    page.write_text(page.read_text().replace("Of shores", "Of beaches"))
    built = run_toolchain("build", "html", project=project)
    after = files_of(project)
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    assert built.code == 0, built.stdout + built.stderr
    of_search = {name for name in changed if name.startswith("_static/search/") and "/text/" not in name}
    assert changed - of_search == {
        "chapter_b/index.html",
        "_previews/chapter_b/index.js",
        "_static/search/text/chapter_b/index.js",
    }

    clean = copy_project("published", tmp_path)
    page.write_text(page.read_text().replace("# Shores", "# Coasts"))
    (clean / "book/chapter_b/index.md").write_text(page.read_text())
    for folder in (project, clean):
        assert run_toolchain("build", "html", project=folder).code == 0
    assert files_of(project) == files_of(clean)
