"""A notebook that fails: what is said, what is kept, what stays as it was."""

import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import psutil
from support.running import report_of, run_toolchain, without_privileges

from toolchain.model import CellFailure, FailureKind

BEFORE_ITS_FIGURE = """---
file_format: mystnb
kernelspec: {name: python3}
orphan: true
---

# It fails before its figure

```{code-cell} ipython3
1 / 0
```

```{code-cell} ipython3
---
mystnb:
  figure: {name: fig-late, caption: It comes too late.}
---
2
```

It is {ref}`fig-late`.
"""


def break_second_cell(project: Path) -> None:
    page = project / "book/chapter_waves/index.md"
    page.write_text(
        page.read_text(encoding="utf-8").replace("sum(map(int, heights))", "sum(heights)"), encoding="utf-8"
    )


def test_failure_leaves_the_old_site_and_keeps_what_there_is(built: Path) -> None:
    page = built / "_build/html/chapter_waves/index.html"
    before = page.read_bytes()
    break_second_cell(built)

    build = run_toolchain("build", project=built)

    assert build.code == 4
    assert "book/chapter_waves/index.md:34: cell 2: cell error: TypeError" in build.stdout
    assert "\x1b[" not in build.stdout
    assert page.read_bytes() == before
    partial = nbformat.read(built / "_build/failed/chapter_waves/index.ipynb", as_version=4)
    nbformat.validate(partial)
    outputs = [cell.outputs for cell in partial.cells if cell.cell_type == "code"]
    assert "image/svg+xml" in outputs[0][-1].data
    assert outputs[1][-1].ename == "TypeError"


def test_keep_going_marks_the_page_and_still_fails(built: Path) -> None:
    break_second_cell(built)
    late = built / "book/chapter_waves/late.md"
    late.write_text(BEFORE_ITS_FIGURE, encoding="utf-8")

    build = run_toolchain("build", "html", "--keep-going", project=built)

    assert build.code == 4
    # What the failure alone is to blame for is no finding of its own.
    assert report_of(built)["findings"] == []
    text = (built / "_build/html/chapter_waves/late.html").read_text(encoding="utf-8")
    assert "This has not been computed yet." in text
    assert re.search(r"It is <a [^>]*href=\"#fig-late\".*?>It comes too late\.</span>", text)
    late.unlink()
    page = (built / "_build/html/chapter_waves/index.html").read_text(encoding="utf-8")
    assert "This notebook did not run to its end: cell 2: cell error: TypeError" in page
    assert report_of(built)["notebooks"][0]["failure"]["cell"] == 2
    # Mended, the page has its results and no mark.
    source = built / "book/chapter_waves/index.md"
    source.write_text(
        source.read_text(encoding="utf-8").replace("sum(heights)", "len(heights)"), encoding="utf-8"
    )
    assert run_toolchain("build", "html", project=built).code == 0
    assert "did not run" not in (built / "_build/html/chapter_waves/index.html").read_text(encoding="utf-8")
    assert not (built / "_build/failed/chapter_waves/index.ipynb").exists()


def test_the_notebooks_beside_a_failing_one_are_kept(copy: Callable[[str], Path]) -> None:
    project = copy("raising-cell")
    good = (project / "book/section.md").read_text(encoding="utf-8").replace("first / 0", "first / 2")
    (project / "book/good.md").write_text(good, encoding="utf-8")

    assert run_toolchain("execute", project=project).code == 4

    assert (
        run_toolchain("execute", "good", "--json", project=project).json["notebooks"][0]["status"] == "reused"
    )
    plan = {
        notebook["name"]: notebook["run"]
        for notebook in run_toolchain("plan", "--json", project=project).json
    }
    assert plan == {"good": False, "section": False}, "it would only fail again"


def test_raises_exception_and_skip_execution_are_respected(copy: Callable[[str], Path]) -> None:
    project = copy("raising-cell")
    page = project / "book/section.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("a-tag", "raises-exception"), encoding="utf-8")
    assert run_toolchain("build", "html", project=project).code == 0
    assert "ZeroDivisionError" in (project / "_build/html/section.html").read_text(encoding="utf-8")

    page.write_text(text.replace("a-tag", "skip-execution"), encoding="utf-8")
    assert run_toolchain("build", "html", project=project).code == 0
    assert "ZeroDivisionError" not in (project / "_build/html/section.html").read_text(encoding="utf-8")


