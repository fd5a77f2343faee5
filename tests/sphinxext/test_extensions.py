"""What other people's extensions add: right in every form, in the order of the page, with titles, numbers, places and links."""

import re
import shutil
import subprocess
import unicodedata
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from lxml import html
from support import sphinx_books
from support.built_sites import files_of
from support.notebook_archives import bad_links, notebooks_of
from support.previews import browser
from support.projects import copy_project
from support.running import report_of, run_toolchain

pytestmark = pytest.mark.slow

EXERCISES = [
    ("markdown", '# 1 Exercises <a id="exercises"></a>'),
    ("code", "a = 1"),
    (
        "markdown",
        """## 1.1 Plain ones <a id="plain-ones"></a>

<a id="ex-one"></a>

> **Exercise 1.1**
>
> Add one to $a$.

<a id="ex-two"></a>

> **Exercise 1.2 (Sums of $n$ terms)**
>
> Consider
>
> - this, and
> - that.
>
> > **Note**
> >
> > A note in an exercise.

<details>
<summary><a id="sol-one"></a>Solution to Exercise 1.1</summary>

It is $a + 1$.

</details>

<a id="exercises-exercise-3"></a>

> **Exercise 1.3**
>
> Nobody has named this one.

<a id="ex-plain"></a>

> **Exercise (Without a number)**
>
> Words of the plain one.

<a id="My Ex"></a><a id="a-place"></a>

> **Exercise 1.4**
>
> Its label has capitals.""",
    ),
    (
        "markdown",
        """## 1.2 Gated ones <a id="gated-ones"></a>

> <a id="ex-gated"></a>**Exercise 1.5 (A gated one)**
>
> Words before the code of the exercise.""",
    ),
    ("code", "b = a + 1\nb"),
    (
        "markdown",
        """> Words after the code of the exercise.

> <a id="sol-gated"></a>**Solution to [Exercise 1.5 (A gated one)](#ex-gated)**
>
> Words before the code of the solution.""",
    ),
    ("code", "b + 1"),
    ("markdown", "> Words between two cells of the solution."),
    ("code", "c = b + 2"),
    ("markdown", "> Words after a removed cell.\n\nWords after the solution."),
    (
        "markdown",
        (
            '## 1.3 References <a id="references"></a>\n\n'
            "See [Exercise 1.1](#ex-one), [Exercise 1.2](#ex-two), [Exercise 1.2](#ex-two), [the 1.2th](#ex-two), "
            "[words](#ex-gated), [Exercise](#ex-plain), [Solution to Exercise 1.1](#sol-one), "
            "[Solution to Exercise 1.5 (A gated one)](#sol-gated), [Exercise 1.1](#ex-one), [Exercise 1.2](#ex-two) "
            "[words](#ex-gated), [Exercise 1.4](#My%20Ex), [Exercise 1.4](#My%20Ex), [words](#sol-one) and [words](#sol-one)."
        ),
    ),
]
"""All cells of the page of exercises."""
REFERENCES = (
    "See Exercise 1.1, Exercise 1.2, Exercise 1.2, the 1.2th, words, Exercise, Solution to Exercise 1.1, "
    "Solution to Exercise 1.5 (A gated one), Exercise 1.1, Exercise 1.2 words, Exercise 1.4, Exercise 1.4, words and words."
)
FROM_ANOTHER_PAGE = (
    "See Exercise 1.1, Exercise 2.1, Exercise 1.5, Solution to Exercise 1.1, Solution to Exercise 1.2 (Sums of n terms), "
    "Theorem 3.1, Algorithm 3.1, Exercise 1.2 and Exercise 1.5."
)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book with every construct of these extensions, in all forms."""
    project = copy_project("extensions", tmp_path_factory.mktemp("extensions"))
    build = run_toolchain("build", project=project)
    assert build.code == 0, build.stdout + build.stderr
    return project


def test_style_sheets_of_extensions_stand_before_those_that_came_after_them(book: Path) -> None:
    page = html.parse(book / "_build/html/proofs.html").getroot()
    names = [link.get("href").partition("?")[0] for link in page.xpath("//link[@rel='stylesheet']")]
    bundle = (book / "_build/html/_static/styles/book.css").read_text(encoding="utf-8")
    last = (book / "_build/html/_static/toolchain.css").read_text(encoding="utf-8")

    assert names[0] == "_static/styles/book.css"
    assert "_static/proof.css" in names
    assert names[-1] == "_static/toolchain.css"
    rule = ".math-typed"  # of toolchain.css
    assert rule in last
    assert rule in bundle
    assert not re.search(r"/\*(?!!)", bundle.rpartition("/*")[0])
    assert not {name for name in names if "mystnb" in name or "pygments" in name}


def article(book: Path, page: str) -> Any:
    return html.parse(book / f"_build/html/{page}.html").getroot().find(".//article")


SEEN = ".//text()[not(ancestor::*[local-name()='annotation'])]"
"""Words of an element; of its formulas those that are set, and not their TeX."""


def titles(book: Path, page: str) -> list[tuple[str, str]]:
    """Return the boxes of a page of the site: their places and their titles."""
    boxes = article(book, page).xpath(".//div[contains(concat(' ', @class, ' '), ' admonition ')]")
    heads = ((box.get("id", ""), box.xpath("p[contains(@class, 'admonition-title')]")) for box in boxes)
    return [
        (
            place,
            " ".join("".join(head[0].xpath(SEEN)).split()) if head else "",
        )
        for place, head in heads
    ]


@pytest.fixture(scope="module")
def printed(book: Path) -> str:
    """Give the words of the PDF in their order."""
    command = ["pdftotext", "-layout", str(book / "_build/pdf/extensions.pdf"), "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return " ".join(unicodedata.normalize("NFKC", text).split())


def cells(book: Path, name: str) -> list[tuple[str, str]]:
    notebook = notebooks_of(book / "_build/notebooks/extensions.zip")[f"extensions/book/{name}.ipynb"]
    return [(cell.cell_type, cell.source) for cell in notebook.cells]


UNREAD = (
    "an inventory cannot be read: intersphinx inventory '../_config/unread.inv' not readable due to FileNotFoundError: "
    "[Errno 2] No such file or directory: 'book/../_config/unread.inv'"
)


def test_nothing_is_found_but_advice_that_an_author_can_follow(book: Path) -> None:
    findings = report_of(book)["findings"]

    assert [(found["id"], found["path"], found["message"]) for found in findings] == [
        ("SRC043", "_config/conf.py", UNREAD),
        ("SRC042", "book/others.md", "the code of a diagram is shown: mmdc is not installed"),
        ("SRC043", "book/others.md", "no inventory has {class}`NoSuch`, as 5 others"),
    ]


def test_exercises_are_cells_in_the_order_of_their_page(book: Path) -> None:
    assert cells(book, "1-exercises") == EXERCISES


def test_exercises_of_the_site_have_titles_and_places(book: Path) -> None:
    assert titles(book, "exercises") == [
        ("ex-one", "Exercise 1.1"),
        ("ex-two", "Exercise 1.2 (Sums of n terms)"),
        ("", "Note"),
        ("sol-one", "Solution to Exercise 1.1"),
        ("exercises-exercise-3", "Exercise 1.3"),
        ("ex-plain", "Exercise (Without a number)"),
        ("My Ex", "Exercise 1.4"),
        ("ex-gated", "Exercise 1.5 (A gated one)"),
        ("sol-gated", "Solution to Exercise 1.5 (A gated one)"),
    ]
    text = " ".join(article(book, "exercises").text_content().split())
    assert REFERENCES in text
    assert "Nobody sees this" not in text


def test_solutions_are_folded_on_the_site_and_their_titles_are_seen(book: Path) -> None:
    folded = [
        tuple(" ".join("".join(part.xpath(SEEN)).split()) for part in (box.find("summary"), box))
        for box in article(book, "solutions").iter("details")
    ]
    assert (
        "Solution to Exercise 1.2 (Sums of n terms)",
        "Solution to Exercise 1.2 (Sums of n terms) Exercise 1.2 (Sums of n terms) A solution on another page.",
    ) in folded
    links = [
        box.xpath("./summary//a | ./p[@class='links-of-title']/a")
        for box in article(book, "solutions").iter("details")
    ]
    assert [[link.getparent().tag for link in box] for box in links] == [["p"]] * len(links), (
        "a click on the head opens it"
    )
    assert not [box for box in article(book, "exercises").iter("details") if box.get("id") == "sol-one"], (
        "a dropdown is the author's"
    )


def test_solutions_are_whole_on_paper(book: Path) -> None:
    with browser() as opened:
        page = opened.new_page()
        page.goto((book / "_build/html/solutions.html").as_uri())
        closed = page.locator("details.solution:not([open])").count()
        paper = pypdfium2.PdfDocument(page.pdf())
        assert page.locator("details.solution:not([open])").count() == closed > 0

    text = "".join(sheet.get_textpage().get_text_range() for sheet in paper)
    assert "A solution on another page." in text


def test_theorems_of_the_site_have_titles_and_places(book: Path) -> None:
    assert titles(book, "proofs") == [
        ("thm-one", "Theorem 3.1 (Of n things)"),
        ("proof", ""),
        ("lem-one", "Lemma 3.1"),
        ("alg-one", "Algorithm 3.1 (Doing it)"),
        ("def-one", "Definition (Not counted)"),
        ("axiom-4", "Axiom 3.1"),
        ("", ""),
    ]


def test_no_id_is_twice_on_a_page_of_the_site(book: Path) -> None:
    for page in ("exercises", "solutions", "proofs", "others"):
        ids = article(book, page).xpath(".//@id")
        assert len(ids) == len(set(ids)), page


def test_print_has_boxes_with_titles_and_numbers_in_order(printed: str) -> None:
    words = [
        "Exercise 1.1 Add one to a.",
        "Exercise 1.2 (Sums of n terms) Consider",
        "Solution to Exercise 1.1 It is a + 1.",
        "Exercise 1.5 (A gated one) Words before the code of the exercise. b = a + 1 b 2 Words after the code",
        "Solution to Exercise 1.5 (A gated one) Words before the code of the solution. b + 1 3 Words between",
        REFERENCES,
        "Solution to Exercise 1.2 (Sums of n terms) A solution on another page.",
        FROM_ANOTHER_PAGE,
        "Theorem 3.1 (Of n things) Let n > 0. Proof. It is so. It really is.",
        "Lemma 3.1 A lemma without a name, see Theorem 3.1.",
        "Algorithm 3.1 (Doing it) Inputs n",
        "Definition (Not counted) It is called so.",
        "Axiom 3.1 Nobody has named this axiom.",
        "Proof. A proof by itself, of Theorem 3.1, words and Definition:",
        "First Words of the first. Second Words of the second. Python print(1) Linux Words of Linux.",
        "Open this Words of another dropdown.",
        "Label A Words below a label. A card Its head Its words. Its foot Lead to a dropdown and a tab.",
        "graph LR; C-->D Figure 4.1: A diagram.",
        (
            "A remark Words of the remark. Words of the items. Counted 4.1 First Words of the first one. "
            "Counted 4.2 Second Words of the second one. One. Two. This word and Counted 4.2."
        ),
    ]
    places = [printed.find(text) for text in words]

    assert all(place >= 0 for place in places), [
        text for text, at in zip(words, places, strict=True) if at < 0
    ]
    assert places == sorted(places)
    assert "??" not in printed


def test_notebooks_have_what_only_browsers_draw(book: Path) -> None:
    text = "\n\n".join(source for _, source in cells(book, "4-others"))

    for block in (
        "<summary>Details</summary>\n\nWords behind a toggle.",
        "**First**\n\nWords of the first.\n\n***Second***\n\nWords of the second.\n\n**Python**\n\n```python\nprint(1)\n```",
        '<summary><a id="my-drop"></a>Open this</summary>\n\nWords of another dropdown.\n\n</details>',
        '<a id="tab-a"></a>**Label A**\n\nWords below a label.',
        "Lead to [a dropdown](#my-drop) and [a tab](#tab-a).",
        '```mermaid\ngraph LR; C-->D\n```\n\n<a id="fig-diagram"></a>**Figure 4.1.** A *diagram*.',
        "> **A *remark***\n>\n> Words of the remark.\n\nWords of the items.",
        '<a id="count-two"></a>\n\n> **Counted 4.2 Second**\n>\n> Words of the second one.',
        "*2 paragraphs are spoken:*\n\nOne.\n\nTwo.\n\n*No more is spoken.*",
        "This !word! and [Counted 4.2](#count-two).",
        (
            "See [here](#what-s-new-1-2), [there](5-drawing.ipynb#a-drawing), "
            "[https://linked.example/a_b](https://linked.example/a_b),"
        ),
        (
            "[`other.thing()`](https://elsewhere.example/api.html#other.thing), "
            "[Some Title](https://elsewhere.example/intro.html#some-label) and `no.such.thing()`, `NoSuch`."
        ),
    ):
        assert block in text, block


def test_boxes_stand_in_cells_of_tables_quotations_and_items(book: Path, printed: str) -> None:
    assert cells(book, "2-solutions")[2] == (
        "markdown",
        """## 2.2 In other places, beside [Exercise 1.2](1-exercises.ipynb#ex-two) <a id="in-other-places-beside-ex-two"></a><a id="in-other-places-beside-"></a>

