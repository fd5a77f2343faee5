"""What sharing takes of a machine: memory, requests and patience have bounds, however much there is to share."""

import json
import signal
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from support.failing_projects import DEADLINE
from support.projects import copy_project
from support.running import run_toolchain
from support.sharing_places import Server, make_up, serving

from toolchain.messages import progress
from toolchain.project import settings
from toolchain.sharing import exchange, memory_limit, names
from toolchain.store.store import Store

LARGE = 1_000_000


def silent(_event: progress.Event) -> None:
    pass


@pytest.fixture
def _soon_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_limit, "LARGE", LARGE)


def most_memory(work: Callable[[], object]) -> int:
    """Return how many bytes Python's objects took at most."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.usefixtures("_soon_large")
def test_of_large_notebooks_only_one_is_in_memory_at_a_time(tmp_path: Path) -> None:
    used: dict[str, list[int]] = {"push": [], "pull": [], "verify": []}
    for number in (1, 8):
        sending, getting = (
            settings.load(copy_project("minimal", tmp_path / f"{number}-{name}")) for name in "ab"
        )
        make_up(Store(sending.store), range(number), output="x" * 2 * LARGE)
        share = str(tmp_path / f"share-{number}")
        target = exchange.target(sending, url=share)
        for name, work in (
            ("push", lambda: exchange.push_all(sending, target, silent)),  # noqa: B023 - called at once
            ("pull", lambda: exchange.pull_all(getting, share, silent)),  # noqa: B023
            ("verify", lambda: exchange.verify(getting, share, silent)),  # noqa: B023
        ):
            used[name].append(most_memory(work))
    for one, eight in used.values():
        # The others wait with what they have read until they knew that it is large.
        assert eight < one + 9 * LARGE, used


COUNTED = """\
import sys
from collections import Counter
from pathlib import Path
from toolchain.project import settings
from toolchain.sharing import exchange, push
from toolchain.store.store import Store

project_settings = settings.load(Path(sys.argv[1]))
target = exchange.target(project_settings, url=sys.argv[2])
store = Store(project_settings.store)
counts = Counter()

def count(event, arguments):
    if event in ("open", "os.listdir", "os.scandir") and str(arguments[0]).startswith(sys.argv[2]):
        counts[event] += 1

sys.addaudithook(count)
sent = push.push(store.files()[1], target, store, lambda event: None, mend=False)
assert sent.results == 1, sent
print(__import__("json").dumps(counts))
"""


def test_a_build_that_sends_one_result_does_not_look_at_the_others(tmp_path: Path) -> None:
    project = copy_project("minimal", tmp_path)
    (record,) = make_up(Store(project / "_build/store"), range(1), prefix="00")
    counts = []
    for number in (1, 200):
        share = tmp_path / f"share-{number}"
        other = copy_project("minimal", tmp_path / f"there-{number}")
        make_up(Store(other / "_build/store"), range(1, number + 1), prefix="f")
        assert run_toolchain("store", "push", share, project=other).code == 0
        counted = subprocess.run(
            [sys.executable, "-c", COUNTED, project, share], capture_output=True, text=True, check=True
        )
        counts.append(json.loads(counted.stdout))
        assert (share / names.index_of(record.parent.name[:2])).is_file()
    assert counts[0] == counts[1]


def test_who_interrupts_a_pull_does_not_wait_for_a_server_that_is_silent(tmp_path: Path) -> None:
    sending, getting = (copy_project("minimal", tmp_path / name) for name in "ab")
    make_up(Store(sending / "_build/store"), range(20))
    assert run_toolchain("store", "push", tmp_path / "share", project=sending).code == 0
    server = Server(tmp_path / "share")
    requested, over = threading.Event(), threading.Event()

    def silent(path: str) -> None:
        if path.startswith("/blobs"):
            requested.set()
            over.wait()

    server.before_answer = silent
    with (getting / "_config/book.toml").open("a", encoding="utf-8") as toml:
        toml.write(f'\n[store]\nremote = "{server.url}"\n[store.options]\ntimeout = 3600\n')
    command = [sys.executable, "-m", "toolchain", "store", "pull", "--project", str(getting)]
    with serving(server), subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert requested.wait(DEADLINE)
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=DEADLINE)
        finally:
            process.kill()
            over.set()
    assert process.returncode == 130
    assert stderr.endswith("error: interrupted; what had finished is kept\n")
    assert "Traceback" not in stderr
    again = run_toolchain("store", "pull", tmp_path / "share", "--json", project=getting)
    assert (again.code, again.json["results"]) == (0, 20)
    assert run_toolchain("store", "verify", project=getting).code == 0
