"""A text that is a hostile program of TeX's: it runs no command, reads and writes no file that is not the book's.

TeX's own rules stop most of it everywhere. The rest is stopped where programs can be closed in, see tests/processes.
"""

from pathlib import Path

import pytest
from support import closed_rooms
from support.latex_books import PLANTED, Book

from toolchain.processes.closed_room import Kind

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
