"""Clusters that a class of Dask's starts here: what is wrong with one is said, and ends nothing else."""

import asyncio
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import distributed
import pytest
from support.places import TESTS
from support.projects import write_notebooks
from support.running import run_toolchain
from support.simulated_machines import scheduler

from toolchain.base.errors import ConfigError
from toolchain.base.files import sha256_bytes
from toolchain.cluster import executor, log, peers, worker_tasks
from toolchain.cluster.connection import BrokenError, Connection, WorkerError
from toolchain.cluster.inputs import DamagedError
from toolchain.messages.progress import Event, Note, Plain
from toolchain.project import settings
from toolchain.project.sections import ClusterSection

NONE: dict[str, object] = {"n_workers": 0, "dashboard_address": "127.0.0.1:0"}


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (
            ClusterSection(kind="distributed.NoCluster"),
            "class: 'distributed.NoCluster' cannot be imported: module 'distributed' has no attribute 'NoCluster'",
        ),
        (
            ClusterSection(kind="distributed.LocalCluster", options=NONE),
            "workers: distributed.LocalCluster is asked for no worker",
        ),
        (
            ClusterSection(kind="distributed.SpecCluster", workers=2, trusted_network=True),
            "workers: a cluster of the class distributed.SpecCluster cannot be asked for workers",
        ),
    ],
)
def test_what_makes_no_sense_is_named(section: ClusterSection, message: str) -> None:
    reporter = Plain(lambda _line: None)
    project = settings.load(TESTS / "projects/minimal")

    with (
        pytest.raises(ConfigError) as raised,
        executor.ClusterExecutor(project, section, reporter) as cluster,
    ):
        cluster.gpus()

    assert raised.value.message == f"[execution.cluster] {message}"


HERE = """
[execution.cluster]
class = "distributed.LocalCluster"
options = {n_workers = 1, processes = false, dashboard_address = "127.0.0.1:0"}
wait = 0
"""


@pytest.mark.parametrize(
    ("config", "lock", "begins"),
    [
        (
            '[kernel.libraries]\n"libnowhere.so.9" = "libnowhere9"\n',
            None,
            ["problem {host} is not used: it lacks libnowhere.so.9. "],
        ),
        (
            "",
            "toolchain-nowhere==1.0",
            [
                "note    {host} makes the notebooks' environment from cpu.lock",
                "problem {host} is not used: cpu.lock: cannot be installed on ",
            ],
        ),
    ],
)
def test_a_worker_that_lacks_something_for_a_notebook_is_not_used(
    config: str, lock: str | None, begins: list[str], tmp_path: Path
) -> None:
    project = write_notebooks(tmp_path / "book", config + HERE, {"one": ("", "1")})
    if lock:
        (project / "_config/kernel/cpu.lock").write_text(lock, encoding="utf-8")
    env = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "UV_OFFLINE": "1"}

    run = run_toolchain("execute", project=project, env=env)

    host = os.uname().nodename
    said = [line.strip() for line in run.stderr.splitlines() if line.startswith(("  note", "  problem"))]
    assert len(said) == len(begins), run.stderr
    for line, begin in zip(said, begins, strict=True):
        assert line.startswith(begin.format(host=host))
    assert run.code == 2
    assert f"What there is:\n  {host}: is not used" in run.stderr


def test_a_worker_without_a_toolchain_is_not_used(tmp_path: Path) -> None:
    project = write_notebooks(tmp_path / "book", "[execution.cluster]\nwait = 0\n", {"one": ("", "1")})
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nsys.modules['toolchain'] = None\n", encoding="utf-8"
    )
    folder = peers.own()
    files = {"ca-file": "ca.pem", "cert": "cert.pem", "key": "key.pem"}
    tls = [argument for name, file in files.items() for argument in (f"--tls-{name}", str(folder / file))]
    command = [sys.executable, "-m", "distributed.cli.dask_worker", "--no-nanny", "--no-dashboard", *tls]
    with scheduler() as (waiting, address):
        worker = subprocess.Popen(
            [*command, "--local-directory", tmp_path, address],
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            stderr=subprocess.DEVNULL,
        )
        try:
            waiting.wait_for("joined")
            run = run_toolchain("execute", "--scheduler", address, project=project)
        finally:
            worker.kill()
            worker.wait()

    assert run.code == 2
    problem = next(line for line in run.stderr.splitlines() if "problem" in line)
    assert re.fullmatch(
        r"  problem 127\.0\.0\.1 is not used: it has no toolchain like this one \(.*toolchain.*\)\. Install the same there\.",
        problem,
    )


