"""What a large book costs whose results are all there: its plan, and the view that MyST-NB reads."""

import shutil
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from support.running import run_toolchain

from toolchain.messages import progress
from toolchain.plan import planning
from toolchain.project import settings
from toolchain.sources import reading
from toolchain.store import jupyter_cache
from toolchain.store.store import Store

PAGES = 434
TIMES = 5


@pytest.fixture(scope="module")
def large(large_book: Callable[[Path, int], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a large book with a result for each of its notebooks."""
    return large_book(tmp_path_factory.mktemp("large") / "project", PAGES)


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
        assert not any(notebook["run"] for notebook in planned.json)

    first = median_seconds(plan)
    reading.read(settings.load(large))  # as the build that made the results did
    print(  # noqa: T201 - what a benchmark is for
        f"\n`toolchain plan` of {PAGES} pages, all notebooks with results: {median_seconds(plan):.2f} s; "
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

    def build() -> None:
        shutil.rmtree(project_settings.jupyter_cache, ignore_errors=True)
        jupyter_cache.build(project_settings.jupyter_cache, entries)

    build()
    anew = median_seconds(build)
    again = median_seconds(lambda: jupyter_cache.build(project_settings.jupyter_cache, entries))
    print(  # noqa: T201 - as above
        f"\nthe view of {len(entries)} notebooks: {anew:.2f} s; "
        f"{again:.2f} s where it holds them already (medians of {TIMES})"
    )
