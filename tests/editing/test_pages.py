"""Pages as notebooks: what nobody changes keeps its bytes, what somebody changes changes there and nowhere else."""

import copy
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell
from support.places import REPOSITORY, TESTS
from tornado.web import HTTPError

from toolchain.editing import pages
from toolchain.editing.contents import PageContents

HEAD = "---\nfile_format:   mystnb   # as it is typed\nkernelspec: {name: python3}\n---\n"
SPACES = "  "
PAGE = f"""{HEAD}

# A page


Text with {{math}}`a`, and trailing spaces{SPACES}

+++

Another cell.
+++ {{"slideshow":   {{"slide_type": "slide"}}}}
With metadata.
```{{code-cell}}   ipython3
:tags:   [hide-input,
:         remove-output]

x = 1


y = 2
```
~~~~{{code-cell}} ipython3
---
# a comment
mystnb:
    figure: {{name: fig-a,   caption: "A *caption*"}}
---
~~~~


::::{{note}}
```{{code-cell}} ipython3
no_cell = True
```
::::

```{{raw-cell}}
raw
```

```{{code-cell}} ipython3
:load: file.py
```
The end without a newline"""
EMPTY_CELL = PAGE[PAGE.index("~~~~{") : PAGE.index("\n\n::::{note}")]
ODD = {
    "page": PAGE,
    "carriage-returns": PAGE.replace("\n", "\r\n"),
    "both": PAGE.replace("\n", "\r\n", 20),
    "marked": f"\ufeff{PAGE}\n",
    "empty-lines-at-the-end": f"{PAGE}\n\n \n\n",
    "plain": "---\ntitle: A\n---\n\n# Plain\n\n```{code-cell}\nno = 1\n```\n\n\n",
    "without-header": "\n\n# Plain\ntext \n+++\nmore",
    "separators": f"{HEAD}\n# A\u2028B\x0c\n\n```{{code-cell}} ipython3\nx = '\x0b'\n```\n",
    "nothing": "",
    "only-header": HEAD,
    "only-breaks": f"{HEAD}+++\n\n+++\n",
    "jupytext": "---\njupytext:\n  text_representation: {extension: .md, format_name: myst}\n---\n\n```{code-cell}\n1\n```\n",
    "dates": f"{HEAD}\n```{{code-cell}} ipython3\n---\nof: 2026-01-02\n---\n1\n```\n",
}


@pytest.fixture
def contents(tmp_path: Path) -> PageContents:
    return PageContents(root_dir=str(tmp_path))


def opened(contents: PageContents, path: str) -> dict[str, Any]:
    """Return the model that JupyterLab is given, as it is sent there."""
    model: dict[str, Any] = contents.get(path, content=True, type="notebook")
    model["content"] = nbformat.reads(nbformat.writes(model["content"]), as_version=4)
    return model


def run(notebook: NotebookNode) -> None:
    """Leave in a notebook what JupyterLab leaves when its cells were run and looked at."""
    notebook.metadata["language_info"] = {"name": "python", "version": "3.11.7"}
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            cell.outputs = [new_output("stream", text="printed\n")]
            cell.execution_count = number
            cell.metadata |= {"trusted": True, "scrolled": True, "execution": {"iopub.status.busy": "2026"}}
            cell.metadata["jupyter"] = {**cell.metadata.get("jupyter", {}), "outputs_hidden": True}


def test_a_page_that_is_saved_as_it_was_opened_keeps_every_byte(
    contents: PageContents, tmp_path: Path
) -> None:
    shutil.copytree(REPOSITORY / "book", tmp_path / "book")
    for project in ("constructs", "torture", "structured"):
        shutil.copytree(TESTS / "projects" / project / "book", tmp_path / project)
    (tmp_path / "odd").mkdir()
    for name, text in ODD.items():
        (tmp_path / f"odd/{name}.md").write_text(text, encoding="utf-8", newline="")
    texts = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*.md"))}
    assert len(texts) > 40

    for path in texts:
        name = path.relative_to(tmp_path).as_posix()
        model = opened(contents, name)
        run(model["content"])
        saved = contents.save({"type": "notebook", "format": "json", "content": model["content"]}, name)
        assert saved["type"] == "notebook"
        assert saved["content"] is None

    assert {path: path.read_bytes() for path in texts} == texts
    kinds = [cell.kind for cell, _ in pages.cut(PAGE, "page.md").pieces]
    assert kinds == [
        "markdown",
        "markdown",
        "markdown",
        "code",
        "code",
        "markdown",
        "raw",
        "code",
        "markdown",
    ]


def changed(text: str, change: Callable[[NotebookNode], object]) -> str:
    """Return a page after a change of its notebook."""
    page = pages.cut(text, "page.md")
    notebook = page.notebook
    change(notebook)
    return pages.written(page, notebook)


