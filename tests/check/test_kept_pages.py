"""A page of the site that is the same as in the build before is not parsed again, and what is found is the same."""

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import msgspec
import pytest
from lxml.html import HtmlElement
from support.damage import damaged

from toolchain.base.digests import FileDigests
from toolchain.check.html import addresses, pages
from toolchain.forms.html.reading import site
from toolchain.forms.html.reading.kept_pages import KeptPages
from toolchain.forms.html.reading.site import Site, SitePage, read_site

EDITS: dict[str, Callable[[Path], object]] = {
    "a word": lambda folder: edit(folder / "index.html", b"</h1>", b" and more</h1>"),
    "a link to nothing": lambda folder: edit(
        folder / "index.html", b"</h1>", b'</h1><a href="gone.html">x</a>'
    ),
    "an id that is linked to is gone": lambda folder: edit(folder / "index.html", b" id=", b" data-id="),
    "a page is gone": lambda folder: (folder / "genindex.html").unlink(),
    "a page is new": lambda folder: shutil.copyfile(folder / "index.html", folder / "new.html"),
    "a page is another": lambda folder: shutil.copyfile(folder / "search.html", folder / "new.html"),
    "a page is empty": lambda folder: (folder / "new.html").write_bytes(b""),
    "a page is back": lambda folder: shutil.copyfile(folder / "index.html", folder / "new.html"),
    "no page is what it was": lambda folder: [
        edit(p, b"<body", b"<body lang=''") for p in folder.rglob("*.html")
    ],
}


def edit(page: Path, old: bytes, new: bytes) -> int:
    return page.write_bytes(page.read_bytes().replace(old, new))


def edit_all(folder: Path) -> None:
    for page in contents(folder):
        edit(page, b"<body", b"<body lang=''")


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*.html") if "_static" not in path.parts}


class Opened:
    """The site of a project as the checks open it, in a process that knows nothing of the one before."""

    def __init__(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = project / "_build/html"
        self.kept = project / "_build/site-pages"
        self.parsed = 0
        parse = site.read

        def counted(tree: HtmlElement) -> SitePage:
            self.parsed += 1
            return parse(tree)

        monkeypatch.setattr(site, "read", counted)

    def read(self, kept: Path | None = None) -> Site:
        self.parsed = 0
        digests = FileDigests(self.folder.parent / "of-this-test.json")
        return read_site(self.folder, "_build/html", KeptPages(kept or self.kept, digests, SitePage))


@pytest.fixture
def opened(minimal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    shutil.copytree(minimal / "_build/html", tmp_path / "_build/html")
    return Opened(tmp_path, monkeypatch)


def test_pages_are_what_they_are_without_any_that_were_kept(opened: Opened, tmp_path: Path) -> None:
    first = opened.read()
    assert opened.parsed == len(first.pages) > 1
    assert opened.read() == first
    assert opened.parsed == 0
    for name, change in EDITS.items():
        before = contents(opened.folder)
        change(opened.folder)
        after = contents(opened.folder)
        read = opened.read()
        others = {content for content in after.values() if content not in before.values() and content}
        assert opened.parsed <= len(others) + sum(path not in before for path in after), name
        assert read == opened.read(tmp_path / "none" / name), name
        # One file for each page that is there, and nothing of any other.
        assert len(list(opened.kept.iterdir())) == len(set(after.values())), name


def test_what_is_damaged_is_taken_again(opened: Opened, tmp_path: Path) -> None:
    first = opened.read()
    chance = Random(20)  # noqa: S311 - damage, and no secret
    for _ in range(30):
        for path in opened.kept.iterdir():
            path.write_bytes(damaged(path.read_bytes(), chance))
        assert opened.read() == first
    shutil.rmtree(opened.kept)
    opened.kept.write_bytes(b"a file in the place of the folder")
    assert opened.read() == first
    # What another version has taken is of no use.
    other = tmp_path / "other"
    KeptPages(other, FileDigests(tmp_path / "digests.json"), SitePage).of(
        opened.folder / "index.html", lambda _: SitePage(title="of another version")
    )
    (kept,) = other.iterdir()
    kept.write_bytes(kept.read_bytes()[:64] + msgspec.msgpack.encode(SitePage(title="planted")))
    assert opened.read(other) == first


def test_an_address_that_all_pages_of_a_folder_have_is_followed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    urls = [f"n{number}.html" for number in range(50)]
    shared = tuple(site.SiteLink(url, "href", own=False) for url in (*urls, "#top", "#here", "", "gone.html"))
    there = {
        f"a/{url}": SitePage(addresses=shared, ids=frozenset({"here"} if "7" in url else ())) for url in urls
    }
    book = Site("html", frozenset(there), there)
    followed = []
    resolve = addresses.resolve

    def counted(url: str, page: str, of: Site, home: str) -> addresses.Resolved | None:
        followed.append((url, page))
        return resolve(url, page, of, home)

    monkeypatch.setattr(pages, "resolve", counted)
    found = [(page, address.url) for page, address, _ in pages.dead(book, set(), "")]
    assert found == [
        (page, url)
        for page in there
        for url in ("#here", "gone.html")
        if url == "gone.html" or "7" not in page
    ]
    # A plain name that is there is only looked up; `#here` is followed where no page has it.
    assert len(followed) == 1 + 50 + 45
