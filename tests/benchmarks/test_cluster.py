"""What a cluster of two workers takes for uneven notebooks, beside the least that is possible and beside this machine."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support import failing_projects as faulty
from support import simulated_machines as machines
from support.running import run_toolchain

SECONDS = [0.1 * number for number in range(1, 25)]
"""What the code of each of the notebooks takes: asleep, so that only their kernels need the machine."""
WORKERS = 2


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Give a folder for temporary files; its path is short, because the kernels' sockets lie below it."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir="/tmp") as folder:
        yield Path(folder)


def notebooks(seconds: list[float]) -> dict[str, list[str]]:
    return {
        f"n{number:02}": [f"import time\ntime.sleep({duration})\nprint({number})"]
        for number, duration in enumerate(seconds)
    }


@pytest.mark.bench
def test_makespan_of_two_workers(tmp_path: Path, temporary: Path) -> None:
    empty = faulty.make(tmp_path / "empty", temporary, notebooks([0.0] * len(SECONDS)))
    book = faulty.make(tmp_path / "sleeping", temporary, notebooks(SECONDS))
    starts = [notebook["seconds"] for notebook in empty.execute("--jobs", "1").values()]
    least = max((sum(SECONDS) + sum(starts)) / WORKERS, *SECONDS)
    printed, makespans = [], []
    with ExitStack() as stack:
        _, address = stack.enter_context(machines.scheduler())
        for number in range(WORKERS):
            arguments = ("worker", address, "--slots", "1", "--name", f"worker{number}")
            stack.enter_context(machines.program(*arguments)).wait_for("connected to")
        print(f"\n{len(SECONDS)} notebooks of 0.1 to 2.4 s; at least {least:.1f} s")  # noqa: T201 - what a benchmark is for
        for name, options in (
            (f"--jobs {WORKERS}", ("--jobs", str(WORKERS))),
            (f"{WORKERS} workers", ("--scheduler", address)),
        ):
            run_toolchain(
                "execute", "--force", *options, project=book.folder
            )  # known from now on how long each takes
            start = time.perf_counter()
            reported = book.execute("--force", *options)
            took = time.perf_counter() - start
            # On a machine that others use, too, kernels take longer to start than they did a minute ago.
            busy = sum(notebook["seconds"] for notebook in reported.values()) / WORKERS
            print(  # noqa: T201 - as above
                f"  {name}: {took:.1f} s; ratio {took / least:.2f}, or {took / busy:.2f} to what the notebooks took"
            )
            assert {notebook["status"] for notebook in reported.values()} == {"executed"}
            printed.append({name: book.outputs(notebook) for name, notebook in reported.items()})
            makespans.append(took)
    print(f"  workers to --jobs: ratio {makespans[1] / makespans[0]:.2f}")  # noqa: T201 - as above
    assert printed[0] == printed[1]
