"""A notebook that failed is not run again until something has changed that could mend it, or somebody asks for that."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.projects import write_notebooks
from support.running import Run, report_of, run_toolchain

from toolchain.base.errors import ExitCode
from toolchain.execute import failures
from toolchain.model import CellFailure, FailureKind

READS = 'import helper\n\nopen("{name}.ran", "w")\nvalue = helper.halved(open("data/number.txt").read())'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a book with two notebooks that fail in a module of their own, and one that takes too long."""
    project = write_notebooks(
        tmp_path / "project",
        "[execution]\ncell_timeout = 1\n",
        {"one": ("", READS), "two": ("", READS), "slow": ("", "import time\ntime.sleep(3)")},
    )
    folder = project / "book"
    (folder / "data").mkdir()
    (folder / "data/number.txt").write_text("many")
    for name in ("one", "two", "slow"):
        text = (folder / f"{name}.md").read_text()
        (folder / f"{name}.md").unlink()
        (folder / "part").mkdir(exist_ok=True)
        (folder / f"part/{name}.md").write_text(text.replace("data/", "../data/"))
    (folder / "index.md").write_text("# Book\n\n```{toctree}\npart/one\npart/two\npart/slow\n```\n")
    (folder / "part/helper.py").write_text("def halved(text):\n    return int(text) // 2\n")
    return project


def ran(run: Run) -> set[str]:
    """Return the notebooks that a build has begun to run."""
    words = (line.split() for line in run.stderr.splitlines())
    return {line[1].rpartition("/")[2] for line in words if line[:1] == ["run"]}


def test_what_failed_runs_again_when_something_has_changed_or_somebody_asks(project: Path) -> None:
    first = run_toolchain("build", "html", project=project)

    assert first.code == ExitCode.NOTEBOOK
    assert ran(first) == {"one", "two", "slow"}
    said = (
        "book/part/one.md:13: cell 1: cell error: ValueError: invalid literal for int() with base 10: 'many'"
    )
    assert said in first.stdout
    # Of its traceback the last frame that is of the book.
    assert "File book/part/helper.py:2, in halved(text)" in first.stdout
    assert "Cell In[1]" not in first.stdout
    assert "... 1 more in _build/failed" in first.stdout
    listed = first.stdout[first.stdout.rindex("failed:") :].splitlines()
    assert [line.split(":")[0].strip() for line in listed[1:4]] == [
        f"book/part/{name}.md" for name in ("one", "two", "slow")
    ]

    page = project / "book/part/one.md"
    page.write_text(page.read_text().replace("# one", "# One\n\nMore words."))
    second = run_toolchain("build", "html", project=project)

    assert second.code == ExitCode.NOTEBOOK
    assert ran(second) == {"slow"}, "another hour may end a deadline otherwise"
    assert said.replace(":13:", ":15:") in second.stdout
    assert "as before, since nothing has changed; run it again: toolchain execute part/one" in second.stdout
    assert "failed (--retry runs again what failed before):" in second.stdout
    plan = {
        one["name"]: (one["run"], one["reason"])
        for one in run_toolchain("plan", "--json", project=project).json
    }
    assert plan["part/one"] == (False, "failed before, and nothing has changed since")

    assert ran(run_toolchain("execute", "part/two", project=project)) == {"two"}
    assert ran(run_toolchain("build", "html", "--retry", project=project)) == {"one", "two", "slow"}

    page.write_text(page.read_text().replace("import helper", "import helper  # the code"))
    assert ran(run_toolchain("execute", project=project)) == {"one", "slow"}
    (project / "book/data/number.txt").write_text("4")
    last = run_toolchain("execute", project=project)
    assert ran(last) == {"one", "two", "slow"}
    statuses = {
        one["name"]: one["status"]
        for one in json.loads(run_toolchain("execute", "--json", project=project).stdout)["notebooks"]
    }
    assert statuses == {"part/one": "reused", "part/two": "reused", "part/slow": "failed"}
    assert json.loads((project / "_build/failures.json").read_text()) == {}


def test_pages_of_failures_that_are_remembered_are_as_they_were(project: Path) -> None:
    run_toolchain("build", "html", "--keep-going", project=project)
    page = project / "_build/html/part/one.html"
    before = page.read_bytes()
    reports: list[Any] = [report_of(project)["notebooks"][0]["failure"]]

    run_toolchain("build", "html", "--keep-going", project=project)

    reports.append(report_of(project)["notebooks"][0]["failure"])
    assert page.read_bytes() == before
    assert b"This notebook did not run to its end" in before
    assert reports[0] == reports[1]


@pytest.mark.parametrize(
    ("kind", "message", "lasts"),
    [
        (FailureKind.CELL_ERROR, "URLError: <urlopen error [Errno -2] Name or service not known>", True),
        (FailureKind.EXPRESSION_ERROR, "NameError: name 'x' is not defined", True),
        (FailureKind.CELL_ERROR, "MemoryError: ", False),
        (FailureKind.CELL_ERROR, "OutOfMemoryError: CUDA out of memory.", False),
        (FailureKind.CELL_ERROR, "OSError: [Errno 28] No space left on device", False),
        (FailureKind.CELL_TIMEOUT, "did not end within 1 s", False),
        (FailureKind.NOTEBOOK_TIMEOUT, "the notebook did not end within 1 s", False),
        (FailureKind.DEAD_KERNEL, "the kernel died: signal 9", False),
        (FailureKind.OUT_OF_MEMORY, "the system killed the kernel, because memory ran out", False),
        (FailureKind.LOST_WORKER, "the worker was lost", False),
        (FailureKind.UNKNOWN_KERNEL, "no kernel", False),
        (FailureKind.OUTPUT_LIMIT, "wrote more than 1 MB", False),
    ],
)
def test_what_the_machine_is_to_blame_for_is_not_remembered(
    kind: FailureKind, message: str, *, lasts: bool
) -> None:
    failure = CellFailure(kind=kind, cell=1, line=1, message=message, traceback=message)

    assert failures.lasts(failure) == lasts
