"""Expressions in the text: in every form the value stands that the expression had at its place among the cells."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import nbformat
import pytest
from jupyter_cache import get_cache
from lxml import html
from support.projects import copy_project
from support.running import report_of, run_toolchain

from toolchain.sphinxext.expressions import in_words

TEXT = [
    "Before any cell, 6 times 7 is 42.",
    "Rate 0.123 of Émile_de*la* <b>, it's -- 'quoted' and 0.12345.",
    "Now 0.2469, in a list [0.2469, 'a'], of 16 letters. Twice 0.2469 and {eval}`rate` as code.",
    "{eval}`neither`",
]
PLACES = [
    "About 1234 things",
    "Of 1234 and 0.75",
    "In a note 1234",
    "bold 0.75",
    "a link 1234",
    "In a caption 1234",
    "Term 1234",
    "meaning 0.75",
    "item 1234",
    "1234.75",
    "In a footnote 0.75.",
]
MARKDOWN = [
    "Before any cell, 6 times 7 is 42.",
    r"Rate 0.123 of Émile_de\*la\* \<b\>, it's -- 'quoted' and 0.12345.",
    r"Now 0.2469, in a list \[0.2469, 'a'\], of 16 letters. Twice 0.2469 and ``{eval}`rate` `` as code.",
]


@pytest.fixture(scope="module")
def expressions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the book of expressions, built in all forms."""
    project = copy_project("expressions", tmp_path_factory.mktemp("expressions"))
    build = run_toolchain("build", project=project)
    assert build.code == 0, build.stdout + build.stderr
    return project


def words(text: str) -> str:
    return " ".join(text.split())


def article(project: Path, page: str) -> str:
    tree = html.parse(project / f"_build/html/{page}.html")
    return words(tree.xpath("//article")[0].text_content())


def notebook(project: Path, page: str) -> nbformat.NotebookNode:
    with zipfile.ZipFile(project / "_build/notebooks/numbers.zip") as archive:
        return nbformat.reads(archive.read(f"numbers/book/{page}.ipynb").decode(), as_version=4)


def markdown(project: Path, page: str) -> str:
    return words(
        " ".join(cell.source for cell in notebook(project, page).cells if cell.cell_type == "markdown")
    )


def test_the_site_has_the_values(expressions: Path) -> None:
    text, places = article(expressions, "text"), article(expressions, "places")

    assert [sentence for sentence in TEXT if sentence not in text] == []
    assert [phrase for phrase in PLACES if phrase not in places] == []
    assert "First 2." in article(expressions, "notebook")
    assert "Then 0.125." in article(expressions, "notebook")
    # In lists of contents and in the window's title, too.
    index = html.parse(expressions / "_build/html/index.html")
    assert "About 1234 things" in [words(link.text_content()) for link in index.xpath("//article//a")]
    (title,) = html.parse(expressions / "_build/html/places.html").xpath("//title/text()")
    assert title.startswith("About 1234 things")


def test_print_has_the_values(expressions: Path) -> None:
    command = ["pdftotext", str(expressions / "_build/pdf/numbers.pdf"), "-"]
    text = words(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    typographic = str.maketrans({"'": "\N{RIGHT SINGLE QUOTATION MARK}"})

    shown = [*TEXT, *(phrase for phrase in PLACES if "note 1234" not in phrase), "First 2.", "Then 0.125."]
    assert [part for part in shown if part.translate(typographic) not in text.translate(typographic)] == []
    assert text.count("About 1234 things") >= 2, "the list of contents has it, too"


def test_notebooks_to_download_have_plain_values(expressions: Path) -> None:
    text, places = markdown(expressions, "text"), markdown(expressions, "places")

    assert [sentence for sentence in MARKDOWN if sentence not in text] == []
    assert [phrase for phrase in PLACES if phrase not in places.replace("**", "")] == []
    assert "Then 0.125." in markdown(expressions, "notebook")
    assert "{eval}" not in places
    assert not any("expressions" in notebook(expressions, page).metadata for page in ("text", "notebook"))


def test_the_result_carries_them_and_counts_no_cell_for_them(expressions: Path) -> None:
    (reported,) = (about for about in report_of(expressions)["notebooks"] if about["name"] == "text")
    blob = expressions / "_build/store/blobs" / reported["blob"][:2] / reported["blob"]
    executed = nbformat.reads(blob.read_text(encoding="utf-8"), as_version=4)

    values = [(v["after"], v["source"], v["data"]["text/plain"]) for v in executed.metadata["expressions"]]
    assert values == [
        (0, "6 * 7", "42"),
        (1, 'f"{rate:.3f}"', "'0.123'"),
        (1, "name", "'Émile_de*la* <b>'"),
        (1, "text", "\"it's -- 'quoted'\""),
        (1, "rate", "0.12345"),
        (2, "rate", "0.2469"),
        (2, '[rate, "a"]', "[0.2469, 'a']"),
        (2, "len(name )", "16"),
    ]
    assert [cell.execution_count for cell in executed.cells if cell.cell_type == "code"] == [1, 2]
    # What other programs open is a cache as they know it.
    cached = get_cache(expressions / "_build/jupyter-cache").list_cache_records()
    assert {Path(record.uri).name for record in cached} == {"text.md", "places.md", "notebook.ipynb"}


def test_prose_runs_nothing_and_another_expression_does(expressions: Path, tmp_path: Path) -> None:
    shutil.copytree(expressions.parent.parent, tmp_path, dirs_exist_ok=True)
    project = tmp_path / "projects/expressions"
    for page, old, new in (
        ("places.md", "- item", "- another item"),
        ("text.md", '{eval}`[rate, "a"]`', "{eval}`[rate]`"),
        ("notebook.ipynb", "{eval}`1 + 1`", "two"),
    ):
        source = project / "book" / page
        text = source.read_text(encoding="utf-8")
        assert old in text
        source.write_text(text.replace(old, new), encoding="utf-8")

    plan = run_toolchain("plan", "--json", project=project).json

    assert {entry["name"]: (entry["run"], entry["reason"]) for entry in plan} == {
        "text": (True, "expressions changed"),
        "places": (False, "nothing changed"),
        "notebook": (True, "expressions changed"),
    }


@pytest.mark.parametrize(
    ("representation", "shown"),
    [
        ("1.5", "1.5"),
        ("'it'", "it"),
        (r'"it\'s"', "it's"),
        (r"'two\nlines'", "two lines"),
        ("'a' + 'b", "'a' + 'b"),
        ("'a' or 'b'", "a' or 'b"),
        ("np.float64(0.5)", "0.5"),
        ("np.str_('word')", "word"),
        ("np.True_", "True"),
        ("\n[1.5]\n<NDArray 1 @cpu(0)>", "[1.5] <NDArray 1 @cpu(0)>"),
        ("'\\x1b[31mred\\x1b[0m'", "red"),
        ("''", ""),
        ("'" * 3, "'"),
    ],
)
def test_a_number_and_a_string_are_words_of_a_sentence(representation: str, shown: str) -> None:
    assert in_words(representation) == shown
