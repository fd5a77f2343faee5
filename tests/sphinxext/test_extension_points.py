"""One book with every way to extend it, in all forms: as Sphinx alone makes it where that has the same settings."""

# ruff: noqa: RUF001 - the characters that look like others are meant

import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import nbformat
import pytest
from lxml import html
from pypdf import PdfReader
from support.projects import copy_project
from support.running import report_of, run_toolchain

from toolchain.project import settings
from toolchain.project.sections import BookToml
from toolchain.sphinxext.conf_py import INSTEAD
from toolchain.sphinxext.site.roles import ON_ONE_LINE

pytestmark = pytest.mark.slow

PLAIN = r"""
import sys
sys.path.insert(0, "_config")
project = "Extension points"
extensions = [
    "myst_nb", "sphinx_book_theme", "sphinx_copybutton", "sphinx_design", "sphinx.ext.extlinks",
    "sphinx_inline_tabs", "signs_of_ours",
]
html_theme = "sphinx_book_theme"
exclude_patterns = ["drafts/**"]
numfig = True
numfig_format = {"figure": "Fig. %s"}
math_eqref_format = "({number})"
html_secnumber_suffix = " "
nb_execution_mode = "off"
extlinks = {"issue": ("https://example.org/issues/%s", "issue %s")}
myst_enable_extensions = MYST
myst_substitutions = {"publisher": "The *Small* Press", "edition": 3}
myst_heading_anchors = 3
html_logo = "img/logo.svg"
html_favicon = "img/favicon.png"
templates_path = ["_config/templates"]
"""
DIFFERS = {
    "<input task-list-item-checkbox  >": "<span task  {}>",
    "<s   wrong>": "<span struck  wrong>",
}
"""Elements of the site that are words here, so that print and notebooks have them, too."""
NOT_HERE = """
language = "fr"
html_theme_options = {"show_toc_level": 3}
latex_engine = "lualatex"

nb_execution_mode = "force"
exclude_patterns = ["section.md"]
bibtex_bibfiles = ["../refs.bib"]
myst_enable_extensions = ["dollarmath"]
latex_elements["preamble"] += r"\\newcommand{\\added}{}"
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_project("extension-points", tmp_path_factory.mktemp("extension-points"))
    build = run_toolchain("build", project=folder)
    assert build.code == 0, build.stdout + build.stderr
    return folder


def structure(page: Path) -> list[str]:
    """Return the elements of a page's own part with their classes, addresses and words."""
    (article,) = html.parse(page).getroot().find_class("bd-article")
    for formula in article.find_class("math"):
        # Sphinx leaves it to MathJax as TeX; ours is set.
        number = formula.find_class("eqno")
        formula[:] = number
        formula.text = None
        for one in number:
            one.tail = None
    found = []
    for element in article.iter("*"):
        words = (element.text or "").strip()
        classes = element.get("class", "").removesuffix(
            f" {ON_ONE_LINE}"
        )  # how the site sets short references
        found += [
            f"<{element.tag} {classes} {element.get('href', '')} {words}>",
            (element.tail or "").strip(),
        ]
    return [one for one in found if one]


