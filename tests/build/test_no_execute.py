"""A build that runs nothing: results that fit, outputs saved in files, code alone; each page says which."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import nbformat
import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader
from support.running import report_of, run_toolchain

from toolchain.base.errors import ExitCode

APART = """---
file_format: mystnb
kernelspec: {name: python3}
execution: {not_run: it needs a key of the weather service}
orphan: true
---

# Apart

```{code-cell} ipython3
---
mystnb:
  figure: {name: fig-apart, caption: Of today's weather.}
---
print("it " + "ran")
```

See {numref}`fig-apart`.
"""


def write_pages(project: Path) -> None:
    """Write a page that is not run, with a figure, and a notebook with outputs in its file; list them in print as well."""
    folder = project / "book/chapter_waves"
    (folder / "apart.md").write_text(APART.replace("orphan: true\n", ""))
    code = nbformat.v4.new_code_cell(
        "6 * 7", outputs=[nbformat.v4.new_output("stream", text="kept in the file\n")]
    )
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# Saved"), code],
        metadata={"kernelspec": {"name": "ir", "language": "R", "display_name": "R of mine"}},
    )
    nbformat.write(notebook, folder / "saved.ipynb")
    index = folder / "index.md"
    index.write_text(index.read_text() + "\n```{toctree}\napart\nsaved\n```\n")


def article(project: Path, name: str) -> str:
    page = (project / f"_build/html/{name}.html").read_text(encoding="utf-8")
    found = BeautifulSoup(page, "lxml").select_one("article.bd-article")
    assert found is not None
    return " ".join(found.get_text(" ").replace("#", "").split())


def words_of_notebook(archive: ZipFile, name: str) -> str:
    (member,) = (member for member in archive.namelist() if member.endswith(f"{name}.ipynb"))
    cells = json.loads(archive.read(member))["cells"]
    return " ".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def outputs_of_notebook(archive: ZipFile, name: str) -> str:
    (member,) = (member for member in archive.namelist() if member.endswith(f"{name}.ipynb"))
    return json.dumps([cell.get("outputs") for cell in json.loads(archive.read(member))["cells"]])


def statuses(project: Path) -> dict[str, Any]:
    return {notebook["name"]: notebook["status"] for notebook in report_of(project)["notebooks"]}


@pytest.mark.slow
def test_without_a_kernel_every_form_shows_what_there_is_and_says_what(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    write_pages(project)
    shutil.rmtree(project.parent.parent / "kernel")
    settings = project / "_config/book.toml"
    settings.write_text(settings.read_text() + "[notebooks]\noutputs = true\n")

    build = run_toolchain("build", "--no-execute", project=project)

    assert build.code == ExitCode.GOOD, build.stdout + build.stderr
    assert "0 executed, 0 reused, 3 not run" in build.stdout
    waves, apart, saved = (article(project, f"chapter_waves/{name}") for name in ("index", "apart", "saved"))
    assert "is drawn in Figure 1.1 ," in waves
    assert "Figure 1.1 A wave." in waves
    assert "The code of this page was not run." in waves
    assert "See Figure 1.2 ." in apart
    assert "not run. It is not run for this book: it needs a key of the weather service." in apart
    assert "kept in the file" in saved
    of_file = (
        "Outputs as saved in the file of the notebook with R of mine: they were not computed for this book."
    )
    assert of_file in saved
    sheets = PdfReader(project / "_build/pdf/two-pages.pdf").pages
    printed = " ".join(" ".join(sheet.extract_text().split()) for sheet in sheets)
    for words in (
        "Figure 1.1: A wave.",
        "it needs a key of the weather service",
        "kept in the file",
        of_file,
    ):
        assert words in printed
    with ZipFile(project / "_build/notebooks/two-pages.zip") as archive:
        assert "it needs a key of the weather service" in words_of_notebook(archive, "apart")
        assert "kept in the file" in outputs_of_notebook(archive, "saved")


def test_results_that_fit_are_shown_and_nothing_is_run_until_somebody_asks(built: Path) -> None:
    write_pages(built)
    prose = built / "book/chapter_waves/index.md"
    prose.write_text(prose.read_text().replace("nothing else", "nothing more"))

    build = run_toolchain("build", "html", "--no-execute", project=built)

    assert build.code == ExitCode.GOOD, build.stdout + build.stderr
    waves = "chapter_waves/index"
    names = (waves, "chapter_waves/apart", "chapter_waves/saved")
    assert statuses(built) == dict(zip(names, ("reused", "saved", "saved"), strict=True))
    assert "nothing more" in article(built, waves)
    assert "Computed on" in article(built, waves)

    prose.write_text(prose.read_text().replace("sum(map(int, heights))", "len(heights)"))
    run_toolchain("build", "html", "--no-execute", project=built)

    assert statuses(built)[waves] == "saved"
    assert "The code of this page was not run." in article(built, waves), "another code's result is none"

    plan = run_toolchain("plan", "--json", project=built).json
    assert [notebook["reason"] for notebook in plan if notebook["name"] == waves] == ["cell 2 changed"]
    apart = run_toolchain("execute", "chapter_waves/apart", project=built)

    assert apart.code == ExitCode.GOOD, apart.stdout + apart.stderr
    run_toolchain("build", "html", "--no-execute", project=built)
    assert "it ran" in article(built, "chapter_waves/apart")
    assert "Computed on" in article(built, "chapter_waves/apart")
    assert statuses(built)["chapter_waves/apart"] == "reused"


def test_force_and_no_execute_are_not_said_together(copy: Callable[[str], Path]) -> None:
    build = run_toolchain("build", "--force", "--no-execute", project=copy("minimal"))

    assert build.code == ExitCode.USAGE
    assert "give one of them" in build.stderr
