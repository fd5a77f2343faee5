"""A new book builds green as it is, in all forms; what cannot be begun leaves nothing."""

import sys
import tomllib
import zipfile
from pathlib import Path

import pypdfium2
import pytest
from lxml import html
from support.running import Run, report_of, run_in, run_toolchain

TITLE = 'Chance & *Dice* #1, "so to speak"'


def new(*arguments: str, folder: Path, **variables: str) -> Run:
    """Run `toolchain new` in a folder, as where nobody can be asked."""
    return run_in(folder, "new", *arguments, env=variables)


def test_a_new_book_builds_green_in_all_forms(tmp_path: Path) -> None:
    book = tmp_path / "my-book"

    begun = new("my-book", "--title", TITLE, "--author", "Its author", folder=tmp_path)

    assert begun.code == 0, begun.stdout + begun.stderr
    assert "toolchain build --project my-book" in begun.stdout
    toml = tomllib.loads((book / "_config/book.toml").read_text(encoding="utf-8"))
    assert toml["book"] == {"title": TITLE, "slug": "chance-dice-1-so-to-speak", "authors": ["Its author"]}
    build = run_toolchain("build", project=book)
    assert build.code == 0, build.stdout + build.stderr
    report = report_of(book)
    assert report["findings"] == []
    assert [notebook["status"] for notebook in report["notebooks"]] == ["executed"]
    first = html.parse(str(book / "_build/html/index.html"))
    assert (
        first.xpath("string(//article//h1)")
        .strip()
        .startswith("Chance & *Dice* #1, \N{LEFT DOUBLE QUOTATION MARK}so to speak")
    )
    page = html.parse(str(book / "_build/html/chapter_chance/means.html")).xpath("//article")[0]
    assert len(page.xpath(".//figure")) == 2
    words = " ".join(page.text_content().split())
    assert "64 throws: 0.222" in words
    assert "[Bernoulli, 1713]" in words
    pdf = pypdfium2.PdfDocument(book / "_build/pdf/chance-dice-1-so-to-speak.pdf")
    printed = " ".join(" ".join(sheet.get_textpage().get_text_bounded() for sheet in pdf).split())
    pdf.close()
    assert "64 throws: 0.222" in printed
    assert "Ars Conjectandi" in printed
    with zipfile.ZipFile(book / "_build/notebooks/chapter_chance.zip") as archive:
        assert any(name.endswith("means.ipynb") for name in archive.namelist())
    assert (book / ".gitignore").read_text() == "_build/\n"


def test_the_folder_may_be_there_and_empty(tmp_path: Path) -> None:
    (tmp_path / "a_small-book").mkdir()

    begun = new(".", "--interpreter", sys.executable, folder=tmp_path / "a_small-book")

    assert begun.code == 0, begun.stdout + begun.stderr
    assert "  toolchain build   " in begun.stdout
    book = tmp_path / "a_small-book"
    assert tomllib.loads((book / "_config/book.toml").read_text(encoding="utf-8")) == {
        "book": {"title": "A small book", "slug": "a-small-book", "authors": []},
        "kernel": {"interpreter": sys.executable},
        "pdf": {"first_page": False},
    }
    assert not (book / "_config/kernel").exists()
    assert sorted(path.name for path in book.iterdir()) == [".gitignore", "_config", "bib", "book", "img"]


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_there_is_left_as_it_is(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "there"
    if kind == "file":
        place.write_text("mine")
    elif kind == "folder":
        place.mkdir()
        (place / "mine.md").write_text("mine")
    else:
        place.symlink_to(tmp_path / "nowhere")

    begun = new("there", folder=tmp_path)

    assert begun.code == 2
    assert "error: there: is there already, and is not an empty folder" in begun.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_without_versions_nothing_is_made(tmp_path: Path) -> None:
    begun = new("my-book", folder=tmp_path, UV_OFFLINE="1", UV_CACHE_DIR=str(tmp_path / "cache"))

    assert begun.code == 2
    assert "cannot be solved" in begun.stderr
    assert "--interpreter" in begun.stderr
    assert not (tmp_path / "my-book").exists()
