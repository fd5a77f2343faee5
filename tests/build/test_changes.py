"""The change matrix: what makes notebooks run again, exactly which, and why; what makes none; and the way back."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.projects import copy_project
from support.running import run_toolchain

A = "book/chapter_a"
LOCK = "../../kernel/cpu.lock"
NOTEBOOKS = {
    f"chapter_a/{name}" for name in ("declares", "imports", "lists", "loads", "plain", "reads", "reads_in_c")
}


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the project whose notebooks each depend on something else, all of them run."""
    project = copy_project("dependents", tmp_path_factory.mktemp("dependents"))
    run = run_toolchain("execute", project=project)
    assert run.code == 0, run.stdout + run.stderr
    assert to_run(project) == {}
    return project


@pytest.fixture
def project(executed: Path, tmp_path: Path) -> Path:
    """Give a copy of it that a test may change."""
    shutil.copytree(executed.parents[1], tmp_path, dirs_exist_ok=True)
    return tmp_path / "projects/dependents"


def to_run(project: Path, env: dict[str, str] | None = None) -> dict[str, str]:
    """Return the notebooks that would run, with the reason."""
    planned = run_toolchain("plan", "--json", project=project, env=env).json
    assert {notebook["name"] for notebook in planned} == NOTEBOOKS
    return {notebook["name"]: notebook["reason"] for notebook in planned if notebook["run"]}


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(project: Path) -> None:
        path = project / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return change


def write(name: str, text: str) -> Callable[[Path], None]:
    def change(project: Path) -> None:
        (project / name).write_text(text, encoding="utf-8")

    return change


def touch_everything(project: Path) -> None:
    for path in project.rglob("*"):
        os.utime(path)


def reorder_keys(project: Path) -> None:
    """Write the keys of an .ipynb, and those of a page's front matter, in another order."""

    def backwards(value: object) -> object:
        if isinstance(value, dict):
            return {key: backwards(value[key]) for key in reversed(value)}
        return [backwards(element) for element in value] if isinstance(value, list) else value

    path = project / A / "plain.ipynb"
    path.write_text(json.dumps(backwards(json.loads(path.read_text(encoding="utf-8")))), encoding="utf-8")
    edit(
        f"{A}/reads.md", "name: python3\n  display_name: Python 3", "display_name: Python 3\n  name: python3"
    )(project)


def other_outputs(project: Path) -> None:
    path = project / A / "plain.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][1] |= {"outputs": [], "execution_count": None}
    path.write_text(json.dumps(notebook), encoding="utf-8")


def turn_lock_around(project: Path) -> None:
    path = project / LOCK
    pins = path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    path.write_text("\n".join(reversed(pins)), encoding="utf-8")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(edit(f"{A}/reads.md", "A sentence.", "Another sentence."), id="prose"),
        pytest.param(edit(f"{A}/reads.md", "# It reads", "# Title"), id="title"),
        pytest.param(
            edit(f"{A}/reads.md", "total =", "---\nmystnb:\n  figure:\n    caption: A caption\n---\ntotal ="),
            id="caption",
        ),
        pytest.param(edit(f"{A}/reads.md", "total =", ":tags: [hide-input]\ntotal ="), id="cosmetic tag"),
        pytest.param(touch_everything, id="touch"),
        pytest.param(reorder_keys, id="order of metadata"),
        pytest.param(other_outputs, id="outputs of an .ipynb"),
        pytest.param(edit(LOCK, "cycler==", "# a comment\ncycler=="), id="comment in the lock"),
        pytest.param(turn_lock_around, id="order of the lock"),
        pytest.param(edit("book/data/unread.csv", "1", "2"), id="data that nobody reads"),
        pytest.param(write("book/data/new.csv", "1"), id="new data that nobody reads"),
        pytest.param(edit("book/data/pictures/one.txt", "one", "1"), id="content in a listed folder"),
        pytest.param(write(f"{A}/new.md", "# New\n"), id="new page"),
        pytest.param(edit("_config/book.toml", "What depends", "Who depends"), id="book's title"),
        pytest.param(
            edit(f"{A}/reads.md", "kernelspec:", "execution: {timeout: 99}\nkernelspec:"), id="time limit"
        ),
    ],
)
def test_nothing_runs_for(change: Callable[[Path], None], project: Path) -> None:
    change(project)

    assert to_run(project) == {}


