"""Notebooks run by a real scheduler and real worker processes: who runs what, and what survives which loss."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import distributed
import nbformat
import psutil
import pytest
from platformdirs import user_cache_path
from support import failing_projects as faulty
from support import simulated_machines as machines
from support.failing_projects import DEADLINE, Faulty
from support.places import REPOSITORY, TESTS
from support.projects import copy_project
from support.running import wait_for
from support.simulated_machines import Program

from toolchain.cluster import peers
from toolchain.cluster.connection import BrokenError, Connection

GPUS = [("Simulated A", "8.0", 16384), ("Simulated B", "8.6", 24576)]
LOG = "import os, time\ndef log(*words):\n    with open(os.environ['RUNS'], 'a') as runs:\n        print(*words, file=runs)\n"
SLEEPS = "log({name!r}, 'on', os.environ['CUDA_VISIBLE_DEVICES'] or 'cpu', time.time())\ntime.sleep(1)\nlog({name!r}, 'to', time.time())"
WAITS = "log({name!r}, os.getpid())\nwhile not os.path.exists(os.environ['RUNS'] + '.go'):\n    time.sleep(0.05)\nprint('went')"
KILLS = """\
log('kills')
process, name = os.getpid(), ''
while 'toolchain.cluster.member' not in name:
    process = int(open(f'/proc/{process}/stat').read().rpartition(')')[2].split()[1])
    name = open(f'/proc/{process}/cmdline').read() if process else 'toolchain.cluster.member'
    name = '' if 'guard.py' in name else name
assert process
os.kill(process, 9)
time.sleep(100)
"""


class Caches:
    """A cache folder of the tests' own, for all but the notebooks' environments."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        kernels = user_cache_path("toolchain-kernels", appauthor=False)
        kernels.mkdir(parents=True, exist_ok=True)
        (folder / "toolchain-kernels").symlink_to(kernels)

    @property
    def env(self) -> dict[str, str]:
        return {"XDG_CACHE_HOME": str(self.folder)}

    def names(self, kind: str) -> list[str]:
        return sorted(path.name for path in (self.folder / f"toolchain-{kind}").glob("*"))


@pytest.fixture(scope="module")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Caches:
    return Caches(tmp_path_factory.mktemp("caches") / "cache")


@dataclass
class Cluster:
    address: str
    scheduler: Program

    def wait_until_whole(self) -> None:
        deadline = time.monotonic() + DEADLINE
        while self._count(" joined") - self._count(" left") < len(GPUS) + 1:
            assert time.monotonic() < deadline, self.scheduler.lines
            time.sleep(0.05)

    def _count(self, end: str) -> int:
        return sum(line.endswith(end) for line in tuple(self.scheduler.lines))


