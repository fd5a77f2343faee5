r"""References in formulas, `\eqref` and `\ref`, are numbers in every form, and links where a form has links in formulas."""

import re

import msgspec
import pytest
from lxml import html
from support.sphinx_books import Built, build

from toolchain.check.labels import printed
from toolchain.model import Label
from toolchain.model.notebook_text import PARTS, PageText
from toolchain.sphinxext import formula_references

BOOK = {
    "_config/book.toml": '[book]\ntitle = "Sums"\nslug = "sums"\nauthors = ["Its author"]\n[math.macros]\nby = [\'\\overset{\\eqref{#1}}{=}\', 1]\n',
    "_config/conf.py": "from toolchain.sphinxext import configuration\nglobals().update(configuration(__file__))\n",
    "book/index.md": "# Sums\n\n```{toctree}\n:numbered:\n\none\ntwo\n```\n",
    "book/one.md": r"""# One, by $\eqref{of_rows}$

$$ x = 1 $$ (first)

\begin{align}
a &= b \label{of_rows} && \text{by \eqref{first}, $\eqref{other}$} \\
&= c
\end{align}

$a \by{other} b$ and $\newcommand{\own}[1]{(\ref{#1})}\own{first}$, {eq}`of_rows`
""",
    "book/two.md": "# Two\n\n```{math}\n:label: other\ny \\mbox{ as $\\refeq{of_rows}$}\n```\n\nOf $\\eqref{nothing_there}$.\n",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("sums")
    for name, text in BOOK.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return build(folder, "html", "notebooks", "latex")


@pytest.mark.parametrize(
    ("page", "links"),
    [
        (
            "one",
            [
                *(("(1.2)", "#equation-of-rows"), ("(1.1)", "#equation-first"), ("(2.1)", "two.html#equation-other")),
                *(("(2.1)", "two.html#equation-other"), ("1.1", "#equation-first")),
            ],
        ),
        ("two", [("(1.2)", "one.html#equation-of-rows")]),
    ],
)  # fmt: skip
def test_the_site_links_the_number(built: Built, page: str, links: list[tuple[str, str]]) -> None:
    tree = html.fromstring(built.files[f"html/{page}.html"])

    found = [
        ("".join(map(str, link.itertext())), link.get("href")) for link in tree.findall(".//article//mtext/a")
    ]

    assert found == links
    classes = [link.get("class") for link in tree.findall(".//mtext/a")]
    assert set(classes) == {"reference internal"}  # previews show it


def test_contents_have_the_number_and_no_link(built: Built) -> None:
    tree = html.fromstring(built.files["html/two.html"])
    titles = [link for link in tree.findall(".//nav//a") if "One, by" in "".join(map(str, link.itertext()))]

    assert titles
    assert all(
        "(1.2)" in "".join(map(str, title.itertext())) and title.find(".//a") is None for title in titles
    )


def test_notebooks_have_the_number(built: Built) -> None:
    text = "".join(
        str(part) for part in msgspec.json.decode(built.files[f"notebooks/one{PARTS}"], type=PageText).parts
    )

    assert r"\text{by (1.1), ${\text{(2.1)}}$}" in text.replace("\\\\", "\\")
    assert re.findall(r"\\(?:eq)?ref\{(?!#)", text) == []


def test_print_has_the_label_that_sphinx_has_written(built: Built) -> None:
    tex = built.files["latex/sums.tex"].decode()
    labels = re.findall(r"\\label\{(equation:[^{}]+)\}", tex)

    referred = re.findall(r"\\ref\{(equation:[^{}]+)\}", tex)

    assert sorted(labels) == ["equation:one:first", "equation:one:of_rows", "equation:two:other"]
    assert {*referred} == {*labels}
    assert r"\text{(nothing\_there)}" in tex


def test_a_label_that_no_formula_has_is_told_of_once(built: Built) -> None:
    told = [
        (finding.path, finding.line, finding.message)
        for finding in built.findings
        if "sphinx.ref" in finding.id
    ]

    assert told == [("book/two.md", 8, "equation not found: nothing_there")]


@pytest.mark.parametrize(
    ("before", "place"),
    [
        ("", "formula"),
        (r"x + \frac{1}{", "formula"),
        (r"\text{as ", "words"),
        (r"\text{as $x$ {", "words"),
        (r"\text{as $x_{", "formula"),
        (r"\text{as \(", "formula"),
        (r"\text{as} + {", "formula"),
        (r"\text{as \$5 ", "words"),
        (r"\textcolor{red}{", "formula"),
        (r"\tag{", "mark"),
        (r"\tag*{$", "mark"),
        (r"}}", "formula"),
    ],
)
def test_a_number_stands_in_a_formula_or_among_words(before: str, place: str) -> None:
    assert formula_references._place(before) == place  # noqa: SLF001


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("x = y by (1.1)\n= z (1.2)\n", "(1.2)"),
        ("x = y by (1.1)\n= z (1.3)\n", "(1.3)"),
        ("x = y by (1.2)\n= z (1.1)\n", "(1.2)"),
        ("x = y (1.3)\n by (1.2)", "(1.3)"),
        ("x by (1.1)", ""),
    ],
)
def test_the_check_of_print_takes_no_reference_for_the_number(text: str, number: str) -> None:
    label = Label(kind="equation", page="a", ids=("equation-a",), names=("a",), number="(1.2)")

    assert printed.label_text(label, text, {"(1.1)"}).number == number
