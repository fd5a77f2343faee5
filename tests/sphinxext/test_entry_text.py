"""TeX in bibliographies: what it means is passed on, whatever reference managers and people write."""

# ruff: noqa: RUF001 - the characters that look like others are meant

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from docutils import nodes
from lxml import html
from pybtex.database import parse_string
from pybtex.richtext import Text
from support.running import run_toolchain

from toolchain.sphinxext import same_year
from toolchain.sphinxext.entries import settable
from toolchain.sphinxext.entry_marks import plain, set_marks

WORDS = {
    r"On {$x^2$} in {\TeX}": "On <emphasis>x</emphasis><superscript>2</superscript> in TeX",
    r"\LaTeX{} and \BibTeX\ of \TeX": "LaTeX and BibTeX of TeX",
    r"H$_2$O at 10$^{-3}$ and $\alpha_{ij}$": (
        "H<subscript>2</subscript>O at 10<superscript>\N{MINUS SIGN}3</superscript> and "
        "<emphasis>α</emphasis><subscript><emphasis>i</emphasis><emphasis>j</emphasis></subscript>"
    ),
    r"$O(n \log n)$ and \(\sqrt{2}\), \ensuremath{\frac12}": (
        r"<math>O(n \log n)</math> and <math>\sqrt{2}</math>, <math>\frac12</math>"
    ),
    r"\emph{A {\bf bold} word} {\it and} \textsc{Small} \texttt{x\_y}": (
        "<emphasis>A <strong>bold</strong> word</emphasis> <emphasis>and</emphasis> Small <literal>x_y</literal>"
    ),
    r"10\textsuperscript{th} of \enquote{May}": "10<superscript>th</superscript> of “May”",
    r"M{\"u}ller \'e {\ss} {\o} \v{S}koda \d{a} \'{\i} Erd\H{o}s": "Müller é ß ø Škoda ạ í Erdős",
    r"a\%b\_c\&d\#e\$f\{g\} \~{} {\textasciitilde} \textbackslash": r"a%b_c&d#e$f{g} ~ ~ \ ".strip(),
    r"A gain of 50% of $5 to $10": "A gain of 50% of $5 to $10",
    r"pages 1--2 --- the~end\ldots": "pages 1–2 — the\N{NO-BREAK SPACE}end…",
    r"{{DNA}} repair, {R\&D}, \noopsort{b}2": "DNA repair, R&D, 2",
    r"See \url{http://a.org/x\_y\%20z~w}": (
        '<reference refuri="http://a.org/x_y%20z~w">http://a.org/x_y%20z~w</reference>'
    ),
    r"See \href{http://a.org/\~{}x}{the \emph{site}}": (
        'See <reference refuri="http://a.org/~x">the <emphasis>site</emphasis></reference>'
    ),
}
WORDS[r"See \url{http://a.org/x\_y\%20z~w}"] = "See " + WORDS[r"See \url{http://a.org/x\_y\%20z~w}"]
ADDRESSES = {
    r"http://a.org/x\%20b\_c": "http://a.org/x%20b_c",
    r"http://a.org/{\textasciitilde}x/\textasciitilde y/\~{}z/~w": "http://a.org/~x/~y/~z/~w",
    r"http://a.org/$\sim$x?a=1\&b=2\#c": "http://a.org/~x?a=1&b=2#c",
    r"\url{http://a.org/x_y}": "http://a.org/x_y",
    r"{http://a.org/{x}\-y}": "http://a.org/xy",
}


def fields(**texts: str) -> dict[str, str]:
    """Return the fields of an entry as they are when it can be set, with nothing wrong."""
    written = ",\n".join(f"{name} = {{{text}}}" for name, text in texts.items())
    (entry,) = parse_string(f"@misc{{key, {written}}}", "bibtex").entries.values()
    whole, problem = settable(entry, "alpha")
    assert problem == ""
    return dict(whole.fields)


@pytest.mark.parametrize("written", WORDS)
def test_words_of_tex_become_what_they_mean(written: str) -> None:
    note = str(Text.from_latex(fields(author="Hill, Ann", title="T", note=written)["note"]))
    paragraph = nodes.paragraph("", "", *set_marks([nodes.Text(note)]))
    shown = re.sub(r"^<paragraph>|</paragraph>$", "", re.sub(r"\s+xml:space=\S+?(?=>)", "", str(paragraph)))
    assert shown == WORDS[written]
    assert "<" not in plain(note)


@pytest.mark.parametrize("written", ADDRESSES)
def test_addresses_lose_what_tex_needs(written: str) -> None:
    assert fields(author="Hill, Ann", title="T", url=written)["url"] == ADDRESSES[written]


@pytest.mark.parametrize(
    "written",
    [
        r"10.1007/123\_5",
        "https://doi.org/10.1007/123_5",
        "http://dx.doi.org/10.1007/123_5",
        "doi:10.1007/123_5",
    ],
)
def test_a_doi_is_a_number(written: str) -> None:
    assert fields(author="Hill, Ann", title="T", doi=written)["doi"] == "10.1007/123_5"


def test_a_formula_that_is_none_is_told() -> None:
    (entry,) = parse_string(r"@misc{key, author={Hill, Ann}, title={A $\foo{x}$}}", "bibtex").entries.values()
    _, problem = settable(entry, "alpha")
    assert problem == r"the formula $\foo{x}$ in it cannot be set: \foo is not admitted here"


def test_letters_go_on_after_z_and_leave_out_those_that_authors_have_typed() -> None:
    from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle  # noqa: PLC0415

    typed = {3: "2020b"}
    text = "".join(
        f"@misc{{k{n:02}, author={{Doe, Jane}}, title={{T{n:02}}}, year={{{typed.get(n, '2020')}}}}}"
        for n in range(30)
    )
    entries = parse_string(text, "bibtex").entries.values()
    years = same_year.years(entries, AuthorYearReferenceStyle())
    assert list(years.values())[:3] == ["2020a", "2020c", "2020d"]
    assert list(years.values())[-4:] == ["2020aa", "2020ab", "2020ac", "2020ad"]
    assert "k03" not in years


@pytest.mark.slow
def test_letters_are_the_same_on_all_pages_after_an_edit_of_one(copy: Callable[[str], Path]) -> None:
    project = copy("reference-to-nothing")
    (project / "bib").mkdir()
    (project / "bib/all.bib").write_text(
        "".join(
            f"@article{{{key}, author={{Doe, Jane}}, title={{{key}}}, journal={{J}}, year={{2020}}}}\n"
            for key in ("beta", "gamma", "alpha")
        )
    )
    section, list_ = project / "book/section.md", "```{bibliography} all.bib\n```\n"
    section.write_text("# A section\n\n{cite:t}`beta`\n")
    index = project / "book/index.md"
    index.write_text(f"{index.read_text()}\n{{cite:t}}`beta`\n\n{list_}")

    def cited() -> list[str]:
        assert run_toolchain("build", "html", project=project).code == 0
        pages = (html.parse(str(project / f"_build/html/{name}.html")) for name in ("section", "index"))
        return [
            " ".join(page.find(".//span[@class='bibtex-citation']").text_content().split()) for page in pages
        ]

    assert cited() == ["Doe [2020]", "Doe [2020]"]
    good = index.read_text()
    index.write_text(good.replace(list_, f"{{cite:t}}`gamma` {{cite:t}}`alpha`\n\n{list_}"))
    assert cited() == ["Doe [2020b]", "Doe [2020b]"]
    index.write_text(good)
    assert cited() == ["Doe [2020]", "Doe [2020]"]
