"""Who may run beside whom."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from toolchain.base.errors import ConfigError
from toolchain.base.units import size
from toolchain.execute.capacity import Capacity, Resources
from toolchain.model import Gpu
from toolchain.processes import hardware

GB = 10**9


class Log:
    """Runs needs on a capacity in turns of the event loop and writes down who ran beside whom."""

    def __init__(self, capacity: Capacity) -> None:
        self.capacity = capacity
        self.started: list[str] = []
        self.beside: dict[str, set[str]] = {}
        self.devices: dict[str, tuple[str, ...]] = {}
        self._running: set[str] = set()

    async def one(self, name: str, need: Resources, order: int, turns: int) -> None:
        async with self.capacity.take(need, order) as devices:
            self.started.append(name)
            self.devices[name] = devices
            self.beside[name] = set(self._running)
            for other in self._running:
                self.beside[other].add(name)
            self._running.add(name)
            for _ in range(turns):
                await asyncio.sleep(0)
            self._running.remove(name)

    def run(self, needs: dict[str, Resources], turns: int = 5) -> None:
        async def all_of_them() -> None:
            async with asyncio.timeout(60), asyncio.TaskGroup() as group:
                for order, (name, need) in enumerate(needs.items()):
                    group.create_task(self.one(name, need, order, turns))

        asyncio.run(all_of_them())


def test_no_more_than_so_many_at_a_time_and_in_their_order() -> None:
    log = Log(Capacity(jobs=2, memory=GB))

    log.run({name: Resources() for name in "abcdef"})

    assert log.started == list("abcdef")
    assert max(len(others) for others in log.beside.values()) <= 2
    assert "b" in log.beside["a"]


def test_a_place_is_free_again_if_who_waited_has_just_gone() -> None:
    async def interrupted() -> list[str]:
        capacity, log = Capacity(jobs=1, memory=GB), []

        async def hold(name: str) -> None:
            async with capacity.take(Resources()):
                log.append(name)

        async with capacity.take(Resources()):
            waiting = asyncio.create_task(hold("waiting"))
            await asyncio.sleep(0)
        waiting.cancel()  # it has the place, and does not know it yet
        await asyncio.wait({waiting})
        async with asyncio.timeout(60):
            await hold("next")
        return log

    assert asyncio.run(interrupted()) == ["next"]


def test_declared_memory_is_respected_and_what_fits_goes_first() -> None:
    log = Log(Capacity(jobs=4, memory=4 * GB))

    log.run({"three": Resources(3 * GB), "two": Resources(2 * GB), "one": Resources(GB), "none": Resources()})

    assert log.started == ["three", "one", "none", "two"]
    assert log.beside["three"] == {"one", "none"}


def test_what_never_fits_and_what_wants_to_runs_alone() -> None:
    log = Log(Capacity(jobs=4, memory=4 * GB))

    log.run(
        {
            "a": Resources(),
            "too large": Resources(5 * GB),
            "b": Resources(),
            "alone": Resources(alone=True),
            "c": Resources(),
        }
    )

    assert log.beside["too large"] == set()
    assert log.beside["alone"] == set()
    assert log.beside["a"] == {"b", "c"}


def test_a_gpu_belongs_to_one_notebook_at_a_time() -> None:
    one = Log(Capacity(jobs=4, memory=GB, devices=("0",)))
    one.run({name: Resources(gpus=1) for name in "abc"} | {"cpu": Resources()})
    assert {name: one.devices[name] for name in "abc"} == dict.fromkeys("abc", ("0",))
    assert all(one.beside[name] <= {"cpu"} for name in "abc")
    assert one.devices["cpu"] == ()

    two = Log(Capacity(jobs=4, memory=GB, devices=("0", "3")))
    two.run({name: Resources(gpus=1) for name in "abc"})
    assert two.beside["a"] == {"b"}
    assert {two.devices["a"], two.devices["b"]} == {("0",), ("3",)}


def test_more_gpus_than_there_are_are_refused_and_not_waited_for() -> None:
    async def ask() -> None:
        async with Capacity(jobs=1, memory=GB, devices=("0",)).take(Resources(gpus=2)):
            pass

    with pytest.raises(ConfigError, match="declares 2 GPUs and 1 can be used here"):
        asyncio.run(ask())


def test_who_is_cancelled_while_waiting_or_running_takes_no_place() -> None:
    async def play() -> None:
        capacity = Capacity(jobs=1, memory=GB, devices=("0",))
        log = Log(capacity)
        running = asyncio.create_task(log.one("running", Resources(gpus=1), 0, 10**9))
        waiting = asyncio.create_task(log.one("waiting", Resources(gpus=1), 1, 1))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        waiting.cancel()
        running.cancel()
        await asyncio.gather(running, waiting, return_exceptions=True)
        async with asyncio.timeout(60), capacity.take(Resources(gpus=1)) as devices:
            assert devices == ("0",)
        assert log.started == ["running"]

    asyncio.run(play())


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0 B", 0), ("500 kB", 500_000), ("1.5GB", 1_500_000_000), ("2 GiB", 2 * 2**30), ("1 MiB", 2**20)],
)
def test_sizes(text: str, expected: int) -> None:
    assert size(text) == expected


@pytest.fixture
def control_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, dict[str, str]], None]:
    """Pretend to be in a control group."""

    def pretend(membership: str, files: dict[str, str]) -> None:
        (tmp_path / "membership").write_text(membership)
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        monkeypatch.setattr(hardware, "CGROUPS", tmp_path)
        monkeypatch.setattr(hardware, "MEMBERSHIP", tmp_path / "membership")

    return pretend


def test_the_smallest_limit_of_the_control_groups_counts(
    control_groups: Callable[[str, dict[str, str]], None],
) -> None:
    control_groups(
        "0::/a/b\n",
        {
            "a/b/memory.max": "max\n",
            "a/memory.max": "1000000\n",
            "a/b/memory.events": "low 0\noom 5\noom_kill 3\n",
        },
    )

    assert hardware.memory() == 10**6
    assert hardware.out_of_memory_kills() == 3


def test_control_groups_of_the_first_version_seen_from_a_container(
    control_groups: Callable[[str, dict[str, str]], None],
) -> None:
    control_groups(
        "9:name=systemd:/\n4:cpu,memory:/docker/abc\n0::/\n",
        {"memory/memory.limit_in_bytes": "2000000", "memory/memory.oom_control": "under_oom 0\noom_kill 7\n"},
    )

    assert hardware.memory() == 2 * 10**6
    assert hardware.out_of_memory_kills() == 7


def test_without_a_control_group_nothing_is_claimed(
    control_groups: Callable[[str, dict[str, str]], None],
) -> None:
    control_groups("", {})

    assert hardware.memory() > 10**6
    assert hardware.out_of_memory_kills() is None


def test_gpus_are_those_that_the_environment_allows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    driver = tmp_path / "nvidia-smi"
    driver.write_text(
        "#!/bin/sh\necho '0, GPU-aaa, A model, 8.6'\necho '1, GPU-bbb, A model, 8.6'\necho '2, GPU-ccc, Another, 9.0'\n"
    )
    driver.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    first, _, other = hardware.gpus()
    assert first == Gpu(id="0", name="A model", capability="8.6")
    assert hardware.usable((first, other), ("8.0",)) == (first,)
    assert hardware.usable((first, other), ("9.1",)) == ()
    assert hardware.usable((first, other), ()) == (first, other)
    for allowed, ids in (("2, 0", ["2", "0"]), ("GPU-b", ["GPU-b"]), ("", []), ("1,7,0", ["1"])):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", allowed)
        assert [gpu.id for gpu in hardware.gpus()] == ids


def test_what_the_environment_names_and_no_driver_knows_is_not_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert hardware.gpus() == ()