def test_a_run_cannot_change_the_sources_and_leaves_no_kernel(built: Path) -> None:
    page = built / "book/chapter_waves/index.md"
    text = page.read_text(encoding="utf-8").replace(
        "sum(map(int, heights))", 'open("made.csv", "w").write("made")'
    )
    page.write_text(text, encoding="utf-8")

    assert run_toolchain("execute", project=built).code == 0

    assert not (built / "book/chapter_waves/made.csv").exists()
    assert [process for process in psutil.process_iter() if str(built) in " ".join(_command(process))] == []


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def test_no_cell_is_named_before_the_first() -> None:
    failure = CellFailure(
        kind=FailureKind.DEAD_KERNEL, cell=0, line=0, message="the kernel did not start", traceback=""
    )

    assert failure.said == "dead kernel: the kernel did not start"


def test_a_kernel_that_does_not_start_is_told_also_where_nothing_can_be_kept(
    copy: Callable[[str], Path],
) -> None:
    project = copy("raising-cell")
    page = project / "book/section.md"
    front = "file_format: mystnb\nexecution:\n  env: {PYTHONHOME: /nowhere}\n"
    page.write_text(
        page.read_text(encoding="utf-8").replace("file_format: mystnb\n", front), encoding="utf-8"
    )
    (project / "_build").mkdir()
    (project / "_build/failed").touch()

    build = run_toolchain("build", "html", "--keep-going", project=project)

    said = "dead kernel: the kernel did not start: Kernel died before replying to kernel_info"
    assert build.code == 4, build.stderr
    assert f"book/section.md: {said} (tried 2 times)" in build.stdout
    assert "ModuleNotFoundError: No module named 'encodings'" in build.stdout
    assert f"its outputs cannot be kept: {project / '_build/failed/section.ipynb'}: " in build.stderr
    assert "Traceback" not in build.stderr
    text = (project / "_build/html/section.html").read_text(encoding="utf-8")
    assert f"This notebook did not run to its end: {said}" in text


def test_a_file_that_may_not_be_read_is_named(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    (project / "book/data/heights.csv").chmod(0)

    run = without_privileges("execute", project=project)

    assert run.code == 3
    assert run.stderr.endswith(
        "error: book/data/heights.csv: cannot be read: Permission denied\nLet it be read, then build again.\n"
    )


def test_unknown_notebook_is_named_with_the_known_ones(minimal: Path) -> None:
    run = run_toolchain("execute", "chapter_wavs/index", project=minimal)

    assert run.code == 2
    assert "no notebook chapter_wavs/index" in run.stderr
    assert "The notebooks: chapter_waves/index" in run.stderr


def test_a_notebook_that_no_page_lists_is_named_and_not_run(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    code = nbformat.v4.new_code_cell(
        "1 / 0", outputs=[nbformat.v4.new_output("stream", text="from the file\n")]
    )
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# A draft"), code],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    draft = project / "book/chapter_waves/draft.ipynb"
    nbformat.write(notebook, draft)

    build = run_toolchain("build", "html", "notebooks", project=project)

    assert build.code == 1, build.stdout + build.stderr
    (finding,) = report_of(project)["findings"]
    assert (finding["id"], finding["path"]) == ("SRC009", "book/chapter_waves/draft.ipynb")
    assert "until then it is not run" in finding["remedy"]
    assert "1 not run" in build.stdout
    page = (project / "_build/html/chapter_waves/draft.html").read_text(encoding="utf-8")
    assert "from the file" in page

    settings = project / "_config/book.toml"
    settings.write_text(
        settings.read_text(encoding="utf-8") + '\n[sources]\nexclude = ["**/draft.ipynb"]\n', encoding="utf-8"
    )
    assert run_toolchain("build", "html", "notebooks", project=project).code == 0
    assert not (project / "_build/html/chapter_waves/draft.html").exists()
