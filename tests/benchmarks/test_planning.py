"""What a large book costs whose results are all there: its plan, and the view that MyST-NB reads."""

import shutil
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import nbformat
import pytest
from support.places import TESTS
from support.running import run_toolchain

from toolchain.messages import progress
from toolchain.model import Record
from toolchain.plan import planning
from toolchain.project import settings
from toolchain.sources import reading
from toolchain.store import jupyter_cache
from toolchain.store.store import Store

NOTEBOOKS = 150
OUTPUT = 50_000
"""Bytes of each notebook's output."""
TIMES = 5
CELLS = 20
PAGE = """\
---
file_format: mystnb
kernelspec:
  name: python3
---

# Notebook {number}

"""
CELL = """\
Some words before the code, as in any section of a book, so that there is something to parse: $x_{cell}$.

```{{code-cell}} ipython3
print({number}, {cell})
```

"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a large book with a result for each of its notebooks; nobody had to compute them."""
    project = tmp_path_factory.mktemp("large") / "project"
    shutil.copytree(TESTS / "kernel", project.parent / "kernel")
    (project / "_config").mkdir(parents=True)
    (project / "book").mkdir()
    (project / "_config/book.toml").write_text(
        '[book]\ntitle = "Large"\nslug = "large"\nauthors = ["Its author"]\n[kernel]\nfolder = "../../kernel"\n'
    )
    (project / "book/index.md").write_text("# Large\n\n```{toctree}\n:glob:\nn*\n```\n")
    for number in range(NOTEBOOKS):
        cells = "".join(CELL.format(number=number, cell=cell) for cell in range(CELLS))
        (project / f"book/n{number:03}.md").write_text(PAGE.format(number=number) + cells)
    project_settings = settings.load(project)
    store = Store(project_settings.store)
    for planned in planning.plan(project_settings, progress.Plain(print, quiet=True)).notebooks:
        notebook = nbformat.reads(planned.document.notebook, as_version=4)
        text = f"{planned.document.name} " * (OUTPUT // 5)
        notebook.cells[-1].outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)]
        record = Record(
            blob=store.put(nbformat.writes(notebook).encode()),
            inputs=(),
            seconds=1.0,
            device="cpu",
            toolchain="",
            commit="",
            start="",
            versions={},
        )
        store.record(planned.key, record)
    return project


def median_seconds(run: Callable[[], object]) -> float:
    times = []
    for _ in range(TIMES):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _read(store: Store, blob: str) -> bytes:
    return store.read(blob) or b""


@pytest.mark.bench
def test_planning_a_large_book(large: Path) -> None:
    def plan() -> None:
        planned = run_toolchain("plan", "--json", project=large)
        assert [notebook["run"] for notebook in planned.json] == [False] * NOTEBOOKS

    first = median_seconds(plan)
    reading.read(settings.load(large))  # as the build that made the results did
    print(  # noqa: T201 - what a benchmark is for
        f"\n`toolchain plan` of {NOTEBOOKS} notebooks with results: {median_seconds(plan):.2f} s; "
        f"{first:.2f} s where no page was parsed before (medians of {TIMES})"
    )


@pytest.mark.bench
def test_viewing_a_large_book(large: Path) -> None:
    project_settings = settings.load(large)
    store = Store(project_settings.store)
    entries = [
        jupyter_cache.CachedResult(
            document=planned.document,
            view=planned.record.blob,
            read=partial(_read, store, planned.record.blob),
        )
        for planned in planning.plan(project_settings, progress.Plain(print, quiet=True)).notebooks
        if planned.record
    ]
    assert len(entries) == NOTEBOOKS

    def build() -> None:
        shutil.rmtree(project_settings.jupyter_cache, ignore_errors=True)
        jupyter_cache.build(project_settings.jupyter_cache, entries)

    build()
    anew = median_seconds(build)
    again = median_seconds(lambda: jupyter_cache.build(project_settings.jupyter_cache, entries))
    print(  # noqa: T201 - as above
        f"\nthe view of {NOTEBOOKS} notebooks with {OUTPUT // 1000} kB of output each: {anew:.2f} s; "
        f"{again:.2f} s where it holds them already (medians of {TIMES})"
    )
