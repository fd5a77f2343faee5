"""Clusters that classes of Dask's start: jobs of a real Slurm, and workers that a real server for SSH starts."""

import json
import re
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from platformdirs import user_cache_path
from support import network_hosts as hosts
from support import services
from support import simulated_machines as machines
from support.network_hosts import Host, Network
from support.places import REPOSITORY
from support.projects import write_notebooks
from support.running import Run, run_toolchain
from support.services import Slurm
from support.simulated_machines import until

pytestmark = pytest.mark.skipif(bool(hosts.lacking()), reason=hosts.lacking())
LACKS_SLURM = services.lacking("slurmctld", "slurmd", "sbatch")
LACKS_SSHD = services.lacking(services.SSHD, "ssh-keygen")
WITH_SLURM = pytest.mark.skipif(bool(LACKS_SLURM), reason=LACKS_SLURM)
WITH_SSHD = pytest.mark.skipif(bool(LACKS_SSHD), reason=LACKS_SSHD)
GPUS = [("Simulated A", "8.0", 16384), ("Simulated B", "8.6", 24576)]
NOTES = "import os, socket, time\nopen('/mnt/{name}', 'a').write('begun\\n')\n"
TELLS = "print(socket.gethostname(), repr(os.environ['CUDA_VISIBLE_DEVICES']))"
WAITS = "while not os.path.exists('/mnt/{other}'):\n    time.sleep(0.05)\n"
ON_A_GPU = "execution: {gpus: 1}\n"
CONF = """\
import subprocess
from toolchain.sphinxext import configuration
globals().update(configuration(__file__))
with open({queue!r}, "w") as queue:
    queue.write(subprocess.check_output(["squeue", "--noheader"], text=True))
"""
SOON = {"DASK_DISTRIBUTED__DEPLOY__LOST_WORKER_TIMEOUT": "1s"}
"""Dask takes a worker for lost that has been away for so long; without, it is 15 seconds."""


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Give a host with GPUs and a laptop; the notebooks' environment is there already."""
    kernel = run_toolchain(
        "kernel", project=write_notebooks(tmp_path_factory.mktemp("kernel") / "book", "", {})
    )
    assert kernel.code == 0, kernel.stderr
    with hosts.network(["node", "laptop"], []) as network:
        node = network["node"]
        (node.folder / "cache").mkdir()
        kernels = user_cache_path("toolchain-kernels", appauthor=False)
        (node.folder / "cache/toolchain-kernels").symlink_to(kernels)
        yield network


@pytest.fixture(scope="module")
def slurm(network: Network) -> Iterator[Slurm]:
    with services.slurm(network["node"], gpus=len(GPUS)) as started:
        yield started


@pytest.fixture(scope="module")
def keys(network: Network) -> Iterator[Path]:
    with services.sshd(network["node"]) as folder:
        yield folder


@pytest.fixture(autouse=True)
def _clean(network: Network) -> Iterator[None]:
    """Leave no notes of notebooks for the next test, and no project."""
    yield
    network["node"].run("sh", "-c", "rm -f /mnt/*")
    shutil.rmtree(network["laptop"].folder / "book", ignore_errors=True)


def documented(name: str) -> str:
    """Return what the book's appendix says about a class, ready for book.toml."""
    text = (REPOSITORY / "book/chapter_appendix/cluster.md").read_text(encoding="utf-8")
    (recipe,) = re.findall(
        rf'```toml\n(\[execution\.cluster\]\nclass = "{re.escape(name)}".*?)```', text, re.DOTALL
    )
    return str(recipe)


def slurm_cluster(node: Host, **changed: object) -> str:
    """Return the documented recipe for Slurm, for jobs that begin with a node's own folders and its driver."""
    driver = machines.simulated_driver(node.folder / "driver", GPUS)["PATH"]
    home = {"HOME": node.folder, "XDG_CACHE_HOME": node.folder / "cache", "TMPDIR": node.folder / "tmp"}
    exports = [f"export {name}={value}" for name, value in ({"PATH": driver} | home).items()]
    recipe = documented("dask_jobqueue.SLURMCluster") + f"job_script_prologue = {json.dumps(exports)}\n"
    common = str(node.folder.parent / "slurm")
    return changed_in(recipe, **{"shared_temp_directory": common, "log_directory": common, **changed})


