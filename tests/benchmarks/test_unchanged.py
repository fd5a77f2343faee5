"""How long nothing takes: an unchanged book, beside Sphinx itself over the same unchanged book."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from support.places import REPOSITORY
from support.running import report_of, run_toolchain

from toolchain.model.sphinx import PageResult, SphinxInput

TIMES = 5


def median_seconds(run: Callable[[], object]) -> float:
    times = []
    for _ in range(TIMES):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


@pytest.mark.bench
def test_unchanged_book_beside_sphinx(book: Path, tmp_path: Path) -> None:
    build = book / "_build"
    report = report_of(book)
    sphinx_input = SphinxInput(
        project=str(book),
        view=str(build / "jupyter-cache"),
        output=str(tmp_path / "output.json"),
        results={notebook["name"]: PageResult(blob=notebook["blob"]) for notebook in report["notebooks"]},
    )
    file = tmp_path / "input"
    file.write_bytes(msgspec.json.encode(sphinx_input))
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", "-c", str(book / "_config")]
    command += ["-d", str(tmp_path / "doctrees"), str(book / "book"), str(tmp_path / "html")]
    environment = {**os.environ, "TOOLCHAIN_SPHINX_INPUT": str(file), "TOOLCHAIN_PROJECT": str(book)}

    def sphinx() -> None:
        subprocess.run(command, check=True, env=environment)

    sphinx()
    unchanged = median_seconds(lambda: run_toolchain("build", project=REPOSITORY))
    over_it = median_seconds(sphinx)

    print(  # noqa: T201 - what a benchmark is for
        f"\nunchanged book: toolchain build, all forms {unchanged:.2f} s; sphinx-build html {over_it:.2f} s; "
        f"ratio {unchanged / over_it:.2f} (medians of {TIMES})"
    )
