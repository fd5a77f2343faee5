"""What authors, and Markdown that cells put out, may take from other dialects: the same in the site, in print and in notebooks.

One book has all of it, is built in all forms without a finding, and each form is opened.
"""

import json
import re
import sys
import zipfile
from pathlib import Path

import pikepdf
import pytest
from lxml import html
from lxml.html import HtmlElement
from pypdf import PdfReader
from support.browser import dump
from support.running import report_of, run_toolchain

CONF = r"""
from toolchain.sphinxext import configuration

globals().update(configuration(__file__))
myst_substitutions = {"release": "2025.2"}
mathjax3_config = {
    "tex": {"macros": {"RR": r"\mathbb{R}", "pd": [r"\frac{\partial #2}{\partial #1}", 2, "x"], "v": [r"\mathbf{#1}", 1]}}
}
"""
TYPED = r"""
# Typed in {{ release }}

Release {{ release }} is ~~one $x$ and `two`~~ three. By {cite}`knuth1984`.

- [ ] to do
- [x] done

> [!WARNING]
> An alert.

| of {{ release }} |
|---|
| ~~gone~~ |

$$
\begin{align}
a &= b \notag \\
c &= d
\end{align}
$$ (eq-one)

By [](#eq-one), [](typed.md#eq-one) and [these words](#eq-one).

In $x_\RR$, $\pd{f}$, $\pd[t]{f}$, $\v x$.

$$\newcommand{\half}[1]{\frac{#1}{2}} \DeclareMathOperator{\argmin}{arg\,min}$$

$$
\half{\half{y}} + \argmin z % a comment
$$

As $a + b % a comment$ goes.

[same]: https://example.org/typed
"""
PUT_OUT = r'''---
file_format: mystnb
kernelspec: {name: python3}
---

# Put out

As the note[^1] says. [same]

[same]: https://example.org/typed
[^1]: Typed by the author.

````{code-cell}
:tags: [remove-input]

from IPython.display import Markdown, display

display(Markdown(r"""
## A real section

| name | formula |
|:-----|--------:|
| mean | $\hat p - p$ |

# Above all

With $x^2$, 3$\times$3, ~~gone~~, prices of $5 or $6[^1], [same] and

$$\int_0^1 x\,dx$$

\begin{align}
a &= b
\end{align}

- one
  - [x] deep

> [!NOTE]
> Noted.

```python
x = 1
```

[^1]: In euros.

[same]: https://example.org/put-out
"""))
````

```{code-cell}
:tags: [remove-input]

%%markdown
Magic $y$ in **bold**
```

```{code-cell}
:tags: [remove-input]

class Shown:
    def _repr_markdown_(self):
        return "A value, $z$"

Shown()
```

## A real section

As said in [](#a-real-section).
'''

RESTRUCTURED = """
# Last

A note of MyST.[^m]

```{eval-rst}
Here are [#]_, [#named]_ and |sub| by a link_.

.. [#] A note.
.. [#named] A note with a name.
.. |sub| replace:: *its* words
.. _link: https://example.org/there
```

```{eval-rst}
There are [#]_, [#named]_ and |sub|.

.. [#] Another note.
```

[^m]: Of MyST.
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the book, built in all forms."""
    project = tmp_path_factory.mktemp("dialects")
    for folder in ("book", "bib", "_config"):
        (project / folder).mkdir()
    (project / "_config/book.toml").write_text(
        f'[book]\ntitle = "Dialects"\nslug = "dialects"\nauthors = ["A"]\n[kernel]\ninterpreter = "{sys.executable}"\n',
        encoding="utf-8",
    )
    (project / "_config/conf.py").write_text(CONF, encoding="utf-8")
    (project / "bib/works.bib").write_text(
        "@book{knuth1984, author={Donald Knuth}, title={A Book}, year=1984, publisher={AW}}", encoding="utf-8"
    )
    pages = {
        "index": "# Dialects\n\n```{toctree}\n:numbered:\n\ntyped\nout\nworks\nlast\n```\n",
        "typed": TYPED.lstrip(),
        "out": PUT_OUT,
        "works": "# References\n\n```{bibliography}\n```\n",
        "last": RESTRUCTURED.lstrip(),
    }
    for name, text in pages.items():
        (project / f"book/{name}.md").write_text(text, encoding="utf-8")
    run = run_toolchain("build", project=project)
    assert run.code == 0, run.stdout + run.stderr
    assert report_of(project)["findings"] == []
    return project