def ssh_cluster(keys: Path, **changed: object) -> str:
    """Return the documented recipe for SSH, for the one host that there is."""
    options = {
        "hosts": ["node", "node"],
        "remote_python": sys.executable,
        "username": "root",
        "client_keys": [str(keys / "user")],
        "known_hosts": str(keys / "known_hosts"),
    }
    return changed_in(documented("distributed.SSHCluster"), **{**options, **changed})


def changed_in(recipe: str, **changed: object) -> str:
    """Return lines of TOML with other values; what is None is left out."""
    for name, value in changed.items():
        line = re.compile(rf"^{name} = .*\n", re.MULTILINE)
        assert line.search(recipe), name
        recipe = line.sub("" if value is None else f"{name} = {json.dumps(value)}\n", recipe)
    return recipe


def toolchain(host: Host, *arguments: str | Path, env: dict[str, str] | None = None) -> Run:
    variables = [f"{name}={value}" for name, value in (env or {}).items()]
    run = host.run("env", *variables, sys.executable, "-m", "toolchain", *arguments)
    return Run(code=run.returncode, stdout=run.stdout, stderr=run.stderr)


def printed(project: Path, notebook: dict[str, str]) -> str:
    """Return what a notebook's cell has printed."""
    blob = project / "_build/store/blobs" / notebook["blob"][:2] / notebook["blob"]
    return str(nbformat.read(blob, as_version=4).cells[-1].outputs[0].text)


@WITH_SLURM
def test_the_documented_jobs_have_a_gpu_each_and_end_with_the_last_notebook(
    network: Network, slurm: Slurm
) -> None:
    laptop = network["laptop"]
    notebooks = {  # the first two can only end if they run at the same time
        "one": (ON_A_GPU, NOTES + WAITS.replace("{other}", "two") + TELLS),
        "two": (ON_A_GPU, NOTES + WAITS.replace("{other}", "one") + TELLS),
        "three": ("", NOTES + TELLS),
    }
    project = write_notebooks(laptop.folder / "book", slurm_cluster(network["node"]), notebooks)
    queue = laptop.folder / "queue"
    (project / "_config/conf.py").write_text(CONF.format(queue=str(queue)))

    build = toolchain(laptop, "build", "html", "--json", "--project", project, env=slurm.env)

    assert build.code == 0, build.stderr
    reported = {notebook["name"]: notebook for notebook in json.loads(build.stdout)["notebooks"]}
    assert {name: notebook["status"] for name, notebook in reported.items()} == dict.fromkeys(
        notebooks, "executed"
    )
    assert {reported["one"]["device"], reported["two"]["device"]} == {"Simulated A", "Simulated B"}
    assert {printed(project, reported[name]) for name in ("one", "two")} == {"node '0'\n", "node '1'\n"}
    assert reported["three"]["device"] == "cpu"
    assert printed(project, reported["three"]) == "node ''\n"
    # When Sphinx began, the jobs were gone already.
    assert queue.read_text() == ""
    assert "Warning" not in build.stderr


@WITH_SLURM
def test_a_job_that_ends_in_the_middle_is_replaced_and_its_notebook_runs_again(
    network: Network, slurm: Slurm
) -> None:
    laptop, node = network["laptop"], network["node"]
    code = NOTES + "while len(open('/mnt/{name}').readlines()) < 2:\n    time.sleep(0.05)\n" + TELLS
    project = write_notebooks(
        laptop.folder / "book", slurm_cluster(node, workers=1), {"one": (ON_A_GPU, code)}
    )
    with machines.program("execute", "--project", project, host=laptop, env=slurm.env | SOON) as build:
        until(lambda: node.run("cat", "/mnt/one").stdout == "begun\n", "the notebook runs")
        (job,) = slurm.jobs
        slurm.run("scancel", job)  # as when its time is over
        build.wait_for("again   one: cell 1: lost worker: the worker on node")
        assert build.process.wait(machines.SECONDS) == 0, build.lines

    assert any("done    one" in line and "tried 2 times" in line for line in build.lines)
    assert slurm.jobs == []