def test_nothing_runs_for_another_sphinx(project: Path, tmp_path: Path) -> None:
    (tmp_path / "path/sphinx-99.0.dist-info").mkdir(parents=True)
    (tmp_path / "path/sphinx-99.0.dist-info/METADATA").write_text(
        "Metadata-Version: 2.1\nName: Sphinx\nVersion: 99.0\n"
    )

    assert to_run(project, {"PYTHONPATH": str(tmp_path / "path")}) == {}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            edit(f"{A}/reads.md", "print(total)", "print(-total)"), {"reads": "cell 1 changed"}, id="code"
        ),
        pytest.param(
            edit(f"{A}/reads.md", "total =", ":tags: [raises-exception]\ntotal ="),
            {"reads": "cell 1 changed"},
            id="tag",
        ),
        pytest.param(
            edit(f"{A}/reads.md", "name: python3", "name: xpython"),
            {"reads": "kernel python3 → xpython"},
            id="kernel",
        ),
        pytest.param(
            edit(LOCK, "cycler==0.12.1", "cycler==0.12.2"),
            dict.fromkeys(
                [name.partition("/")[2] for name in NOTEBOOKS], "cycler 0.12.1 → 0.12.2 in cpu.lock"
            ),
            id="lock",
        ),
        pytest.param(
            write("book/data/table.csv", "3\n"), {"reads": "book/data/table.csv changed"}, id="data"
        ),
        pytest.param(
            lambda project: (project / "book/data/table.csv").unlink(),
            {"reads": "book/data/table.csv removed"},
            id="no data",
        ),
        pytest.param(
            write("book/data/points.bin", "other"),
            {"reads_in_c": "book/data/points.bin changed"},
            id="data read in C",
        ),
        pytest.param(
            write("book/data/pictures/two.txt", ""),
            {"lists": "files added to or removed from book/data/pictures/"},
            id="listed folder",
        ),
        pytest.param(
            edit(f"{A}/helper.py", "2 *", "3 *"),
            {"imports": "book/chapter_a/helper.py changed"},
            id="local module",
        ),
        pytest.param(
            edit(f"{A}/declares.md", '"1"', '"2"'), {"declares": "variable LEVEL: 1 → 2"}, id="variable"
        ),
        pytest.param(write(f"{A}/snippet.py", "print(2)\n"), {"loads": "cell 1 changed"}, id="loaded code"),
        pytest.param(
            write(f"{A}/json.py", ""),
            dict.fromkeys(
                [name.partition("/")[2] for name in NOTEBOOKS],
                "files added to or removed from book/chapter_a/*.py",
            ),
            id="module that shadows another",
        ),
        pytest.param(
            edit(f"{A}/plain.ipynb", "print(6 * 7)", "print(6 * 8)"),
            {"plain": "cell 1 changed"},
            id="code of an .ipynb",
        ),
        pytest.param(
            edit("_config/book.toml", "[kernel]", "[execution.env]\nLEVEL = '3'\n\n[kernel]"),
            dict.fromkeys([name.partition("/")[2] for name in NOTEBOOKS], "variable LEVEL: not there → 3"),
            id="variable of the book",
        ),
    ],
)
def test_exactly_the_dependents_run_and_a_change_taken_back_hits_again(
    change: Callable[[Path], object], expected: dict[str, str], project: Path, executed: Path
) -> None:
    change(project)

    assert to_run(project) == {f"chapter_a/{name}": reason for name, reason in expected.items()}

    for name in ("book", "_config"):
        shutil.rmtree(project / name)
        shutil.copytree(executed / name, project / name)
    shutil.copytree(executed.parents[1] / "kernel", project.parents[1] / "kernel", dirs_exist_ok=True)
    assert to_run(project) == {}


def test_what_runs_again_is_stored_beside_the_old_result(project: Path) -> None:
    change, back = (
        edit(f"{A}/reads.md", "print(total)", "print(-total)"),
        edit(f"{A}/reads.md", "print(-total)", "print(total)"),
    )

    change(project)
    report = run_toolchain("execute", "--json", project=project).json
    assert {notebook["name"] for notebook in report["notebooks"] if notebook["status"] == "executed"} == {
        "chapter_a/reads"
    }
    back(project)
    assert to_run(project) == {}
    change(project)
    assert to_run(project) == {}