def article(project: Path, name: str) -> HtmlElement:
    page = html.parse(str(project / f"_build/html/{name}.html"))
    found: HtmlElement = page.xpath("//article")[0]
    return found


def words(element: HtmlElement) -> str:
    """Return the words of an element; of a formula those that are seen, and not its TeX."""
    seen = element.xpath(".//text()[not(ancestor::*[local-name()='annotation'])]")
    return " ".join("".join(seen).split())


def printed(project: Path) -> str:
    pages = PdfReader(project / "_build/pdf/dialects.pdf").pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def cells(project: Path, name: str) -> str:
    """Return the text of a page's notebook."""
    with zipfile.ZipFile(project / "_build/notebooks/dialects.zip") as archive:
        path = next(path for path in archive.namelist() if path.endswith(f"{name}.ipynb"))
        notebook = json.loads(archive.read(path))
    return "\n\n".join(
        "".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown"
    )


@pytest.mark.slow
def test_markdown_that_is_put_out_is_shown_as_jupyter_shows_it(built: Path) -> None:
    page = article(built, "out")
    first, magic, value = page.xpath("//div[contains(@class, 'cell_output')]")

    assert [[words(cell) for cell in row] for row in first.xpath(".//tr")] == [
        ["name", "formula"],
        ["mean", "p\N{MODIFIER LETTER CIRCUMFLEX ACCENT}\N{MINUS SIGN}p"],
    ]
    assert [" ".join(tex.split()) for tex in first.xpath(".//*[local-name()='annotation']/text()")] == [
        r"\hat p - p",
        r"x^2",
        r"\times",
        r"\int_0^1 x\,dx",
        r"\begin{aligned} a &= b \end{aligned}",
    ]
    assert words(first.xpath(".//*[@class='struck']")[0]) == "gone"
    assert words(first.xpath(".//li//li")[0]) == "\N{BALLOT BOX WITH CHECK} deep"
    assert words(first.xpath(".//div[contains(@class, 'admonition')]")[0]) == "Note Noted."
    assert "prices of $5 or $61, same and" in words(first)
    assert "1 In euros." in words(first)
    assert first.xpath(".//a/@href") == ["https://example.org/put-out"]
    assert words(magic) == "Magic y in bold"
    assert words(value) == "A value, z"


@pytest.mark.slow
def test_nothing_that_is_put_out_becomes_a_part_of_the_page(built: Path) -> None:
    page = article(built, "out")

    assert [words(heading).rstrip("#") for heading in page.xpath(".//h1 | .//h2")] == [
        "2 Put out",
        "2.1 A real section",
    ]
    assert page.xpath(".//p/a[text()='same']/@href")[0] == "https://example.org/typed"
    assert page.xpath(".//a[contains(text(), 'As') or .='A real section']/@href") == ["#a-real-section"]
    assert [words(note) for note in page.xpath(".//aside[@role='doc-footnote']")] == [
        "[1] Typed by the author."
    ]


@pytest.mark.slow
def test_print_has_what_is_put_out_and_its_own_sections(built: Path) -> None:
    text = printed(built)

    assert "name formula mean" in text
    assert "prices of $5 or $6" in text
    assert "In euros." in text
    assert "Above all" in text
    assert not re.search(
        r"\|:?-|\$\$|\\int|\\begin\{align|\[\^|\[x\] deep", text.partition("A real section")[2]
    )
    with pikepdf.open(built / "_build/pdf/dialects.pdf") as pdf, pdf.open_outline() as outline:
        titles = [(item.title, [child.title for child in item.children]) for item in outline.root]
    assert titles == [
        ("Contents", []),
        ("1 Typed in 2025.2", []),
        ("2 Put out", ["2.1 A real section"]),
        ("3 References", []),
        ("4 Last", []),
    ]


