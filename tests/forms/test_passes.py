"""The passes of LaTeX and what runs between them, without Sphinx: as many as needed, and none for the same text."""

import shutil
from pathlib import Path

import pypdfium2
import pytest
import sphinx
from support import closed_rooms
from support.latex_books import Book

from toolchain.environment import typesetting
from toolchain.forms.pdf import made
from toolchain.forms.pdf.place import Place
from toolchain.processes import closed_room
from toolchain.processes.closed_room import Kind
from toolchain.project import settings


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


HEAD_OF_A_BOOK = r"""\documentclass{book}
\usepackage{longtable,makeidx}
\usepackage{hyperref}
\newenvironment{sphinxtheindex}{\begin{theindex}}{\end{theindex}}
\newcommand{\lettergroup}[1]{}
\makeindex
\begin{document}
\frontmatter\tableofcontents\mainmatter
"""
BOOK = r"""
\chapter{Of nothing} Words. \index{first} See \ref{there}.
\begin{longtable}{lll} a & b & c \\ a cell that is wide & b & c \\ \end{longtable}
\chapter{Of something} \label{there} More words. \index{second}
\printindex
"""
EDITS = {
    "a word": ("More words", "Other words", 1),
    "a heading": ("Of something", "Of something else", 2),
    "a page, an entry of the index and a reference": (
        "Words.",
        r"Words. \newpage Here. \index{third} See \ref{fourth}. \section{Fourth} \label{fourth}",
        2,
    ),
    "a table that is narrow now": ("a cell that is wide", "a", 3),
    "a label that is gone": (r"\label{there}", "", 2),
}
"""Each of the text that the ones before have left, with the passes that it may take."""


def test_passes_begin_where_the_last_ones_ended_and_end_where_the_first_ones_would(book: Book) -> None:
    text = BOOK
    assert book.typeset(text, HEAD_OF_A_BOOK) == ""
    assert book.passes == 3
    for what, (old, new, most) in EDITS.items():
        assert old in text
        text = text.replace(old, new)
        sorted_before = book.sorted_ns

        assert book.typeset(text, HEAD_OF_A_BOOK) == ""
        assert 0 < book.passes <= most, what
        assert (book.sorted_ns == sorted_before) == (r"\index" not in new), what

        edited = {suffix: book.pdf.with_suffix(suffix).read_bytes() for suffix in (".pdf", ".aux")}
        if what != "a word":
            book.forget()
            assert book.typeset(text, HEAD_OF_A_BOOK) == ""
        assert {suffix: book.pdf.with_suffix(suffix).read_bytes() for suffix in edited} == edited, what


TWO_ENDS = r"""\setcounter{page}{9} See \setbox0\hbox{\pageref{here}}\copy0 . %s Here. \label{here}"""
"""If the page noted is 9, the label is on it; if it is 10 or unknown, on the next."""
OWN_NOTES = (
    r"\newwrite\notes \def\last{none} \makeatletter\@input{\jobname.own} \immediate\openout\notes=\jobname.own"
    r"\immediate\write\notes{\def\string\last{%s}}\immediate\closeout\notes \last"
)
"""Whatever was noted first is noted for ever."""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            TWO_ENDS % "", TWO_ENDS % r"\ifdim\wd0>6pt \newpage\fi", id="a number that moves its own label"
        ),
        pytest.param(OWN_NOTES % "some", OWN_NOTES % r"\last", id="notes of the text's own"),
        pytest.param(
            r"\listoffigures\addcontentsline{lof}{figure}{Gone}",
            r"\IfFileExists{\jobname.lof}{Something}{Nothing}",
            id="notes that nobody writes any more",
        ),
        pytest.param(
            r"\def\own{Of}\tableofcontents\section{\protect\own}",
            r"\tableofcontents\section{Of}",
            id="notes that are an error by now",
        ),
    ],
)
def test_passes_begin_with_nothing_where_they_could_end_elsewhere(
    before: str, after: str, book: Book
) -> None:
    assert book.typeset(before) == ""
    assert book.typeset(after) == ""
    edited = book.pdf.read_bytes()
    book.forget()

    assert book.typeset(after) == ""
    assert book.pdf.read_bytes() == edited


def test_what_sphinx_writes_asks_for_no_pages(minimal: Path) -> None:
    latex, typeset, stem = minimal / "_build/latex", minimal / "_build/typeset", "two-pages-screen"
    place = Place(latex=latex, folder=typeset / stem, stem=stem, stems=frozenset({stem}), logs=latex)

    assert len(place.memory()) > 1
    assert place.settles_in_one_way()


def test_an_edition_is_not_made_of_what_another_one_begins_with(tmp_path: Path) -> None:
    latex, folder = tmp_path / "latex", tmp_path / "typeset"
    stems = ("a-screen", "a-draft")
    for path in (latex / "a.tex", *(latex / f"{stem}.tex" for stem in stems), folder / "a-screen.fls"):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    place = Place(latex=latex, folder=folder, stem="a-screen", stems=frozenset(stems), logs=tmp_path)

    assert set(place.sources()) == {"a.tex", "a-screen.tex"}
    (folder / "a-screen.fls").write_text("INPUT a.tex\nINPUT ./a-draft.tex\n", encoding="utf-8")
    assert set(place.sources()) == {"a.tex", "a-screen.tex", "a-draft.tex"}


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


CHANGED_BY_ANY_PACKAGE = {
    *(
        "/etc",
        "/etc/ld.so.cache",
        "/usr/bin",
        "/usr/lib",
        "/usr/share",
        "/usr/share/doc",
        "/usr/share/man/man1",
    ),
    *("/var/cache/ldconfig/aux-cache", "/var/lib/dpkg", "/var/lib/dpkg/info", "/var/lib/dpkg/status"),
}
"""Files and folders of a system that look other whenever something was installed."""


def test_what_tex_has_read_of_the_machine_counts_and_nothing_else(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trees = tmp_path / "home/texmf/tex/latex"
    read, unread = trees / "read/read.sty", trees / "unread/unread.sty"
    for package in (read, unread):
        package.parent.mkdir(parents=True)
        package.write_text("Words.", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    # It is another person's now.
    typesetting.machine.cache_clear()
    typesetting.registers.cache_clear()
    assert book.typeset(r"\input{read.sty}") == ""
    typesetting.machine.cache_clear()
    typesetting.registers.cache_clear()
    note = made.read(next(book.project.glob("_build/sphinx/*.made")))
    assert note is not None
    book_settings = settings.load(book.project)

    assert note.machine.keys() & CHANGED_BY_ANY_PACKAGE == set()
    unread.write_text("Other words.", encoding="utf-8")
    assert made.stand(book_settings)

    before = shutil.copy2(read, tmp_path / "before")
    read.write_text("Other words.", encoding="utf-8")
    assert not made.stand(book_settings)
    shutil.copy2(before, read)
    assert made.stand(book_settings)
    (trees / "a.sty").write_text("A package that a text may name.", encoding="utf-8")
    assert not made.stand(book_settings)


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
