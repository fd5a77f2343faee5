"""A build whose workers, hosts and scheduler are killed again and again, by a seed: nothing is lost or done twice."""

import json
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import pytest
from platformdirs import user_cache_path
from support import failing_projects as faulty
from support import simulated_machines as machines
from support.failing_projects import Faulty
from support.places import TESTS
from support.simulated_machines import SECONDS, Program

NOTEBOOKS, KILLS = 8, 6
SETTLED = 1.0
"""Seconds after which what a worker has kept is known to its build."""
CODE = """\
import os, time
def log(word):
    with open(os.environ['RUNS'], 'a') as runs:
        print({name!r}, word, time.time(), file=runs)
log('from')
time.sleep({seconds})
log('to')"""


class Scene:
    """A scheduler, two hosts with two slots each, and a build that uses them."""

    def __init__(self, stack: ExitStack, folder: Path, temporary: Path, chance: random.Random) -> None:
        self.stack = stack
        self.caches = folder / "cache"
        self.caches.mkdir()
        kernels = user_cache_path("toolchain-kernels", appauthor=False)
        kernels.mkdir(parents=True, exist_ok=True)
        (self.caches / "toolchain-kernels").symlink_to(kernels)
        self.env = {"XDG_CACHE_HOME": str(self.caches), "TMPDIR": str(temporary)}
        self.scheduler, self.address = stack.enter_context(machines.scheduler(env=self.env))
        self.hosts = {name: self._host(name) for name in ("first", "second")}
        self.project = write(folder / "project", temporary, chance)

    def _host(self, name: str) -> Program:
        arguments = ("worker", self.address, "--slots", "2", "--name", name)
        return self.stack.enter_context(machines.program(*arguments, env=self.env))

    @property
    def kept(self) -> list[str]:
        """What workers have kept, and have had the time to say so."""
        notebooks = []
        for path in (self.caches / "toolchain-outcomes").glob("[!.]*"):
            with suppress(OSError):  # its build has just fetched it
                if time.time() - path.stat().st_mtime > SETTLED:
                    notebooks += [name for name in names() if f'"{name}"' in path.read_text(errors="replace")]
        return notebooks

    def kill(self, kind: str, chance: random.Random) -> None:
        """Kill -9 something; a scheduler and a host are started again."""
        if kind == "scheduler":
            self.scheduler.end(signal.SIGKILL)
            time.sleep(chance.uniform(0, 2))
            port = int(self.address.rpartition(":")[2])
            self.scheduler, _ = self.stack.enter_context(machines.scheduler(port=port, env=self.env))
        elif kind == "host":
            name = chance.choice(sorted(self.hosts))
            self.hosts[name].end(signal.SIGKILL)
            self.hosts[name] = self._host(name)
        else:
            processes = [process for host in self.hosts.values() for process in host.descendants]
            for process in chance.sample(processes, min(1, len(processes))):  # a worker, its guard, a kernel
                with suppress(psutil.NoSuchProcess):
                    process.kill()


def names() -> list[str]:
    return [f"notebook{number:02}" for number in range(NOTEBOOKS)]


def write(folder: Path, temporary: Path, chance: random.Random) -> Faulty:
    cells = {name: [CODE.format(name=name, seconds=round(chance.uniform(0.1, 3), 1))] for name in names()}
    execution = "retries = 100\ncluster = {wait = 120, reconnect = 120}\n"
    project = faulty.make(folder, temporary, cells, execution=execution)
    shutil.copytree(TESTS / "kernel", folder / "_config/kernel")
    config = folder / "_config/book.toml"
    text = config.read_text().replace(json.dumps(str(TESTS / "kernel")), '"kernel"')
    config.write_text(f"{text}RUNS = {json.dumps(str(folder / 'runs'))}\n")
    return project


def runs(project: Faulty) -> list[list[str]]:
    """Return what the notebooks have written: name, from or to, when."""
    path = project.folder / "runs"
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def begun(project: Faulty, name: str) -> int:
    return sum(words[:2] == [name, "from"] for words in runs(project))


def finished(build: Program) -> list[str]:
    """Return those of which the build has said that they are done."""
    return [name for name in names() if any(f"done    {name} " in line for line in tuple(build.lines))]


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Give a folder for temporary files; its path is short, because the kernels' sockets lie below it."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.mark.slow
@pytest.mark.fuzz(few=1)
def test_whatever_is_killed_all_ends_and_nothing_that_had_ended_runs_again(
    seed: int, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    with ExitStack() as stack:
        scene = Scene(stack, tmp_path, temporary, chance)
        project = scene.project
        monkeypatch.setenv("XDG_CACHE_HOME", str(scene.caches))
        arguments = ("execute", "--scheduler", scene.address, "--project", project.folder)
        build = stack.enter_context(machines.program(*arguments, env=scene.env))
        while not finished(build):
            assert build.process.poll() is None, build.lines
            time.sleep(0.1)
        ended: dict[str, int] = {}
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.2, 4))
            over = [*finished(build), *scene.kept]
            ended |= {name: begun(project, name) for name in over if name not in ended}
            scene.kill(chance.choice(["process", "process", "host", "scheduler"]), chance)
        assert build.process.wait(3 * SECONDS) == 0, build.lines
        build.end()
        again = project.run("execute", "--scheduler", scene.address)
        for host in scene.hosts.values():
            assert host.end() == 130
        assert scene.scheduler.end() == 130

    assert ended
    assert {name: begun(project, name) for name in ended} == ended, build.lines
    for name in names():
        assert sum(f"done    {name} " in line for line in build.lines) == 1, build.lines
        assert [name, "to"] in [words[:2] for words in runs(project)]
    assert f"0 executed, {NOTEBOOKS} reused" in again.stdout
    assert not [line for line in build.lines if "Traceback" in line or "distributed" in line]
    assert project.wait_until_gone() == []
    assert project.left_behind() == []
