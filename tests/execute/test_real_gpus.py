"""What is promised about GPUs, on a real one: needs NVIDIA's driver, and neither packages for CUDA nor a network.

Where there are several, one is used, but for the test that is about several.
"""

import json
import shutil
import signal
import sys
from collections.abc import Callable, Iterable
from itertools import combinations
from pathlib import Path

import psutil
import pytest
from lxml import html
from support import gpus
from support import simulated_machines as machines
from support.running import report_of, run_toolchain

from toolchain.model import Gpu
from toolchain.processes import hardware

GPUS = hardware.gpus()
LACKING = gpus.lacking()
pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not GPUS, reason=f"no GPU on this machine: {LACKING}"),
]
# The notebooks run in the tests' own Python: a lock would want a network, once.
TOML = """\
[book]
title = "Notebooks"
slug = "notebooks"
authors = ["Its author"]

[kernel]
interpreter = {interpreter}
"""
PAGE = """\
---
file_format: mystnb
execution: {{gpus: {gpus}}}
kernelspec:
  name: python3
---

# {name}

{cells}
"""
BEGINS = "import json, os, time\nbegun = time.time()"
WAITS = "time.sleep(4)"
TELLS = """\
name, bus, count = ctypes.create_string_buffer(256), ctypes.create_string_buffer(64), ctypes.c_int()
call("cuDeviceGetCount", ctypes.byref(count))
call("cuDeviceGetName", name, len(name), device)
call("cuDeviceGetPCIBusId", bus, len(bus), device)
print(json.dumps({
    "visible": os.environ["CUDA_VISIBLE_DEVICES"],
    "count": count.value,
    "name": name.value.decode(),
    "bus": bus.value.decode().lower(),
    "begun": begun,
    "ended": time.time(),
}))"""
TELLS_OF_THE_CPU = (
    'print(json.dumps({"visible": os.environ["CUDA_VISIBLE_DEVICES"], "begun": begun, "ended": time.time()}))'
)
TAKES = """\
taken = ctypes.c_uint64()
call("cuMemAlloc_v2", ctypes.byref(taken), ctypes.c_size_t(free.value // 4))
call("cuMemGetInfo_v2", ctypes.byref(free), ctypes.byref(total))
with open({note!r} + ".part", "w") as stream:
    print(os.getpid(), free.value, file=stream)
os.rename({note!r} + ".part", {note!r})
time.sleep(1000)"""
ON_A_GPU = (BEGINS, gpus.SQUARES, TELLS)
Notebooks = Callable[[dict[str, tuple[int, Iterable[str]]]], Path]


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Gpu:
    """Give the GPU that all of a test's builds see, and no other."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", GPUS[0].id)
    return GPUS[0]


@pytest.fixture
def write(tmp_path: Path) -> Notebooks:
    """Write a project: how many GPUs, and the cells, by notebook."""

    def project(notebooks: dict[str, tuple[int, Iterable[str]]]) -> Path:
        folder = tmp_path / "project"
        for name in ("book", "_config"):
            (folder / name).mkdir(parents=True)
        toml = TOML.format(interpreter=json.dumps(sys.executable))
        (folder / "_config/book.toml").write_text(toml, encoding="utf-8")
        listed = "\n".join(notebooks)
        (folder / "book/index.md").write_text(
            f"# Notebooks\n\n```{{toctree}}\n{listed}\n```\n", encoding="utf-8"
        )
        for name, (count, cells) in notebooks.items():
            blocks = "\n\n".join(f"```{{code-cell}} ipython3\n{cell.strip()}\n```" for cell in cells)
            (folder / f"book/{name}.md").write_text(
                PAGE.format(gpus=count, name=name.title(), cells=blocks), encoding="utf-8"
            )
        return folder

    return project


def built(project: Path, *options: str, env: dict[str, str] | None = None) -> None:
    build = run_toolchain("build", "html", *options, project=project, env=env)
    assert build.code == 0, build.stdout + build.stderr


def page(project: Path, name: str) -> html.HtmlElement:
    return html.parse(project / f"_build/html/{name}.html").getroot()


def printed(project: Path, name: str) -> list[str]:
    """Return the lines that a page shows as outputs."""
    outputs = page(project, name).xpath("//div[contains(@class, 'cell_output')]")
    return [line for output in outputs for line in output.text_content().split("\n") if line.strip()]


def told(project: Path, name: str) -> dict[str, object]:
    answer = json.loads(printed(project, name)[-1])
    assert isinstance(answer, dict)
    return answer


def test_a_notebook_is_given_a_gpu_computes_on_it_and_names_it(write: Notebooks, gpu: Gpu) -> None:
    project = write({"one": (1, ON_A_GPU)})

    built(project)

    assert "squares: 1 4 9 1600000000" in printed(project, "one")
    seen = told(project, "one")
    assert (seen["visible"], seen["count"], seen["bus"]) == (gpu.id, 1, gpus.bus_id(gpu))
    assert str(seen["name"]).startswith(gpu.name)  # a part of a GPU has the GPU's name and more
    assert gpu.name in gpus.listed()
    (notebook,) = report_of(project)["notebooks"]
    assert (notebook["status"], notebook["device"]) == ("executed", gpu.name)
    (provenance,) = page(project, "one").xpath("//*[contains(@class, 'provenance')]")
    assert f"on {gpu.name} in" in " ".join(provenance.text_content().split())
    records = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in (project / "_build/store").rglob("*.json")
        if '"blob"' in path.read_text(encoding="utf-8")
    ]
    assert [record["device"] for record in records] == [gpu.name]


def test_two_notebooks_wait_for_each_other_on_one_gpu_and_for_nobody_else(write: Notebooks, gpu: Gpu) -> None:
    one, two = ((BEGINS, gpus.SQUARES, f"{WAITS}  # {name}", TELLS) for name in ("one", "two"))
    project = write({"one": (1, one), "two": (1, two), "other": (0, (BEGINS, WAITS, TELLS_OF_THE_CPU))})

    built(project, "--jobs", "2")

    seen = {name: told(project, name) for name in ("one", "two", "other")}
    assert [seen[name]["visible"] for name in seen] == [gpu.id, gpu.id, ""]
    together = {pair for pair in combinations(seen, 2) if overlap(*(seen[name] for name in pair))}
    assert ("one", "two") not in together
    assert together, "the notebook without a GPU ran alone, too: so waiting proves nothing"


def overlap(one: dict[str, object], two: dict[str, object]) -> bool:
    begun, ended = ([float(str(times[name])) for times in (one, two)] for name in ("begun", "ended"))
    return max(begun) < min(ended)


@pytest.mark.skipif(len(GPUS) < 2, reason="it takes two GPUs, and there are not so many here")
def test_two_notebooks_have_a_gpu_each_and_run_at_once(write: Notebooks) -> None:
    cells = {name: (BEGINS, gpus.SQUARES, f"{WAITS}  # {name}", TELLS) for name in ("one", "two")}
    project = write({name: (1, code) for name, code in cells.items()})

    built(project, "--jobs", "2")

    by_id = {gpu.id: gpu for gpu in GPUS}
    seen = [told(project, name) for name in ("one", "two")]
    assert seen[0]["visible"] != seen[1]["visible"]
    assert overlap(*seen)
    devices = {notebook["name"]: notebook["device"] for notebook in report_of(project)["notebooks"]}
    for name, notebook in zip(cells, seen, strict=True):
        gpu = by_id[str(notebook["visible"])]
        assert (notebook["count"], notebook["bus"]) == (1, gpus.bus_id(gpu))
        assert devices[name] == gpu.name


def test_what_a_gpu_has_computed_is_reused_where_there_is_none(
    write: Notebooks, gpu: Gpu, tmp_path: Path
) -> None:
    project = write({"one": (1, ON_A_GPU)})
    run = run_toolchain("execute", project=project)
    assert run.code == 0, run.stdout + run.stderr
    laptop = tmp_path / "laptop"
    for name in ("book", "_config", "_build/store"):
        shutil.copytree(project / name, laptop / name)
    nothing = machines.simulated_driver(tmp_path / "driver", [])
    assert run_toolchain("doctor", project=laptop, env=nothing).stdout.count(
        "none; notebooks that declare one"
    )

    build = run_toolchain("build", "html", project=laptop, env=nothing)

    assert build.code == 0, build.stdout + build.stderr
    assert "notebooks: 0 executed, 1 reused" in build.stdout
    (notebook,) = report_of(laptop)["notebooks"]
    assert (notebook["status"], notebook["device"]) == ("reused", gpu.name)
    assert "squares: 1 4 9 1600000000" in printed(laptop, "one")
    (provenance,) = page(laptop, "one").xpath("//*[contains(@class, 'provenance')]")
    assert gpu.name in provenance.text_content()


def test_a_worker_with_a_gpu_computes_for_a_machine_without(
    write: Notebooks, gpu: Gpu, tmp_path: Path
) -> None:
    project = write({"one": (1, ON_A_GPU)})
    laptop = machines.simulated_driver(tmp_path / "driver", [])

    with machines.scheduler() as (_, address), machines.program("worker", address) as worker:
        worker.wait_for("connected to")
        built(project, "--scheduler", address, env=laptop)

    (notebook,) = report_of(project)["notebooks"]
    assert (notebook["status"], notebook["device"]) == ("executed", gpu.name)
    assert "squares: 1 4 9 1600000000" in printed(project, "one")


def test_a_build_that_is_killed_leaves_nothing_on_the_gpu(write: Notebooks, gpu: Gpu, tmp_path: Path) -> None:
    note = tmp_path / "note"
    cells = ("import os, time", gpus.SQUARES, gpus.FREE, TAKES.format(note=str(note)))
    project = write({"one": (1, cells)})
    free, others = gpus.free_memory(gpu), gpus.computing()

    with machines.program("build", "html", "--project", project) as build:
        machines.until(lambda: note.exists() or build.process.poll() is not None, "the notebook takes memory")
        assert note.exists(), "\n".join(build.lines)
        number, left = map(int, note.read_text(encoding="utf-8").split())
        started, seen = build.descendants, gpus.computing() - others
        build.end(signal.SIGKILL)

    assert number in [process.pid for process in started]
    assert left < 0.8 * free  # so what was taken can be seen at all
    machines.until(lambda: not any(map(runs, started)), "all that the build had started has ended")
    machines.until(lambda: not seen & gpus.computing(), "the driver knows no process of the build's")
    machines.until(lambda: gpus.free_memory(gpu) > 0.9 * free, "the memory is free")


def runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
