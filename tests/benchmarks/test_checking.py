"""What it costs to check a book in all forms, beside what it costs to build it, and how both grow with its pages."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.running import run_toolchain

SIZES = (56, 224)
TIMES = 3


@pytest.mark.bench
def test_checking_is_linear_and_a_small_part(large_book: Callable[[Path, int], Path], tmp_path: Path) -> None:
    per_page = {}
    for pages in SIZES:
        project = large_book(tmp_path / str(pages), pages)
        start = time.perf_counter()
        built = run_toolchain("build", project=project)
        building = time.perf_counter() - start
        assert built.code == 0, built.stdout + built.stderr
        times = []
        for _ in range(TIMES):
            start = time.perf_counter()
            check = run_toolchain("check", "--json", project=project)
            times.append(time.perf_counter() - start)
            assert check.json == []
        checking = statistics.median(times)
        per_page[pages] = checking / pages
        print(  # noqa: T201 - what a benchmark is for
            f"\n{pages} pages in three forms: built in {building:.1f} s, checked in {checking:.2f} s "
            f"(`toolchain check`, median of {TIMES}): ratio {checking / building:.3f}, "
            f"{1000 * per_page[pages]:.0f} ms a page"
        )
    print(  # noqa: T201 - as above
        f"a page of {SIZES[-1]} costs {per_page[SIZES[-1]] / per_page[SIZES[0]]:.2f} of a page of {SIZES[0]}"
    )