|  |  |
| --- | --- |
| A cell | <a id="ex-cell"></a>**Exercise 2.2**<br>In a cell. |

> A quotation
>
> <a id="rem-quoted"></a>
>
> > **Remark 2.1 (With [a link](1-exercises.ipynb#ex-one) and `code`)**
> >
> > In a quotation.

1. An item

   <a id="ex-item"></a>

   > **Exercise 2.3 (With [a link](1-exercises.ipynb#ex-one) and `code`)**
   >
   > In an item.

   <a id="solutions-solution-6"></a>

   > **Solution to [Exercise 2.3 (With a link and `code`)](#ex-item)**
   >
   > Its solution.

[Exercise 2.2](#ex-cell), [Remark 2.1](#rem-quoted), [Exercise 2.3](#ex-item).""",
    )
    assert "2.2 In other places, beside Exercise 1.2 A cell Exercise 2.2 In a cell." in printed
    assert (
        "Solution to Exercise 2.3 (With a link and code) Its solution. Exercise 2.2, Remark 2.1, Exercise 2.3."
        in printed
    )


def test_every_link_of_the_notebooks_leads_somewhere(book: Path) -> None:
    assert bad_links(book / "_build/notebooks/extensions.zip") == []


def test_a_picture_that_another_page_has_glued_is_in_every_form(book: Path, printed: str) -> None:
    (address,) = article(book, "solutions").xpath(".//img/@src")
    assert (book / "_build/html" / address).read_text(encoding="utf-8").lstrip().startswith("<?xml")

    (_, text) = cells(book, "2-solutions")[1]
    assert re.search(r"A curve, and `7` or 7\.00:\n\n!\[\]\(pictures/[0-9a-f]+\.svg\)$", text)
    assert re.search(r"A curve, and 7 or 7.00: 3 2 1 0 1 2\b", printed)


def test_a_redirection_leads_to_its_page(book: Path) -> None:
    assert "exercises.html" in (book / "_build/html/old.html").read_text(encoding="utf-8")


def test_what_pages_show_of_others_is_as_after_a_build_from_nothing(tmp_path: Path) -> None:
    project = copy_project("extensions", tmp_path)
    for name, old, new in (
        ("exercises", "Sums of $n$ terms", "Sums of many"),
        ("exercises", ":label: ex-plain\n:nonumber:", ":label: ex-plain"),
        ("proofs", "prf:axiom", "prf:theorem"),
    ):
        sphinx_books.build(project, "html", "notebooks")
        page = project / f"book/{name}.md"
        page.write_text(page.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    edited = sphinx_books.build(project, "html", "notebooks")
    shutil.rmtree(project / "_build")
    clean = sphinx_books.build(project, "html", "notebooks")

    assert {name for name in clean.files if clean.files[name] != edited.files.get(name)} == set()
    assert b"Solution to" in clean.files["html/solutions.html"]
    assert b"Exercise 1.2 (Sums of many)" in clean.files["html/solutions.html"]


PAGE = """# Page {number}

```{{exercise}} Named {number}
:label: ex-{number}

Words {number}.
```

```{{exercise-start}}
```

Between a beginning and an end.

```{{exercise-end}}
```

```{{solution}} ex-{other}
:label: sol-{number}

A solution.
```

```{{prf:theorem}} Theorem {number}
:label: thm-{twice}

Words.
```

````{{tabs}}
```{{tab}} First
One.
```
```{{group-tab}} Second
Two.
```
````

```{{mermaid}}
graph TD; A{number}-->B
```

See {{ref}}`ex-{other}`, {{prf:ref}}`thm-{other}` and {{ref}}`sol-{number}`.
"""


def test_pages_that_several_processes_read_are_those_of_one(tmp_path: Path) -> None:
    project, count = copy_project("extensions", tmp_path), 12
    shutil.rmtree(project / "book")
    (project / "book").mkdir()
    conf = project / "_config/conf.py"
    own = '    "nodes_of_ours",\n'  # of which nobody knows anything
    conf.write_text(
        conf.read_text(encoding="utf-8").replace(own, "").split("rediraffe_redirects")[0], encoding="utf-8"
    )
    listed = "\n".join(f"page-{number:02}" for number in range(count))
    (project / "book/index.md").write_text(
        f"# Many\n\n```{{toctree}}\n:numbered:\n\n{listed}\n```\n", encoding="utf-8"
    )
    for number in range(count):
        text = PAGE.format(number=number, other=(number * 5 + 3) % count, twice=3 if number == 8 else number)
        (project / f"book/page-{number:02}.md").write_text(text, encoding="utf-8")

    builds = []
    for jobs in ("1", "3"):
        shutil.rmtree(project / "_build", ignore_errors=True)
        build = run_toolchain("build", "html", "notebooks", "--jobs", jobs, project=project)
        assert build.code == 1, build.stdout + build.stderr
        builds.append((files_of(project), report_of(project)["findings"]))

    assert builds[0] == builds[1]
    assert "thm-3 is given twice; the other is at book/page-03.md:24" in [
        found["message"] for found in builds[0][1]
    ]