def test_pages_are_those_of_sphinx_with_the_same_settings(project: Path, tmp_path: Path) -> None:
    myst = [*settings.load(project).myst_extensions, "html_image"]
    for name in ("book", "img", "_config"):
        (tmp_path / name).symlink_to(project / name)
    (tmp_path / "conf.py").write_text(PLAIN.replace("MYST", repr(myst)), encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-Q", "-b", "html", "-c", str(tmp_path), str(project / "book")]
    subprocess.run([*command, str(tmp_path / "site")], check=True, cwd=tmp_path)

    for name in ("index", "chapter_one/index", "chapter_one/syntax", "chapter_one/formulas"):
        ours = structure(project / f"_build/html/{name}.html")
        boxes = iter("☑☐")
        plain = [
            DIFFERS[line].format(next(boxes)) if "checkbox" in line else DIFFERS.get(line, line)
            for line in structure(tmp_path / f"site/{name}.html")
        ]
        assert ours == plain, name


def test_the_site_has_what_is_added_to_it_beside_what_every_book_has(project: Path) -> None:
    page = (project / "_build/html/chapter_one/formulas.html").read_text(encoding="utf-8")

    for part in (
        "logo.svg",
        "favicon.png",
        "own.css",
        "own.js",
        "more.css",
        "toolchain.css",
        "From a template",
    ):
        assert part in page, part
    # What a script of the book may call is there before it; what it did not ask for is not.
    assert 0 < page.index("doctools.js") < page.index("own.js")
    assert "bootstrap.js" not in page
    # Of both tables, and of book.toml and conf.py together.
    assert "Of conf.py" in page
    # What the toolchain has set of the theme, and conf.py says nothing of.
    assert "Download source file" not in page
    # What book.toml and conf.py define stands in formulas, also in those of titles; nothing is left to a script.
    assert "window.MathJax" not in page
    assert page.count("<mi>ℝ</mi>") >= 2
    (article,) = (
        html.parse(project / "_build/html/chapter_one/formulas.html").getroot().find_class("bd-article")
    )
    assert not re.search(r"\\(?:norm|diff|half)\b", article.text_content())
    assert not (project / "_build/html/drafts").exists()


def test_print_has_its_preamble_style_and_options_after_the_toolchains(project: Path) -> None:
    latex = (project / "_build/latex/extension-points.tex").read_text(encoding="utf-8")
    places = [
        latex.index(part)
        for part in (r"\usepackage{toolchain}", r"\frompreamble", r"\usepackage{housestyle}", r"\fromconf")
    ]
    assert places == sorted(places)
    assert "11pt" in latex.partition("\n\\title")[0]
    text = " ".join(
        page.extract_text() for page in PdfReader(project / "_build/pdf/extension-points.pdf").pages
    )
    words = " ".join(text.split())
    for part in (
        "From The Small Press, edition 3.",
        "It was wrong and is right",
        "www.example.org",
        "issue 12",
        "A sign of ours",
        "Fig. 1.1 is a square.",
        "“Quoted” words, it’s © 2026 – and so on…",
        "Version of it",
    ):
        assert part in words, words
    assert not re.search(
        r"norm|diff\b|half\b",
        words.partition("Formulas in")[2].partition("Code")[0].replace("half of it", ""),
    )


def test_notebooks_need_nothing_of_the_books_settings(project: Path) -> None:
    with zipfile.ZipFile(project / "_build/notebooks/extension-points.zip") as archive:
        notebooks = {
            name.rpartition("/")[2]: nbformat.reads(archive.read(name).decode(), as_version=4)
            for name in archive.namelist()
            if name.endswith(".ipynb")
        }
    texts = {
        name: "\n\n".join(cell.source for cell in notebook.cells) for name, notebook in notebooks.items()
    }

    # Macros are written out: Jupyter knows none of them, in a list of pages as little as in the text.
    everything = "\n".join(texts.values())
    assert not re.search(r"\\(?:R|norm|diff|half)\b", everything)
    assert r"- [1.2 Formulas in $\mathbb{R}^n$](1.2-formulas.ipynb)" in texts["1-one.ipynb"]
    assert (
        r"\frac{\partial u}{\partial t} = \lVert \frac{\partial u}{\partial x} \rVert \tag{1.1}" in everything
    )
    syntax = texts["1.1-syntax.ipynb"]
    for part in (
        "- ☑\u00a0a task that is done\n- ☐\u00a0one that is *not*",
        "- **Term**\n\n  Its meaning, with `code`.",
        "- **Author**: Somebody",
        "From The *Small* Press, edition 3.",
        "~~wrong~~ and is right; H<sub>2</sub>O and x<sup>2</sup>.",
        "[www.example.org](http://www.example.org), and [issue 12](https://example.org/issues/12)",
        '<a id="the-paragraph"></a>A paragraph with a name',
        "“Quoted” words, it’s © 2026 – and so on…",
        "**A sign of ours**",
    ):
        assert part in syntax, syntax
    assert "{{" not in everything


def places(project: Path) -> Iterator[tuple[Any, ...]]:
    for finding in report_of(project)["findings"]:
        if finding["id"] == "SRC048":
            yield finding["path"], finding["line"], finding["message"].split()[0], finding["remedy"]


def test_what_a_book_cannot_set_is_named_with_its_line_and_stays_as_it_was(
    copy: Callable[[str], Path],
) -> None:
    project = copy("no-lock")
    (project / "book/section.md").write_text("# A section\n\n$x$\n", encoding="utf-8")
    toml = project / "_config/book.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8")
        + '\n[sphinx.options]\nauthor = "B"\nhtml_theme_option = {}\nhtml_show_sourcelink = false\n',
        encoding="utf-8",
    )
    head = "from toolchain.sphinxext import configuration\nglobals().update(configuration(__file__))\n"
    (project / "_config/conf.py").write_text(head + NOT_HERE, encoding="utf-8")
    lines = toml.read_text(encoding="utf-8").splitlines()

    build = run_toolchain("build", "html", project=project)

    assert build.code == 1, build.stdout + build.stderr
    of_toml = lines.index('author = "B"') + 1
    expected = [
        ("_config/book.toml", of_toml, "author"),
        ("_config/book.toml", of_toml + 1, "html_theme_option"),
        ("_config/conf.py", 4, "language"),
        ("_config/conf.py", 6, "latex_engine"),
        ("_config/conf.py", 8, "nb_execution_mode"),
        ("_config/conf.py", 9, "exclude_patterns"),
        ("_config/conf.py", 10, "bibtex_bibfiles"),
    ]
    found = sorted(places(project))
    assert [place[:3] for place in found] == expected
    assert "Set `language` in [book] of book.toml." in [place[3] for place in found]
    page = (project / "_build/html/section.html").read_text(encoding="utf-8")
    assert '<html lang="en"' in page
    assert 'class="math' in page