def test_a_scheduler_without_workers_is_named(tmp_path: Path) -> None:
    front = "execution: {gpus: 1}\n"
    project = write_notebooks(tmp_path / "book", "[execution.cluster]\nwait = 0\n", {"one": (front, "1")})
    with scheduler() as (_, address):
        run = run_toolchain("execute", "--scheduler", address, project=project)

    assert run.code == 2
    assert run.stderr.splitlines()[-2:] == [
        f"error: {address}: has no workers",
        "Start a worker that has it: `toolchain worker ADDRESS` on a machine with what is needed.",
    ]


@pytest.mark.parametrize(
    ("asked_for", "level"), [(logging.DEBUG, logging.INFO), (logging.WARNING, logging.CRITICAL)]
)
def test_dasks_log_is_hidden_unless_somebody_asks_for_all_logs(asked_for: int, level: int) -> None:
    root, logger = logging.getLogger(), logging.getLogger("distributed.core")
    before = root.level
    root.setLevel(asked_for)
    logger.setLevel(logging.INFO)
    try:
        log.hush()

        assert logger.level == level
    finally:
        root.setLevel(before)


def test_what_a_worker_raises_is_told_from_a_connection_that_broke(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    digest = sha256_bytes(b"right")

    async def send(scheduler: str, worker: str) -> None:
        link = Connection(scheduler, None, topic="topic", on_event=lambda _: None)
        with pytest.raises(BrokenError, match="not connected"):
            await link.ask(worker, worker_tasks.missing, [digest])
        async with link.opened():
            assert await link.ask(worker, worker_tasks.missing, [digest]) == (digest,)
            # As if the file had been changed while it was sent.
            with pytest.raises(DamagedError):
                await link.ask(worker, worker_tasks.receive, digest, "upload", b"wrong", True)  # noqa: FBT003 - by place
            with pytest.raises(WorkerError, match=r"^ZeroDivisionError: division by zero$"):
                await link.ask(worker, eval, "1 / 0")

    with distributed.LocalCluster(n_workers=1, processes=False, dashboard_address="127.0.0.1:0") as cluster:
        (worker,) = cluster.scheduler.workers
        asyncio.run(send(cluster.scheduler_address, worker))


class Stubborn(distributed.LocalCluster):
    """Has its worker, then no more, and cannot be ended: as a batch system that stops to answer."""

    made: "list[Stubborn]"
    asked = 0

    def __init__(self, **options: Any) -> None:
        self.made.append(self)
        options |= {"n_workers": 1, "processes": False, "dashboard_address": "127.0.0.1:0"}
        super().__init__(**options)  # type: ignore[no-untyped-call] # it is typed in part

    def __await__(self) -> Generator[Any, Any, Any]:
        self.asked += 1
        if self.asked > 1:
            raise RuntimeError("the queue is closed")
        return super().__await__()

    def close(self, timeout: float | None = None) -> Any:
        if self.shutdown_on_close:
            raise RuntimeError("no answer")
        return super().close(timeout)


def test_a_cluster_that_stops_to_answer_ends_no_build(
    copy: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(executor, "TEND_SECONDS", 0.01)
    monkeypatch.setattr(Stubborn, "made", [], raising=False)
    section = ClusterSection(kind=f"{__name__}.Stubborn")
    events: list[Event] = []

    with executor.ClusterExecutor(settings.load(copy("minimal")), section, events.append) as cluster:
        assert cluster.gpus() == 0
    Stubborn.made[0].close()

    name = f"{__name__}.Stubborn"
    assert [event.text for event in events if isinstance(event, Note)] == [
        f"  problem {name} cannot have more workers: the queue is closed",
        f"  problem {name} may have left something behind: no answer",
    ]