@pytest.mark.slow
def test_what_is_typed_is_read_in_the_site(built: Path) -> None:
    page = article(built, "typed")

    assert words(page.xpath(".//h1")[0]) == "1 Typed in 2025.2#"
    assert [words(struck) for struck in page.xpath(".//*[@class='struck']")] == ["one x and two", "gone"]
    assert [words(task) for task in page.xpath(".//li")] == [
        "\N{BALLOT BOX} to do",
        "\N{BALLOT BOX WITH CHECK} done",
    ]
    assert [words(box) for box in page.xpath(".//div[contains(@class, 'admonition')]")] == [
        "Warning An alert."
    ]
    assert [words(cell) for cell in page.xpath(".//th | .//td")] == ["of 2025.2", "gone"]
    links = page.xpath(".//a[@href='#equation-eq-one' and not(@class='headerlink')]")
    assert [words(link) for link in links] == ["(1.1)", "(1.1)", "these words"]
    assert page.xpath(".//input") == []


@pytest.mark.slow
def test_print_has_what_is_typed(built: Path) -> None:
    text = printed(built)

    assert "Release 2025.2 is one" in text
    assert "By (1.1), (1.1) and these words." in text
    assert not re.search(r"\{\{|~~|\[ \]|\[!|\\RR|\\half", text)
    reader = PdfReader(built / "_build/pdf/dialects.pdf")
    annotations = (entry.get_object() for page in reader.pages for entry in page.get("/Annots") or ())
    targets = [str(entry["/A"]["/D"]) for entry in annotations if "/D" in entry.get("/A", {})]
    assert [name for name in targets if name.startswith("equation")] == 3 * ["equation.1.0.1"]
    assert set(targets) <= set(reader.named_destinations)


@pytest.mark.slow
def test_notebooks_have_what_any_front_end_shows(built: Path) -> None:
    text = cells(built, "typed").replace("\N{NO-BREAK SPACE}", " ")

    assert text.partition("## References")[0].rstrip() == NOTEBOOK.strip()


@pytest.mark.slow
def test_parts_in_restructuredtext_are_parts_of_the_page(built: Path) -> None:
    page = article(built, "last")
    assert [words(paragraph) for paragraph in page.xpath("./section/p")] == [
        "A note of MyST.[1]",
        "Here are [3], [2] and its words by a link.",
        "There are [4], [2] and its words.",
    ]
    notes = {f"#{note.get('id')}": words(note) for note in page.xpath(".//aside[@role='doc-footnote']")}
    assert list(notes.values()) == [
        "[1] Of MyST.",
        "[2] (1,2) A note with a name.",
        "[3] A note.",
        "[4] Another note.",
    ]
    marks = page.xpath("./section/p//a[@role='doc-noteref']")
    assert [notes[mark.get("href")].partition(" ")[0] for mark in marks] == [words(mark) for mark in marks]
    assert page.xpath(".//a[.='link']/@href") == ["https://example.org/there"]

    text = cells(built, "last")
    for words_of_it in (
        "and *its* words by a [link](https://example.org/there).",
        "<sup>4</sup> Another note.",
    ):
        assert words_of_it in text
    assert re.search(
        "There are ?4, ?2 ?and its words.*A note.*A note with a name.*Another note", printed(built)
    )


NOTEBOOK = r"""
# 1 Typed in 2025.2 <a id="typed-in-2025-2"></a><a id="typed-in-"></a>

Release 2025.2 is ~~one $x$ and `two`~~ three. By \[[Knuth, 1984](#cite-id2)\].

- ☐ to do
- ☑ done

> **Warning**
>
> An alert.

| of 2025.2 |
| --- |
| ~~gone~~ |

<a id="equation-eq-one"></a>

$$
\begin{aligned}
a &= b \\
c &= d
\end{aligned} \tag{1.1}
$$

By [(1.1)](#equation-eq-one), [(1.1)](#equation-eq-one) and [these words](#equation-eq-one).

In $x_{\mathbb{R}}$, $\frac{\partial f}{\partial x}$, $\frac{\partial f}{\partial t}$, $\mathbf{x}$.

$$
\newcommand{\half}[1]{\frac{#1}{2}} \DeclareMathOperator{\argmin}{arg\,min}
$$

$$
\half{\half{y}} + \argmin z
$$

As $a + b$ goes.
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["typed", "out"])
def test_every_formula_is_set(built: Path, name: str) -> None:
    page = dump(built / f"_build/html/{name}.html", 1280)

    formulas = page.xpath("//*[contains(concat(' ', @class, ' '), ' math ')]")
    assert len(formulas) > 4
    assert all(formula.xpath(".//*[local-name()='math']") for formula in formulas)
    assert page.xpath("//*[local-name()='merror' or contains(@class, 'math-typed')]") == []