def test_a_conf_py_that_cannot_do_is_named_with_what_to_write(copy: Callable[[str], Path]) -> None:
    project = copy("no-lock")
    (project / "book/section.md").write_text("# A section\n", encoding="utf-8")
    conf = "from toolchain.sphinxext import configuration\nglobals().update(configuration(__file__))\n\n"
    (project / "_config/conf.py").write_text(f'{conf}extensions = ["sphinxcontrib.nothing"]\n', "utf-8")

    build = run_toolchain("build", "html", project=project)

    assert build.code == 2
    assert "_config/conf.py:4: the extension sphinxcontrib.nothing is not installed" in build.stderr
    assert "-m pip install sphinxcontrib-nothing" in build.stderr

    # One that was written for Sphinx alone would leave out all that is ours.
    (project / "_config/conf.py").write_text('project = "Another"\n', encoding="utf-8")
    build = run_toolchain("build", "html", project=project)
    assert build.code == 2
    assert "_config/conf.py: takes nothing of what the toolchain gives to Sphinx: begin" in build.stderr
    assert "globals().update(configuration(__file__))" in build.stderr
    assert not (project / "_build/html").exists()


def test_what_is_to_be_set_instead_can_be_set() -> None:
    said = [re.search(r"`(?P<key>\w+)`.* in \[(?P<table>\w+)\]", words) for words in INSTEAD.values()]
    keys = [(match["table"], match["key"]) for match in said if match]

    assert len(keys) > len(INSTEAD) / 3
    tables = {field.name: field.type for field in msgspec.structs.fields(BookToml)}
    for table, key in keys:
        assert key in tables[table].__struct_fields__, f"[{table}] {key}"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ('[html]\nlogo = "img/none.svg"', "[html] logo: img/none.svg is no file of the project"),
        ("[math.macros]\nR = [1, 'x']", "[math.macros] R: is to be a text, or a list"),
        ("[math.macros]\n'\\R' = 'x'", "the name of a command has letters only"),
        ("[math.macros]\nR = 'x_#1'", "[math.macros] R: #1 is none of its arguments, which are 0"),
        ("[math.macros]\nR = ['#1#2\\#4#3', 2]", "[math.macros] R: #3 is none of its arguments, which are 2"),
        ('[myst]\nextensions = ["linkfy"]', "[myst] extensions: is to be 'alert' or "),
        ('[sphinx]\nextension = ["a"]', "did you mean 'extensions'?"),
        ('[sphinx]\nextensions = ["not.there"]', "the extension not.there is not installed"),
    ],
)
def test_a_slip_in_a_table_is_named_with_its_line(
    lines: str, problem: str, copy: Callable[[str], Path]
) -> None:
    project = copy("no-lock")
    toml = project / "_config/book.toml"
    before = toml.read_text(encoding="utf-8").rstrip("\n")
    toml.write_text(f"{before}\n{lines}\n", encoding="utf-8")

    plan = run_toolchain("plan", project=project)

    assert plan.code == 2
    assert problem in plan.stderr
    assert f"_config/book.toml:{len(before.splitlines()) + 2}:" in plan.stderr
