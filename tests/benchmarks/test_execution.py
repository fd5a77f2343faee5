"""What running notebooks costs beside the time that their code takes, and beside other ways to run them."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from jupyter_cache import get_cache
from support.places import TESTS
from support.running import run_toolchain

SECONDS = [0.1 * number for number in range(1, 25)]
"""What the code of each of the notebooks takes: asleep, so that only their kernels need the machine."""
JOBS = 2
PAGE = """\
---
file_format: mystnb
kernelspec:
  name: python3
  display_name: Python 3
---

# Sleeps {seconds:.1f} s

```{{code-cell}} ipython3
import time
time.sleep({seconds})
```
"""
CONF = """\
extensions = ["myst_nb"]
nb_execution_mode = "{mode}"
nb_execution_cache_path = "{cache}"
"""


@pytest.fixture
def sleeping(tmp_path: Path) -> Path:
    """Give a project of notebooks that sleep."""
    return write_project(tmp_path / "sleeping", SECONDS)


def write_project(project: Path, seconds: list[float]) -> Path:
    shutil.copytree(TESTS / "kernel", project.parent / "kernel", dirs_exist_ok=True)
    (project / "_config").mkdir(parents=True)
    (project / "book").mkdir()
    (project / "_config/book.toml").write_text(
        '[book]\ntitle = "Sleeping"\nslug = "sleeping"\nauthors = ["Its author"]\n[kernel]\nfolder = "../../kernel"\n'
    )
    (project / "book/index.md").write_text("# Sleeping\n\n```{toctree}\n:glob:\nn*\n```\n")
    for number, duration in enumerate(seconds):
        (project / f"book/n{number:02}.md").write_text(PAGE.format(seconds=duration))
    return project


def seconds_of(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def run(*command: str | Path, folder: Path) -> None:
    process = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout + process.stderr


def execute(project: Path, *options: str) -> list[float]:
    """Run all notebooks and return what each took, its kernel's start and end included."""
    execution = run_toolchain("execute", "--force", "--json", *options, project=project)
    assert execution.code == 0, execution.stderr
    return [notebook["seconds"] for notebook in execution.json["notebooks"]]


@pytest.mark.bench
def test_makespan_and_other_ways_to_run_the_same(sleeping: Path, tmp_path: Path) -> None:
    starts = execute(write_project(tmp_path / "empty", [0.0] * len(SECONDS)), "--jobs", "1")
    execute(sleeping, "--jobs", str(JOBS))  # from now on it is known how long each takes
    ours = seconds_of(lambda: execute(sleeping, "--jobs", str(JOBS)))
    least = max((sum(SECONDS) + sum(starts)) / JOBS, *SECONDS)

    print(  # noqa: T201 - what a benchmark is for
        f"\n{len(SECONDS)} notebooks of 0.1 to 2.4 s on {JOBS} jobs: toolchain execute {ours:.1f} s; at least "
        f"{least:.1f} s with {len(starts)} kernel starts of {sum(starts) / len(starts):.2f} s; ratio {ours / least:.2f}"
    )
    for name, theirs in (
        ("jcache, one after another", jcache(tmp_path / "serial", "local-serial")),
        ("jcache, all cores", jcache(tmp_path / "parallel", "local-parallel")),
        ("MyST-NB's cache mode", myst_nb(sleeping, tmp_path / "myst")),
    ):
        print(f"  {name} {theirs:.1f} s; ratio {ours / theirs:.2f}")  # noqa: T201 - as above


def jcache(folder: Path, executor: str) -> float:
    """Run the same notebooks through jupyter-cache's own program; return its seconds."""
    folder.mkdir()
    for number, duration in enumerate(SECONDS):
        cell = nbformat.v4.new_code_cell(f"import time\ntime.sleep({duration})")
        spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(
            nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": spec}),
            folder / f"n{number:02}.ipynb",
        )
    program = Path(sys.executable).with_name("jcache")
    cache = ("--cache-path", str(folder / "cache"))
    get_cache(str(folder / "cache")).change_cache_limit(1000)  # else its program asks
    notebooks = sorted(path.name for path in folder.glob("*.ipynb"))
    run(program, "notebook", *cache, "add", *notebooks, folder=folder)
    return seconds_of(
        lambda: run(program, "project", *cache, "execute", "--executor", executor, folder=folder)
    )


def myst_nb(project: Path, folder: Path) -> float:
    """Let MyST-NB run the same notebooks; return the seconds that this adds to its reading them."""
    took = {}
    for mode in ("off", "cache"):
        shutil.copytree(project / "book", folder / mode)
        (folder / mode / "conf.py").write_text(CONF.format(mode=mode, cache=folder / "cache"))
        command = (
            sys.executable,
            "-m",
            "sphinx",
            "-q",
            "-b",
            "html",
            str(folder / mode),
            str(folder / f"{mode}-html"),
        )
        took[mode] = seconds_of(lambda command=command: run(*command, folder=folder))  # type: ignore[misc]
    return took["cache"] - took["off"]