@pytest.fixture(scope="module")
def shared(caches: Caches, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Give a scheduler with two workers that have a GPU each, and one for the CPU."""
    driver = machines.simulated_driver(tmp_path_factory.mktemp("driver"), GPUS)
    env = {**caches.env, **driver}
    with (
        machines.scheduler() as (scheduler, address),
        machines.program("worker", address, "--slots", "1", env=env) as worker,
    ):
        worker.wait_for("connected to")
        yield Cluster(address, scheduler)
    assert caches.names("outcomes") == []


@pytest.fixture
def cluster(shared: Cluster) -> str:
    """Give its address; a worker that a test has killed is there again."""
    shared.wait_until_whole()
    return shared.address


class Book(Faulty):
    """A project whose notebooks write down that they run."""

    @property
    def runs(self) -> list[list[str]]:
        """What they have written."""
        path = self.folder / "runs"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def started(self) -> list[str]:
        """The names of those that have begun, in their order."""
        return [words[0] for words in self.runs if words[1:2] != ["to"]]

    def go(self) -> None:
        """Let those go on that wait."""
        (self.folder / "runs.go").touch()

    def wait_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < deadline, self.runs
            time.sleep(0.05)


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Give a folder for temporary files; its path is short, because the kernels' sockets lie below it."""
    folder = Path(tempfile.mkdtemp(prefix="cluster-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def book(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch, caches: Caches
) -> Callable[..., Book]:
    """Write a project."""
    for name, value in caches.env.items():
        monkeypatch.setenv(name, value)

    def make(notebooks: dict[str, str], *, execution: str = "", **front: str) -> Book:
        project = faulty.make(tmp_path / "project", temporary, {"empty": ["1"]}, execution=execution)
        kernel = tmp_path / "project/_config/kernel"
        shutil.copytree(TESTS / "kernel", kernel)
        shutil.copyfile(kernel / "cpu.lock", kernel / "gpu.lock")
        config = project.folder / "_config/book.toml"
        text = config.read_text().replace(json.dumps(str(TESTS / "kernel")), '"kernel"')
        config.write_text(f"{text}RUNS = {json.dumps(str(project.folder / 'runs'))}\n")
        (project.folder / "book/empty.md").unlink()
        listed = "\n".join(notebooks)
        (project.folder / "book/index.md").write_text(f"# Runs\n\n```{{toctree}}\n{listed}\n```\n")
        for name, code in notebooks.items():
            faulty.write(project, name, [LOG + code.replace("{name!r}", repr(name))], front.get(name, ""))
        return Book(folder=project.folder, temporary=temporary, mark=project.mark)

    return make


def front(**declared: object) -> str:
    return f"execution: {json.dumps(declared)}\n"


def test_notebooks_run_where_they_can_and_a_gpu_is_for_one_at_a_time(
    cluster: str, book: Callable[..., Book]
) -> None:
    names = ["g1", "g2", "g3", "c1", "c2"]
    needs = {name: front(gpus=1) for name in names if name.startswith("g")}
    needs["g3"] = front(gpus=1, gpu_memory="20 GB")
    project = book(dict.fromkeys(names, SLEEPS), **needs)

    run = project.run("execute", "--json", "--scheduler", cluster)

    assert run.returncode == 0, run.stderr
    reported = {notebook["name"]: notebook for notebook in json.loads(run.stdout)["notebooks"]}
    assert sorted(project.started) == sorted(names)
    times: dict[str, list[tuple[float, float]]] = {}
    for name in names:
        (_, _, place, begun), (_, _, end) = (words for words in project.runs if words[0] == name)
        times.setdefault(place, []).append((float(begun), float(end)))
        expected = {"0": "Simulated A", "1": "Simulated B", "cpu": "cpu"}[place]
        assert reported[name]["device"] == expected
        assert (place == "cpu") == (name in ("c1", "c2"))
    assert sorted(times) == ["0", "1", "cpu"]
    assert reported["g3"]["device"] == "Simulated B"
    for spans in times.values():
        assert all(earlier[1] <= later[0] for earlier, later in pairwise(sorted(spans)))
    assert "run     g1 (1 cell) on " in run.stderr
    # Nothing is left to run, so nobody is asked.
    again = project.run("execute", "--scheduler", "tcp://127.0.0.1:1")
    assert again.returncode == 0, again.stderr
    assert len(project.started) == len(names)


def test_outcomes_are_the_local_executors(
    cluster: str, caches: Caches, tmp_path: Path, temporary: Path
) -> None:
    results = []
    for number, place in enumerate(("local", cluster)):
        project = Faulty(folder=copy_project("minimal", tmp_path / str(number)), temporary=temporary)
        page = project.folder / "book/chapter_waves/index.md"
        page.write_text(
            page.read_text(encoding="utf-8") + "\nOf {eval}`len(heights)` heights.\n", encoding="utf-8"
        )
        run = project.run("execute", "--json", "--scheduler", place)
        assert run.returncode == 0, run.stderr
        (notebook,) = json.loads(run.stdout)["notebooks"]
        blob = project.folder / "_build/store/blobs" / notebook["blob"][:2] / notebook["blob"]
        # Only of what it has computed itself does a machine say that it has.
        marks = [path.name for path in (project.folder / "_build/store").glob("computed/*/*")]
        assert marks == ([notebook["blob"]] if place == "local" else [])
        executed = nbformat.reads(blob.read_text(), as_version=4)
        assert [value["source"] for value in executed.metadata["expressions"]] == ["len(heights)"]
        provenance = executed.metadata.pop("toolchain")
        (record,) = (project.folder / "_build/store/keys").rglob("*.json")
        fields = json.loads(record.read_text())
        compared = {name: fields[name] for name in ("inputs", "components", "made", "versions", "device")}
        results.append(
            (
                notebook["key"],
                nbformat.writes(executed),
                compared,
                provenance["versions"],
                len(provenance["cell_seconds"]),
            )
        )

    assert results[0] == results[1]
    assert len(caches.names("inputs")) >= 1


def test_what_no_worker_has_is_refused_before_anything_runs(cluster: str, book: Callable[..., Book]) -> None:
    for declared, message in (
        ({"memory": "1000 TB"}, "a place for the CPU, 1000000.0 GB of memory"),
        ({"gpus": 1, "gpu_memory": "40 GB"}, "1 GPU, 40.0 GB on each GPU"),
        ({"gpus": 2}, "declares 2 GPUs, and no worker has more than 1"),
    ):
        project = book({"fits": SLEEPS, "large": SLEEPS}, large=front(**declared))

        run = project.run("execute", "--scheduler", cluster)

        assert run.returncode == 2, run.stderr
        assert message in run.stderr
        assert "large" in run.stderr
        assert "gpus" in declared or "1 x Simulated A, 17.2 GB on each GPU" in run.stderr
        assert "toolchain worker" in run.stderr
        assert project.runs == []
        shutil.rmtree(project.folder)


def test_without_gpu_on_the_cluster_a_notebook_is_missing_or_falls_back(
    caches: Caches, book: Callable[..., Book]
) -> None:
    project = book(
        {"needs": SLEEPS, "could": SLEEPS}, needs=front(gpus=1), could=front(gpus=1, cpu_fallback=True)
    )
    with (
        machines.scheduler() as (_, address),
        machines.program("worker", address, "--slots", "1", env=caches.env) as worker,
    ):
        worker.wait_for("connected to")

        run = project.run("execute", "--json", "--scheduler", address)

    assert run.returncode == 1, run.stderr
    reported = {notebook["name"]: notebook["status"] for notebook in json.loads(run.stdout)["notebooks"]}
    assert reported == {"needs": "missing", "could": "executed"}


def test_a_lost_workers_notebook_runs_elsewhere(cluster: str, book: Callable[..., Book]) -> None:
    project = book(
        {"victim": WAITS, "done": SLEEPS, "beside": WAITS}, victim=front(gpus=1), beside=front(gpus=1)
    )
    build = project.start("execute", "--scheduler", cluster)
    project.wait_until(lambda: sorted(project.started) == ["beside", "done", "victim"])
    project.wait_until(lambda: ["done", "to"] in [words[:2] for words in project.runs])

    victim = psutil.Process(next(int(words[1]) for words in project.runs if words[0] == "victim"))
    member(victim).kill()

    project.wait_until(lambda: project.started.count("victim") == 2)
    assert not victim.is_running()
    project.go()
    stderr = build.communicate(timeout=DEADLINE)[1]
    assert build.returncode == 0, stderr
    assert "again   victim: cell 1: lost worker" in stderr
    assert "(tried 2 times)" in stderr
    assert sorted(project.started) == ["beside", "done", "victim", "victim"]
    assert project.wait_until_gone() == []


def member(process: psutil.Process) -> psutil.Process:
    """Return the worker process above a kernel."""
    return next(parent for parent in process.parents() if is_member(parent))


def is_member(process: psutil.Process) -> bool:
    """Say whether it is a worker process, and not its guard."""
    command_line = process.cmdline()
    return "toolchain.cluster.member" in command_line and "guard.py" not in " ".join(command_line)


def test_who_kills_every_worker_is_given_up(cluster: str, book: Callable[..., Book]) -> None:
    project = book({"kills": KILLS, "good": SLEEPS}, kills=front(gpus=1))

    run = project.run("execute", "--scheduler", cluster)

    assert run.returncode == 4, run.stderr
    assert "book/kills.md:11: cell 1: lost worker: the worker on " in run.stdout
    assert "(tried 2 times)" in run.stdout
    assert "`retries` in [execution]" in run.stdout
    assert sorted(project.started) == ["good", "kills", "kills"]
    assert project.wait_until_gone() == []


def batched(folder: Path, *, seconds: float) -> dict[str, str]:
    """Have Dask's own messages wait so long for their next batch: a worker that is killed meanwhile never sends them."""
    late = folder / "late.py"
    late.write_text(f"def dask_setup(worker):\n    worker.batched_stream.interval = {seconds}\n")
    return {"DASK_DISTRIBUTED__WORKER__PRELOAD": str(late)}


def test_the_cell_that_ends_a_worker_is_known_however_late_the_worker_speaks(
    caches: Caches, book: Callable[..., Book], tmp_path: Path
) -> None:
    env = {**caches.env, **batched(tmp_path, seconds=5)}
    project = book({"kills": KILLS}, execution="retries = 0\n")
    with (
        machines.scheduler() as (_, address),
        machines.program("worker", address, "--slots", "1", env=env) as worker,
    ):
        worker.wait_for("connected to")

        run = project.run("execute", "--scheduler", address)

    assert run.returncode == 4, run.stderr
    assert "book/kills.md:10: cell 1: lost worker: the worker on " in run.stdout


def test_what_had_ended_when_its_worker_was_killed_is_fetched_once_the_worker_is_back(
    caches: Caches, book: Callable[..., Book], tmp_path: Path
) -> None:
    env = {**caches.env, **batched(tmp_path, seconds=300)}
    project = book({"one": WAITS}, execution="retries = 0\n")
    with ExitStack() as stack:
        _, address = stack.enter_context(machines.scheduler())
        worker = stack.enter_context(machines.program("worker", address, "--slots", "1", env=env))
        worker.wait_for("connected to")
        build = project.start("execute", "--scheduler", address)
        project.wait_until(lambda: project.started == ["one"])
        kernel = psutil.Process(int(project.runs[0][1]))
        running = member(kernel)
        project.go()
        security = peers.reach(address, None).security()
        with distributed.Client(address, security=security, set_as_default=False) as client:
            project.wait_until(lambda: "'kept': True" in str(client.get_events()))
        running.kill()
        stderr = build.communicate(timeout=DEADLINE)[1]

    assert build.returncode == 0, stderr
    assert f"waits   for a worker on {os.uname().nodename}, which has kept the result of one" in stderr
    assert project.started == ["one"], stderr
    assert caches.names("outcomes") == []


def test_an_interrupt_ends_what_runs_on_the_workers(cluster: str, book: Callable[..., Book]) -> None:
    project = book({"one": WAITS, "two": WAITS, "three": SLEEPS}, one=front(gpus=1))
    build = project.start("execute", "--scheduler", cluster)
    project.wait_until(lambda: {"one"} <= set(project.started) and len(project.started) >= 2)

    build.send_signal(signal.SIGINT)
    build.send_signal(signal.SIGINT)
    stderr = build.communicate(timeout=DEADLINE)[1]

    assert build.returncode == 130
    assert "interrupted; what had finished is kept" in stderr
    assert "Traceback" not in stderr
    assert project.wait_until_gone() == []
    project.go()
    assert project.run("execute", "--scheduler", cluster).returncode == 0


def test_a_build_that_dies_leaves_nothing_on_the_workers(cluster: str, book: Callable[..., Book]) -> None:
    project = book({"one": WAITS})
    build = project.start("execute", "--scheduler", cluster)
    project.wait_until(lambda: project.started == ["one"])

    build.kill()
    build.communicate()

    assert project.wait_until_gone() == []


def test_workers_that_come_late_get_work(caches: Caches, book: Callable[..., Book], tmp_path: Path) -> None:
    project = book({"one": WAITS, "two": WAITS})
    certificates = tmp_path / "certificates"
    with machines.program("certificates", certificates) as creation:
        creation.wait_for("good until")
    with ExitStack() as stack:
        _, address = stack.enter_context(machines.scheduler("--certificates", certificates))
        assert address.startswith("tls://")
        refused = project.run("execute", "--scheduler", address)
        assert refused.returncode == 2
        assert "do not have the same certificates" in refused.stderr
        build = project.start("execute", "--scheduler", address, "--certificates", str(certificates))
        wait_for(build, "waits   for workers of tls://")
        worker = ("worker", address, "--certificates", certificates, "--slots", "1")
        stack.enter_context(machines.program(*worker, "--name", "first", env=caches.env))
        project.wait_until(lambda: len(project.started) == 1)
        stack.enter_context(machines.program(*worker, "--name", "second", env=caches.env))
        project.wait_until(lambda: len(project.started) == 2)
        project.go()
        stderr = build.communicate(timeout=DEADLINE)[1]
    assert build.returncode == 0, stderr
    assert sorted(project.started) == ["one", "two"]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_a_scheduler_may_be_killed_and_started_again(caches: Caches, book: Callable[..., Book]) -> None:
    project = book({"done": SLEEPS, "meanwhile": WAITS, "last": WAITS})
    port = free_port()
    with ExitStack() as stack:
        scheduler, address = stack.enter_context(machines.scheduler(port=port))
        worker = stack.enter_context(machines.program("worker", address, "--slots", "2", env=caches.env))
        worker.wait_for("connected to")
        build = project.start("execute", "--scheduler", address)
        wait_for(build, "done    done")
        project.wait_until(lambda: sorted(project.started) == ["done", "last", "meanwhile"])
        # It hears no more that a notebook has ended, which is kept on its worker's machine.
        scheduler.process.send_signal(signal.SIGSTOP)
        project.go()
        project.wait_until(lambda: len(caches.names("outcomes")) == 2)
        scheduler.end(signal.SIGKILL)
        wait_for(build, "waits   for the scheduler at ")
        stack.enter_context(machines.scheduler(port=port))
        stderr = build.communicate(timeout=DEADLINE)[1]
    assert build.returncode == 0, stderr
    assert "connected again to " in stderr
    assert "distributed" not in stderr
    assert sorted(project.started) == ["done", "last", "meanwhile"], stderr
    assert caches.names("outcomes") == []


def test_what_ran_when_the_scheduler_was_killed_runs_again_and_nothing_else(
    caches: Caches, book: Callable[..., Book]
) -> None:
    project = book({"done": SLEEPS, "long": WAITS})
    port = free_port()
    with ExitStack() as stack:
        scheduler, address = stack.enter_context(machines.scheduler(port=port))
        worker = stack.enter_context(machines.program("worker", address, "--slots", "2", env=caches.env))
        worker.wait_for("connected to")
        build = project.start("execute", "--scheduler", address)
        wait_for(build, "done    done")
        project.wait_until(lambda: sorted(project.started) == ["done", "long"])
        scheduler.end(signal.SIGKILL)
        assert project.wait_until_gone() == []
        stack.enter_context(machines.scheduler(port=port))
        project.wait_until(lambda: sorted(project.started) == ["done", "long", "long"])
        project.go()
        stderr = build.communicate(timeout=DEADLINE)[1]
    assert build.returncode == 0, stderr
    assert "tried" not in stderr


def test_a_scheduler_that_stays_away_is_named_and_what_had_come_is_kept(
    caches: Caches, book: Callable[..., Book]
) -> None:
    project = book({"done": SLEEPS, "long": WAITS}, execution="cluster = {reconnect = 1}")
    with ExitStack() as stack:
        scheduler, address = stack.enter_context(machines.scheduler())
        worker = stack.enter_context(machines.program("worker", address, "--slots", "2", env=caches.env))
        worker.wait_for("connected to")
        build = project.start("execute", "--scheduler", address)
        wait_for(build, "done    done")
        scheduler.end(signal.SIGKILL)
        stderr = build.communicate(timeout=DEADLINE)[1]

    assert build.returncode == 2
    assert "the scheduler did not come back within 1 s" in stderr
    assert "results that had come are kept" in stderr
    assert "Traceback" not in stderr
    project.go()
    reported = project.execute()
    assert {name: notebook["status"] for name, notebook in reported.items()} == {
        "done": "reused",
        "long": "executed",
    }


def test_a_local_run_needs_nothing_of_it(book: Callable[..., Book], tmp_path: Path) -> None:
    project = book({"one": SLEEPS}, execution='cluster.scheduler = "tcp://127.0.0.1:1"')
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    for name in ("dask", "distributed", "cryptography"):
        (hidden / f"{name}.py").write_text("raise ImportError(__name__)\n")

    run = subprocess.run(
        project.command("execute", "--scheduler", "local"),
        env={**project.env, "PYTHONPATH": str(hidden)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    assert project.started == ["one"]


def test_no_scheduler_is_named_with_what_to_do(book: Callable[..., Book]) -> None:
    project = book({"one": SLEEPS})

    for address, message in (
        (f"tcp://127.0.0.1:{free_port()}", "no scheduler answers"),
        ("tcp://gpus.example.org:8786", "has to be encrypted"),
        ("127.0.0.1", "is no address of a scheduler"),
    ):
        run = project.run("execute", "--scheduler", address)

        assert run.returncode == 2
        assert message in run.stderr
        assert "Traceback" not in run.stderr
    assert project.runs == []


def test_a_cluster_class_is_started_and_ended(book: Callable[..., Book]) -> None:
    execution = """
cluster.class = "distributed.LocalCluster"
cluster.options = {n_workers = 1, threads_per_worker = 1, dashboard_address = "127.0.0.1:0"}"""
    # Dask's own way to start workers sets OMP_NUM_THREADS and its like to 1.
    threads = SLEEPS + "\nprint([name for name in os.environ if 'THREADS' in name])"
    project = book({"one": threads, "two": SLEEPS}, execution=execution)

    run = project.run("execute")

    assert run.returncode == 0, run.stderr
    assert sorted(project.started) == ["one", "two"]
    assert project.outputs(project.execute()["one"])[0][0].text == "[]\n"
    assert project.wait_until_gone() == []
    planned = json.loads(project.run("plan", "--json").stdout)
    assert [notebook["run"] for notebook in planned] == [False, False]


def test_a_worker_with_another_toolchain_is_not_used(
    caches: Caches, book: Callable[..., Book], tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(REPOSITORY / "toolchain", other / "toolchain")
    with (other / "toolchain/execute/start.py").open("a") as module:
        module.write("# changed\n")
    project = book({"one": SLEEPS}, execution="cluster = {wait = 0}")
    with (
        machines.scheduler() as (_, address),
        machines.program("worker", address, env={**caches.env, "PYTHONPATH": str(other)}) as worker,
    ):
        worker.wait_for("connected to")

        run = project.run("execute", "--scheduler", address)

    assert run.returncode == 2
    assert "is not used: it has another version of the toolchain" in run.stderr
    assert project.runs == []


def test_a_worker_that_is_gone_when_it_is_asked_is_not_taken_for_another_toolchain() -> None:
    async def ask(scheduler: str, worker: str) -> None:
        security = peers.reach(scheduler, None).security()
        link = Connection(scheduler, security, topic="topic", on_event=lambda _: None)
        async with link.opened():
            await link.ask(worker, os.getpid)

    with (
        machines.scheduler(env={"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s"}) as (_, address),
        pytest.raises(BrokenError),
    ):
        asyncio.run(ask(address, f"tls://127.0.0.1:{free_port()}"))


def test_files_are_sent_once_and_again_if_they_were_damaged(
    cluster: str, caches: Caches, book: Callable[..., Book]
) -> None:
    reads = "data = open('data/large.bin', 'rb').read()\nprint(len(data), data[:3])\nlog({name!r})"
    project = book({"one": reads, "two": reads})
    (project.folder / "book/data").mkdir()
    (project.folder / "book/data/large.bin").write_bytes(b"abc" * 3_000_000)
    before = set(caches.names("inputs"))

    run = project.run("execute", "--scheduler", cluster)

    assert run.returncode == 0, run.stderr
    assert run.stderr.count("sent    9.0 MB to ") == 1
    (name,) = set(caches.names("inputs")) - before
    sent = caches.folder / "toolchain-inputs" / name
    assert sent.read_bytes() == b"abc" * 3_000_000
    sent.write_bytes(b"xbc" * 3_000_000)
    run = project.run("execute", "--force", "one", "--scheduler", cluster)
    assert run.returncode == 0, run.stderr
    assert project.outputs(project.execute()["one"])[0][0].text == "9000000 b'abc'\n"
    assert sent.read_bytes() == b"abc" * 3_000_000


def test_a_worker_that_cannot_write_is_not_used_and_the_place_is_named(
    book: Callable[..., Book], tmp_path: Path
) -> None:
    project = book({"one": SLEEPS}, execution="cluster = {wait = 0}")
    (project.folder / "book/data").mkdir()
    (project.folder / "book/data/small.txt").write_text("small")
    broken = Caches(tmp_path / "broken")
    (broken.folder / "toolchain-inputs").write_text("a file where a folder belongs")
    with (
        machines.scheduler() as (_, address),
        machines.program("worker", address, "--slots", "1", env=broken.env) as worker,
    ):
        worker.wait_for("connected to")

        run = project.run("execute", "--scheduler", address)

    assert run.returncode == 2
    place = f"{broken.folder / 'toolchain-inputs'}"
    assert f"is not used: {place}: File exists. Let its user read and write there." in run.stderr
    assert "Errno" not in run.stderr
    assert project.runs == []
