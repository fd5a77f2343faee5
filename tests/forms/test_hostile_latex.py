"""A text that is a hostile program of TeX's: it runs no command, reads and writes no file that is not the book's.

TeX's own rules stop most of it everywhere. The rest is stopped where programs can be closed in, see tests/processes.
"""

import re
import shutil
import zlib
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
import sphinx
from support import closed_rooms

from toolchain.base.errors import BuilderError
from toolchain.forms.pdf.typeset import Typesetter
from toolchain.messages.progress import Plain
from toolchain.processes.closed_room import Kind
from toolchain.project import settings

HEAD = r"""\documentclass{article}
\usepackage{fancyvrb,graphicx,makeidx}
\makeindex
\begin{document}
\makeatletter
\newread\source \newwrite\target
\def\taken#1{\openin\source=#1 \ifeof\source(nothing)\else\read\source to\line(\line)\fi\closein\source}
\def\put#1#2{\immediate\openout\target=#1 \immediate\write\target{#2}\immediate\closeout\target}
Words.
"""
PLANTED = "PLANTED"
QUIET = r"""
\taken{OUT/planted.txt} \taken{../planted.txt} \taken{|"cat OUT/planted.txt"} \taken{|"kpsewhich -var-value=SECRET"}
\IfFileExists{$SECRET}{PLANTED}{(nothing)} \filedump length 99 {OUT/planted.txt}
\immediate\write18{touch OUT/made}
\put{sphinx.xdy}{(ext:shell "touch OUT/made")}
\put{evil.xdy}{(ext:shell "touch OUT/made")}
\put{numeric-sort.xdy}{(ext:shell "touch OUT/made")}
\put{latexmkrc}{system('touch OUT/made');}
\put{Makefile}{export XINDYOPTS = -L english -C utf8 -M ./evil.xdy}
\index{one"" \#.(ext:shell "touch OUT/made") }\index{two|three"" \#.(ext:shell "touch OUT/made")}
\put{"`>made`.idx"}{}
\immediate\write\@auxout{\string\@input{touch OUT/made |}}
\special{pdf:obj @secret << >>}
"""
"""Nothing of this stops TeX."""
STOPPED = {
    "writes elsewhere": (
        r"\put{OUT/made}{x}",
        "LaTeX may not write OUT/made.tex, which is outside of its own folder",
    ),
    "writes above": (
        r"\put{../made}{x}",
        "LaTeX may not write ../made.tex, which is outside of its own folder",
    ),
    "hides a file": (
        r"\put{.latexmkrc}{system('touch OUT/made');}",
        "LaTeX may not write .latexmkrc, which is outside of its own folder",
    ),
    "reads elsewhere": (r"\input{OUT/planted.txt}", "LaTeX finds no file OUT/planted.txt"),
    "reads a command": (r"""\input{|"cat OUT/planted.txt"}""", "LaTeX finds no file |cat OUT/planted.txt"),
    "quotes elsewhere": (r"\VerbatimInput{OUT/planted.txt}", "LaTeX stopped: FancyVerb Error:"),
    "runs PostScript": (
        r"""\put{"a'`>made`'.eps"}{\@percentchar!PS-Adobe-3.0 EPSF-3.0^^J\@percentchar\@percentchar BoundingBox: 0 0 9 9}
\special{dvipdfmx:config D "touch OUT/made"}
\special{PSfile="a'`>made`'.eps" llx=0 lly=0 urx=9 ury=9}""",
        "the picture a'`>made`'.eps is PostScript",
    ),
    "has references of a command": (
        r"""\immediate\write\@auxout{\string\bibdata{`touch${IFS}OUT/made`}}
\immediate\write\@auxout{\string\bibstyle{plain}}\@input{\jobname.bbl}""",
        "bibtex gave return code 2",
    ),
}
"""What each does, and what is said of it."""
FOR_ROOMS = r"""
\special{pdf:fstream @text (OUT/planted.txt)}
\special{pdf:fstream @variables (/proc/self/environ)}
\special{pdf:docview << /Text @text /Variables @variables >>}
"""
PICTURE = r"\includegraphics{OUT/planted.pdf}"


