"""Builds across hosts of their own, with a wire between them that can be cut: what loopback cannot show."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from platformdirs import user_cache_path
from support import network_hosts as hosts
from support import simulated_machines as machines
from support.network_hosts import Host, Network
from support.projects import write_notebooks
from support.running import Run, run_toolchain
from support.simulated_machines import SECONDS, Program, until

pytestmark = pytest.mark.skipif(bool(hosts.lacking()), reason=hosts.lacking())
SCHEDULER = "tls://office:8786"
NOTES = "import os, socket, time\nopen('/mnt/runs', 'a').write('{name}\\n')\n"
QUICK = NOTES + "print(socket.gethostname(), os.environ['CUDA_VISIBLE_DEVICES'])"
WAITS = NOTES + "while not os.path.exists('/mnt/go'):\n    time.sleep(0.05)\nprint(socket.gethostname())"
CONNECT = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=2)"


def toolchain(host: Host, *arguments: str | Path) -> Run:
    run = host.run(sys.executable, "-m", "toolchain", *arguments)
    return Run(code=run.returncode, stdout=run.stdout, stderr=run.stderr)


def certificates(host: Host) -> Path:
    return host.folder / "book-certificates"


def runs(host: Host) -> list[str]:
    return host.run("cat", "/mnt/runs").stdout.split()


@pytest.fixture
def network() -> Iterator[Network]:
    """Give three hosts with the same certificates; laptop and GPU hosts reach the office only."""
    with hosts.network(["office"], ["gpuhost", "other", "laptop"]) as network:
        office = network["office"]
        assert toolchain(office, "certificates", certificates(office)).code == 0
        packed = office.command("tar", "--create", "--directory", office.folder, certificates(office).name)
        archive = subprocess.run(packed, capture_output=True, check=True).stdout
        for name in ("gpuhost", "other", "laptop"):
            unpack = network[name].command("tar", "--extract", "--directory", network[name].folder)
            subprocess.run(unpack, input=archive, check=True)
        yield network


@pytest.fixture
def cluster(network: Network, tmp_path: Path) -> Iterator[Program]:
    """Give a scheduler in the office, and workers of two other hosts."""
    kernel = run_toolchain("kernel", project=write(tmp_path / "book", {}))
    assert kernel.code == 0, kernel.stderr
    with ExitStack() as stack:
        office = network["office"]
        arguments = ("scheduler", "--host", "0.0.0.0", "--certificates", certificates(office))  # noqa: S104
        scheduler = stack.enter_context(machines.program(*arguments, host=office))
        scheduler.wait_for("scheduler at tls://10.77.0.1:8786")
        for name in ("gpuhost", "other"):
            host = network[name]
            (host.folder / "cache").mkdir()
            kernels = user_cache_path("toolchain-kernels", appauthor=False)
            (host.folder / "cache/toolchain-kernels").symlink_to(kernels)
            gpus = [("Simulated A", "8.0", 16384)] if name == "gpuhost" else []
            env = machines.simulated_driver(host.folder / "bin", gpus)
            offered = ("worker", SCHEDULER, "--slots", "1", "--certificates", certificates(host))
            worker = stack.enter_context(machines.program(*offered, host=host, env=env))
            worker.wait_for(f"connected to {SCHEDULER}")
        yield scheduler


def write(folder: Path, notebooks: dict[str, tuple[str, str]]) -> Path:
    """Write a project that runs there."""
    config = f'[execution.cluster]\nscheduler = "{SCHEDULER}"\ncertificates = "../book-certificates"\nreconnect = 1\n'
    return write_notebooks(folder, config, notebooks)


@pytest.mark.usefixtures("cluster")
def test_a_laptop_that_reaches_the_scheduler_only_builds_with_a_gpu_host(network: Network) -> None:
    laptop, gpuhost = network["laptop"], network["gpuhost"]
    project = write(laptop.folder / "book", {"one": ("execution: {gpus: 1}\n", QUICK)})
    listening = gpuhost.run("ss", "--no-header", "--listening", "--tcp", "--numeric", "--ipv4").stdout
    ports = {line.split()[3].rpartition(":")[2] for line in listening.splitlines() if "127.0.0.1" not in line}
    assert len(ports) == 2
    for port in ports:
        assert network["office"].run(sys.executable, "-c", CONNECT, gpuhost.name, port).returncode == 0
        assert laptop.run(sys.executable, "-c", CONNECT, gpuhost.name, port).returncode != 0
    toolchain(laptop, "certificates", laptop.folder / "others")

    for address, folder, message in (
        (SCHEDULER.replace("tls", "tcp"), "book-certificates", "has to be encrypted"),
        (SCHEDULER, "others", "do not have the same certificates"),
        ("tls://office:1", "book-certificates", "no scheduler answers: Connection refused"),
        ("tls://gpuhost:8786", "book-certificates", "no scheduler answers: No route to host"),
    ):
        arguments = ("--scheduler", address, "--certificates", laptop.folder / folder, "--project", project)
        refused = toolchain(laptop, "execute", *arguments)
        assert refused.code == 2
        assert message in refused.stderr
        assert "Traceback" not in refused.stderr
        assert "object at" not in refused.stderr
    assert runs(gpuhost) == []
    run = toolchain(laptop, "execute", "--json", "--project", project)

    assert run.code == 0, run.stderr
    (notebook,) = json.loads(run.stdout)["notebooks"]
    assert notebook["device"] == "Simulated A"
    blob = json.loads((project / "_build/store/blobs" / notebook["blob"][:2] / notebook["blob"]).read_text())
    assert blob["cells"][1]["outputs"][0]["text"] in ("gpuhost 0\n", ["gpuhost 0\n"])
    assert runs(gpuhost) == ["one"]


def test_a_host_whose_cable_is_cut_is_missed_and_only_what_it_ran_runs_elsewhere(
    network: Network, cluster: Program
) -> None:
    laptop, gpuhost, other = (network[name] for name in ("laptop", "gpuhost", "other"))
    project = write(laptop.folder / "book", dict.fromkeys(("one", "two"), ("", WAITS)))
    with machines.program("execute", "--project", project, host=laptop) as build:
        until(lambda: len(runs(gpuhost)) == len(runs(other)) == 1, "each host runs a notebook")
        (cut,), (stays,) = runs(gpuhost), runs(other)
        network.cut("gpuhost")
        other.run("touch", "/mnt/go")
        build.wait_for(f"again   {cut}: cell 1: lost worker: the worker on gpuhost")
        assert build.process.wait(SECONDS) == 0, build.lines

    assert runs(other) == [stays, cut]
    assert runs(gpuhost) == [cut]
    network.mend("gpuhost")
    cluster.wait_for("gpuhost-cpu joined")


@pytest.mark.usefixtures("cluster")
def test_a_laptop_whose_cable_is_cut_says_so_and_what_it_ran_is_ended(network: Network) -> None:
    laptop, gpuhost, other = (network[name] for name in ("laptop", "gpuhost", "other"))
    project = write(laptop.folder / "book", {"one": ("", WAITS)})
    with machines.program("execute", "--project", project, host=laptop) as build:
        until(lambda: runs(gpuhost) + runs(other) == ["one"], "the notebook runs")
        network.cut("laptop")
        build.wait_for(f"waits   for the scheduler at {SCHEDULER}, which does not answer any more")
        build.wait_for("the scheduler did not come back within 1 s")
        assert build.process.wait(SECONDS) == 2
    for host in (gpuhost, other):
        until(lambda host=host: not host.kernels, f"no kernel is left on {host.name}")  # type: ignore[misc]