def replace_source(number: int, source: str) -> Callable[[NotebookNode], object]:
    return lambda notebook: notebook.cells[number].update(source=source)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (
            replace_source(0, "# Renamed\n\nText."),
            "# A page\n\n\nText with {math}`a`, and trailing spaces  \n",
            "# Renamed\n\nText.\n",
        ),
        (replace_source(2, "Other."), "With metadata.\n", "Other.\n"),
        (replace_source(3, "x = 3"), "x = 1\n\n\ny = 2\n", "x = 3\n"),
        (replace_source(4, "~~~~\nz"), EMPTY_CELL, f"~{EMPTY_CELL[:-5]}~~~~\nz\n~~~~~\n"),
        (replace_source(4, "drawn()"), '*"}\n---\n~~~~\n', '*"}\n---\ndrawn()\n~~~~\n'),
        (
            lambda n: n.cells[3].metadata.update(tags=["a"]),
            ":tags:   [hide-input,\n:         remove-output]\n",
            ":tags: [a]\n",
        ),
        (lambda n: n.cells.pop(3), PAGE[PAGE.index("```{code-cell}   ") : PAGE.index("~~~~{")], "\n"),
        (
            lambda n: n.cells.insert(4, new_code_cell("new", metadata={"tags": ["b"]})),
            "y = 2\n```\n",
            "y = 2\n```\n\n```{code-cell}   ipython3\n:tags: [b]\n\nnew\n```\n\n",
        ),
        (
            lambda n: n.cells.insert(1, new_markdown_cell("New.")),
            "+++\n\nAnother",
            "+++\n\nNew.\n\n+++\n\nAnother",
        ),
        (
            lambda n: n.cells.append(new_raw_cell("r")),
            "without a newline",
            "without a newline\n\n```{raw-cell}\nr\n```\n",
        ),
        (lambda n: n.cells.append(new_code_cell("")), "newline", "newline"),
    ],
)
def test_a_change_is_written_where_it_was_made(
    change: Callable[[NotebookNode], object], before: str, after: str, newline: str
) -> None:
    before, after, text = (part.replace("\n", newline) for part in (before, after, PAGE))
    assert text.count(before) == 1 or before == after

    assert changed(text, change) == text.replace(before, after)


NEW: tuple[Callable[[], NotebookNode], ...] = (
    lambda: new_markdown_cell("New *text*.\n\nMore."),
    lambda: new_code_cell("x = 1\n```\ny"),
    lambda: new_code_cell(":a: b"),
    lambda: new_code_cell("p", metadata={"mystnb": {"figure": {"name": "a", "caption": 'Ä: "b"'}}}),
    lambda: new_markdown_cell("T", metadata={"a": 1}),
    lambda: new_raw_cell("raw"),
)


@pytest.mark.fuzz(few=8)
def test_whatever_is_changed_is_read_back(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - repeatable
    files = [
        REPOSITORY / "book/chapter_crashcourse/autograd.md",
        TESTS / "projects/constructs/book/chapter_code/index.md",
    ]
    texts = [PAGE, ODD["carriage-returns"], *(path.read_text(encoding="utf-8") for path in files)]
    page = pages.cut(draw.choice(texts), "page.md")
    cells = copy.deepcopy(page.notebook.cells)
    for _ in range(draw.randint(1, 5)):
        at = draw.randrange(len(cells) + 1)
        match draw.randrange(5) if at < len(cells) else 0:
            case 0:
                cells.insert(at, draw.choice(NEW)())
            case 1:
                del cells[at]
            case 2:
                cells.insert(draw.randrange(len(cells)), cells.pop(at))
            case 3:
                cells[at].metadata["tags"] = ["remove-output"]
            case _:
                cells[at].source = f"changed\n\n{cells[at].source}"

    text = pages.written(page, nbformat.v4.new_notebook(cells=cells))

    again = pages.cut(text, "page.md")
    assert compared(again.notebook.cells) == compared(cells)
    assert pages.written(again, again.notebook) == text


def compared(cells: list[NotebookNode]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return what is the same of cells that were written and read back: MyST-NB leaves out empty lines at the ends of cells."""
    own = ((cell.cell_type, cell.source, dict(cell.metadata)) for cell in cells)
    return [(kind, source.strip("\n").rstrip(), metadata) for kind, source, metadata in own]


def test_a_page_that_cannot_be_read_is_left_alone_and_named(contents: PageContents, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(text := f"{HEAD}\n```{{code-cell}} ipython3\n---\na: [\n---\n1\n```\n")

    with pytest.raises(HTTPError) as error:
        contents.get("page.md", type="notebook")

    assert error.value.status_code == 400
    assert "page.md" in str(error.value.log_message)
    with pytest.raises(HTTPError):
        contents.save({"type": "notebook", "content": nbformat.v4.new_notebook()}, "page.md")
    assert (tmp_path / "page.md").read_text() == text


def test_a_page_can_be_edited_as_text_and_a_new_one_be_made(contents: PageContents, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(PAGE)
    assert contents.get("page.md", type="file", format="text")["content"] == PAGE
    contents.save({"type": "file", "format": "text", "content": "# Else\n"}, "page.md")
    assert (tmp_path / "page.md").read_text() == "# Else\n"
    notebook = nbformat.v4.new_notebook(cells=[new_markdown_cell("# New")])
    contents.save({"type": "notebook", "content": notebook}, "new.md")
    assert (tmp_path / "new.md").read_text() == "# New\n"
