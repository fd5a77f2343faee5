"""The passes of LaTeX and what runs between them, without Sphinx: as many as needed, and none for the same text."""

import shutil
from pathlib import Path

import pypdfium2
import pytest
import sphinx
from support import closed_rooms
from support.latex_books import Book

from toolchain.environment import typesetting
from toolchain.processes import closed_room
from toolchain.processes.closed_room import Kind


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path)


def test_a_run_is_made_again_only_if_something_is_other_or_damaged(book: Book) -> None:
    text = r"See page~\pageref{there}. \label{there}"
    assert book.typeset(text) == ""
    first, pages = book.pdf.read_bytes(), next(book.project.glob("_build/typeset/*/*.xdv"))
    made = pages.stat().st_mtime_ns

    assert book.typeset(text) == ""
    assert pages.stat().st_mtime_ns == made

    record, known = pages.with_suffix(".aux"), next(book.project.glob("_build/sphinx/*.made"))
    for path, damaged in ((record, record.read_bytes()[:-20]), (known, b"\xff \xff")):
        path.write_bytes(damaged)
        assert book.typeset(text) == ""
        assert (pages.stat().st_mtime_ns == made, book.pdf.read_bytes()) == (False, first)
        made = pages.stat().st_mtime_ns


@pytest.mark.parametrize("kind", closed_room.KINDS, ids=lambda kind: kind.name)
def test_what_a_person_has_added_to_tex_is_found_in_any_room(
    kind: Kind, book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "home/texmf/tex/latex/own/own.sty"
    package.parent.mkdir(parents=True)
    package.write_text(r"\def\owner{A person}", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    typesetting.machine.cache_clear()  # it is another person's now
    closed_rooms.use(kind, monkeypatch)

    assert book.typeset(r"\input{own.sty}\owner") == ""
    typesetting.machine.cache_clear()
    with pypdfium2.PdfDocument(book.pdf) as pdf:
        assert "A person" in pdf[0].get_textpage().get_text_range()


def test_a_text_that_never_settles_is_told(book: Book) -> None:
    text = r"\newcount\pass \openin\source=\jobname.pass \ifeof\source\else\read\source to\line\pass=\line\fi\closein\source"
    counts = r"\advance\pass1 \immediate\openout\target=\jobname.pass \immediate\write\target{\the\pass}\immediate\closeout\target"

    assert "LaTeX did not come to an end" in book.typeset(f"{text} {counts}")


def test_an_index_without_xindy_is_sorted(book: Book) -> None:
    (book.latex / "Makefile").write_text("", encoding="utf-8")
    shutil.copyfile(Path(sphinx.__file__).parent / "texinputs/python.ist", book.latex / "python.ist")

    assert book.typeset(r"\index{second}\index{first}") == ""
    index = next(book.project.glob("_build/typeset/*/*.ind")).read_text(encoding="utf-8")
    assert 0 < index.index("first") < index.index("second")


def test_references_that_latex_itself_asks_for_are_listed(book: Book) -> None:
    (book.latex / "all.bib").write_text('@book{one, title = "A title", author = "A. Author", year = 2001}\n')

    assert book.typeset(r"See \cite{one}. \bibliographystyle{plain}\bibliography{all}") == ""
    with pypdfium2.PdfDocument(book.pdf) as pdf:
        text = pdf[0].get_textpage().get_text_range()
    assert "See [1]." in text
    assert "A title" in text