class Book:
    """A book whose LaTeX a test writes, and a folder out of its reach with files that nothing may read."""

    def __init__(self, folder: Path) -> None:
        self.project, self.outside = folder / "book", folder / "outside"
        for path in (self.project / "_config", self.project / "_build/latex", self.project / "_build/sphinx"):
            path.mkdir(parents=True)
        self.latex = self.project / "_build/latex"
        (self.project / "_config/book.toml").write_text(
            '[book]\ntitle = "A book"\nslug = "book"\nauthors = ["Its author"]\n', encoding="utf-8"
        )
        styles = Path(sphinx.__file__).parent / "texinputs"
        shutil.copyfile(styles / "sphinx.xdy", self.latex / "sphinx.xdy")
        (self.latex / "Makefile").write_text("export XINDYOPTS = -L english -C utf8 -M sphinx.xdy\n")
        self.outside.mkdir()
        (self.outside / "planted.txt").write_text(f"{PLANTED}\n", encoding="utf-8")
        with pikepdf.new() as pdf:
            pdf.add_blank_page()
            pdf.save(self.outside / "planted.pdf")

    def typeset(self, attack: str) -> str:
        """Typeset a text; return what the error says, or nothing if there is none."""
        project_settings = settings.load(self.project)
        (edition,) = project_settings.editions
        self.pdf = self.latex / f"{edition.stem}.pdf"
        text = HEAD + attack.replace("OUT", str(self.outside)) + "\n\\end{document}\n"
        (self.latex / f"{edition.stem}.tex").write_text(text, encoding="utf-8")
        logs = self.project / "_build/sphinx"
        try:
            Typesetter(project_settings, 1, logs, Plain(lambda _: None)).editions(self.latex)
        except BuilderError as error:
            return error.message.replace(str(self.outside), "OUT")
        return ""

    def harm(self) -> list[str]:
        """Return what the text has done that it should not have been able to."""
        made = [path.name for path in self.project.rglob("*") if path.name in ("made", "made.tex")]
        made += [path.name for path in self.outside.iterdir() if not path.name.startswith("planted.")]
        leaks = [PLANTED] if self.pdf.exists() and PLANTED.encode() in contents(self.pdf) else []
        return made + leaks


def contents(pdf: Path) -> bytes:
    """Return all bytes of a PDF, and those of its streams as they are read."""
    parts = [pdf.read_bytes()]
    for match in re.finditer(rb"stream\r?\n", parts[0]):
        try:
            parts.append(zlib.decompressobj().decompress(parts[0][match.end() :]))
        except zlib.error:
            continue
    return b"\n".join(parts)


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", PLANTED)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path)


def test_the_rules_of_tex_alone_stop_what_is_written_for_other_programs(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed_rooms.use(closed_rooms.OPEN, monkeypatch)

    assert book.typeset(QUIET) == ""
    assert book.pdf.stat().st_size > 0
    assert book.harm() == []


def test_a_run_is_made_again_only_if_something_is_other_or_damaged(book: Book) -> None:
    text = r"See page~\pageref{there}. \label{there}"
    assert book.typeset(text) == ""
    first, pages = book.pdf.read_bytes(), next(book.project.glob("_build/typeset/*/*.xdv"))
    made = pages.stat().st_mtime_ns

    assert book.typeset(text) == ""
    assert pages.stat().st_mtime_ns == made

    record = pages.with_suffix(".aux")
    record.write_bytes(record.read_bytes()[:-20])
    assert book.typeset(text) == ""
    assert (pages.stat().st_mtime_ns == made, book.pdf.read_bytes()) == (False, first)


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


@pytest.mark.parametrize("attack", STOPPED)
def test_what_is_no_business_of_a_book_stops_it_and_is_told(
    attack: str, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed_rooms.use(closed_rooms.OPEN, monkeypatch)
    text, said = STOPPED[attack]

    assert said in book.typeset(text)
    assert book.harm() == []


@pytest.mark.parametrize("kind", closed_rooms.CLOSED, ids=lambda kind: kind.name)
def test_in_a_closed_room_there_is_no_file_to_embed(
    kind: Kind, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed_rooms.use(kind, monkeypatch)

    assert book.typeset(QUIET + FOR_ROOMS) == ""
    assert book.harm() == []
    assert "cannot be read" in book.typeset(PICTURE)


@pytest.mark.parametrize("kind", closed_rooms.CLOSED, ids=lambda kind: kind.name)
def test_a_style_of_the_index_that_is_hostile_itself_runs_its_commands_in_the_room(
    kind: Kind, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed_rooms.use(kind, monkeypatch)
    commands = (
        "touch OUT/made",
        "cat OUT/planted.txt > planted",
        "ln -sf OUT/planted.pdf ../typeset/book-screen/book-screen.pdf",
        "rm ../typeset/book-screen/book-screen.aux; mkfifo ../typeset/book-screen/book-screen.aux",
        'touch "$SECRET"',
    )
    style = "".join(f"(ext:shell {quoted(command)})" for command in commands)
    with (book.latex / "sphinx.xdy").open("a", encoding="utf-8") as stream:
        stream.write(style.replace("OUT", str(book.outside)))

    book.typeset(r"\index{one}")

    assert book.harm() == []
    assert {PLANTED, "planted"}.isdisjoint(path.name for path in book.latex.iterdir())


def quoted(command: str) -> str:
    return '"' + command.replace("\\", "\\\\").replace('"', '\\"') + '"'
