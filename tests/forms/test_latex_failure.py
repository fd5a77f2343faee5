"""What LaTeX, or a program beside it, says as it stops becomes a sentence with a place."""

from pathlib import Path

import pytest

from toolchain.forms.pdf import latex_failure
from toolchain.project.book_section import BookSection
from toolchain.project.sections import BookToml
from toolchain.project.settings import Settings

TEXT = r"""\documentclass{book}
\usepackage{nosuch}
\begin{document}
%% book/page.md:3
Some words.
%% book/page.md:7
Wrong \here
%% book/page.md:9
More.
\end{document}
"""
PAGE = "# Page\n\nSome words.\n\n```{raw} latex\n\n\nWrong \\here\n```\n"
IN_A_PAGE = {
    "Undefined control sequence.\nl.7 Wrong \\here\n": r"LaTeX does not know \here",
    "Missing $ inserted.\n<inserted text> \n": "something that only a formula may have, such as _ or ^, stands outside of one",
    "Too many }'s.\n": "a } closes what no { has opened",
    "Dimension too large.\n": "a length is larger than TeX can reckon with, which is 5.7 metres",
    "Illegal unit of measure (pt inserted).\n": "a length or a number is expected here",
    "Double superscript.\n": "a sign in a formula has two superscripts",
    "Misplaced alignment tab character &.\n": "a & stands where no column ends",
    "Missing \\right. inserted.\n": "\\left and \\right are no pair, or one of them has no bracket after it",
    "LaTeX Error: Too deeply nested.\n": "lists are nested too deeply for LaTeX: at most four of a kind, and six in all",
    "LaTeX Error: Environment here undefined.\n": "LaTeX does not know \\begin{here}",
    "Unable to load picture or PDF file 'here.png'.\n": "the picture here.png cannot be read: it is empty, damaged, or not what its name says",
    'Package fontspec Error: The font "here" cannot be found.\n': "the font here is not installed",
    "TeX capacity exceeded, sorry [input stack size=10000].\n": "TeX's memory is full (input stack size), most often since a macro calls itself without end",
    "Something that nobody has met.\n": "LaTeX stopped: Something that nobody has met.",
}
OF_THE_MACHINE = {
    "xelatex: fwrite: No space left on device\n": "LaTeX could not write: the disk is full",
    "xelatex received signal 9\n": "LaTeX was killed, as happens where memory runs out",
    "xelatex needed too many passes\n": "LaTeX did not come to an end: page numbers or labels were others after every pass",
    "xdvipdfmx:fatal: Unable to read a.pdf\n": "the pages could not be written as a PDF: xdvipdfmx says: Unable to read a.pdf",
    "xindy gave return code 1\n": "the index could not be sorted: xindy stopped",
    "one\n\ntwo\n": "LaTeX stopped:\none\ntwo",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, text in {"_build/latex/slug.tex": TEXT, "book/page.md": PAGE}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def explained(folder: Path, log: str = "", output: str = "", *, late: bool = False) -> latex_failure.Failure:
    (folder / "log").write_text(log, encoding="utf-8")
    (folder / "output").write_text(output, encoding="utf-8")
    project_settings = Settings(folder, BookToml(BookSection("A book", "slug", ("Its author",))))
    return latex_failure.explain(
        folder / "log", folder / "output", folder / "_build/latex", project_settings, late=late
    )


@pytest.mark.parametrize(("error", "words"), IN_A_PAGE.items())
def test_an_error_in_a_page_has_its_line_and_the_lines_around_it(
    folder: Path, error: str, words: str
) -> None:
    log = f"This is XeTeX\n./slug.tex:7: {error}./slug.tex:9: Another.\n./slug.tex:7: {error}"

    failure = explained(folder, log)

    assert failure.message == (
        f"book/page.md:8: {words}\n  _build/latex/slug.tex:7\n"
        "        5  Some words.\n        6  %% book/page.md:7\n  >     7  Wrong \\here\n"
        "        8  %% book/page.md:9\n        9  More."
    )
    assert bool(failure.remedy) == ("nobody" not in error)
    assert failure.others == ("book/page.md:9: LaTeX stopped: Another.",)  # each once
    assert "<" not in failure.message + failure.remedy


@pytest.mark.parametrize(("output", "words"), OF_THE_MACHINE.items())
def test_what_another_program_says_comes_first(folder: Path, output: str, words: str) -> None:
    log = "" if "two" in output else "./slug.tex:7: Undefined control sequence.\n"

    assert explained(folder, log, output).message == words


def test_an_error_that_shows_later_has_the_line_that_it_comes_from(folder: Path) -> None:
    unclosed = "Runaway argument?\n{Wrong \\here \\par More. \\ETC.\n./slug-screen.tex:3: File ended while scanning use of \\x.\n"
    package = "! LaTeX Error: File `nosuch.sty' not found.\n\n./slug.tex:3: Emergency stop.\n"
    again = "./slug-screen.toc:4: Undefined control sequence.\n<argument> A \\here \n"
    ended = "./slug.tex:10: LaTeX Error: \\begin{here} on input line 7 ended by \\end{document}.\n"

    assert explained(folder, unclosed).message.startswith("book/page.md:8: a { is never closed\n")
    missing = explained(folder, package).message
    assert missing.startswith("_build/latex/slug.tex:2: the LaTeX package nosuch is not installed\n")
    assert explained(folder, again).message.startswith("book/page.md:8: LaTeX does not know \\here\n")
    assert explained(folder, ended).message.startswith(
        "book/page.md:8: \\begin{here} is not ended before \\end{document}\n"
    )


def test_an_error_of_another_file_has_its_place_there_if_it_is_known(folder: Path, tmp_path: Path) -> None:
    driver, package = "_build/latex/slug-screen.tex", tmp_path / "texmf/wave.sty"
    (folder / driver).write_text("\\input{slug.tex}\n", encoding="utf-8")
    package.parent.mkdir()
    package.write_text("\\wave\n", encoding="utf-8")
    error = "Undefined control sequence.\nl.1 \\wave\n"

    for place, shown in (("./slug-screen.tex", driver), (str(package), "texmf/wave.sty")):
        line = r"\input{slug.tex}" if "slug" in place else r"\wave"
        assert explained(folder, f"{place}:1: {error}").message == (
            f"{shown}:1: LaTeX does not know \\wave\n  >     1  {line}"
        )
    elsewhere = tmp_path.parent / f"{tmp_path.name}.sty"
    elsewhere.write_text("\\wave\n", encoding="utf-8")
    assert explained(folder, f"{elsewhere}:1: {error}").message == (
        f"{elsewhere}:1: LaTeX does not know \\wave\n  >     1  \\wave"
    )
    for gone in ("nosuch.sty:1: ", "! "):
        assert explained(folder, f"{gone}{error}").message == r"LaTeX does not know \wave"


def test_an_error_in_the_preamble_or_in_nothing_that_is_there_has_the_line_that_tex_names(
    folder: Path,
) -> None:
    runaway = "Runaway argument?\n{Nowhere at all \\ETC.\n./slug.tex:2: Something.\n"

    for log in ("./slug.tex:2: Something.\n", runaway):
        assert explained(folder, log).message == (
            "_build/latex/slug.tex:2: LaTeX stopped: Something.\n        1  \\documentclass{book}\n"
            "  >     2  \\usepackage{nosuch}\n        3  \\begin{document}\n        4  %% book/page.md:3"
        )


def test_a_run_that_was_ended_says_where_it_was_if_tex_has_said_so(folder: Path) -> None:
    place = explained(folder, "./slug.tex:7: Interruption.\n", late=True).message

    assert place.startswith("book/page.md:8: LaTeX was not done after 1800 seconds, and was ended\n")
    assert explained(folder, late=True).message == "LaTeX was not done after 1800 seconds, and was ended"


def test_an_error_in_an_ipynb_has_its_cell(folder: Path) -> None:
    text = folder / "_build/latex/slug.tex"
    text.write_text(TEXT.replace("book/page.md:7", "book/page.ipynb:30007"), encoding="utf-8")

    failure = explained(folder, "./slug.tex:7: Undefined control sequence.\nl.7 Wrong \\here\n")

    assert failure.message.startswith("book/page.ipynb: cell 3: LaTeX does not know \\here\n")