@WITH_SLURM
def test_what_slurm_refuses_or_never_starts_is_said_and_leaves_no_job(network: Network, slurm: Slurm) -> None:
    laptop, node = network["laptop"], network["node"]
    later = ["--gres=gpu:1", "--begin=now+1hour"]
    name = "dask_jobqueue.SLURMCluster"
    for changed, front, message in (
        ({"queue": "nowhere"}, "", f"{name} cannot have workers: sbatch: error: invalid partition specified"),
        ({"cores": None}, "", f"{name} cannot be started: You must specify how much cores"),
        ({"wait": 1, "job_extra_directives": later}, "", f"{name}: no worker has come within 1 s"),
        ({}, "execution: {gpus: 2}\n", "book/one.md: declares 2 GPUs, and no worker has more than 1"),
    ):
        recipe = slurm_cluster(node, **changed)
        project = write_notebooks(laptop.folder / "book", recipe, {"one": (front, NOTES)})

        run = toolchain(laptop, "execute", "--project", project, env=slurm.env)

        assert run.code == 2, run.stderr
        assert f"error: {message}" in run.stderr
        assert "[execution.cluster]" in run.stderr
        assert "Traceback" not in run.stderr
        assert slurm.jobs == []
        shutil.rmtree(project)
    assert node.run("ls", "/mnt").stdout == ""


@WITH_SLURM
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_build_that_is_ended_leaves_no_job_and_no_kernel(
    number: signal.Signals, network: Network, slurm: Slurm
) -> None:
    laptop, node = network["laptop"], network["node"]
    code = NOTES + "time.sleep(1000)"
    project = write_notebooks(
        laptop.folder / "book", slurm_cluster(node, workers=1), {"one": (ON_A_GPU, code)}
    )
    with machines.program("execute", "--project", project, host=laptop, env=slurm.env) as build:
        until(lambda: node.run("cat", "/mnt/one").stdout == "begun\n", "the notebook runs")
        assert len(node.kernels) >= 1
        ended = build.end(number)

    assert ended == (130 if number == signal.SIGINT else -number)
    if number == signal.SIGINT:
        assert slurm.jobs == []
    until(lambda: slurm.jobs == [], "no job is left")
    until(lambda: not node.kernels, "no kernel is left")


@WITH_SSHD
def test_workers_are_started_by_ssh_as_documented(network: Network, keys: Path) -> None:
    laptop, node = network["laptop"], network["node"]
    project = write_notebooks(laptop.folder / "book", ssh_cluster(keys), {"one": ("", NOTES + TELLS)})

    run = toolchain(laptop, "execute", "--json", "--project", project)

    assert run.code == 0, run.stderr
    (notebook,) = json.loads(run.stdout)["notebooks"]
    assert printed(project, notebook) == "node ''\n"
    # Nothing of Dask's own log; what waits for workers names the class that starts them.
    assert not re.search(r"distributed\.(?!SSHCluster)", run.stderr)
    until(lambda: not node.kernels, "no kernel is left")


@WITH_SSHD
def test_what_ssh_does_not_reach_is_said(network: Network, keys: Path) -> None:
    laptop = network["laptop"]
    for changed, message in (
        ({"known_hosts": "/dev/null"}, "Host key is not trusted for host node"),
        ({"client_keys": [str(keys / "host")]}, "Permission denied for user root on host node"),
        ({"hosts": ["node", "10.77.0.99"]}, "Connect call failed ('10.77.0.99', 22)"),
        ({"remote_python": "/nowhere/python"}, "env: '/nowhere/python': No such file or directory"),
    ):
        project = write_notebooks(laptop.folder / "book", ssh_cluster(keys, **changed), {"one": ("", NOTES)})

        run = toolchain(laptop, "execute", "--project", project)

        assert run.code == 2, run.stderr
        assert "error: distributed.SSHCluster cannot be started: " in run.stderr
        assert message in run.stderr
        assert "Traceback" not in run.stderr
        shutil.rmtree(project)
