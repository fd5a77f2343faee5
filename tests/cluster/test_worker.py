"""Machines that are offered to builds: real schedulers and workers on loopback; only the GPUs are simulated."""

import os
import shutil
import signal
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import distributed
import msgspec
import psutil
import pytest
from support.running import Run
from support.simulated_machines import GIB, SECONDS, Program, program, scheduler, simulated_driver, until

from toolchain.base.errors import ConfigError, KernelEnvironmentError
from toolchain.cluster import certificates, hosting, member, offer, peers
from toolchain.cluster.hosting import PYTHON
from toolchain.environment import distributions
from toolchain.model import Gpu
from toolchain.processes import hardware

AMPERE = ("NVIDIA A100-SXM4-80GB", "8.0", 81920)
HOPPER = ("NVIDIA H100 80GB HBM3", "9.0", 81559)
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
VARIABLES = ("CUDA_VISIBLE_DEVICES", PYTHON, *THREADS)
SHOW = f"import os; print(*(os.environ.get(name, '-') for name in {VARIABLES}))"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere orphans cannot be found")


def toolchain(*arguments: str | Path, env: dict[str, str] | None = None) -> Run:
    """Run a command that needs no project."""
    run = subprocess.run(
        [sys.executable, "-m", "toolchain", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(env or {})},
        timeout=SECONDS,
    )
    return Run(code=run.returncode, stdout=run.stdout, stderr=run.stderr)


@contextmanager
def client(address: str, folder: Path | None = None) -> Iterator[distributed.Client]:
    """Connect to a scheduler as a build does."""
    security = peers.reach(address, folder).security()
    with distributed.Client(address, security=security, timeout=SECONDS, set_as_default=False) as connected:
        yield connected


def by_name(connected: distributed.Client, answers: dict[str, object]) -> dict[str, object]:
    """Name the workers that have answered."""
    workers = connected.scheduler_info(n_workers=-1)["workers"]
    return {workers[address]["name"]: answer for address, answer in answers.items()}


def busy(connected: distributed.Client, worker: Program) -> psutil.Process:
    """Have a worker run a program in a session of its own, as a kernel is; return its process."""
    connected.submit(subprocess.run, ["sleep", "1000"], start_new_session=True, pure=False)
    programs: list[psutil.Process] = []

    def runs() -> bool:
        programs.extend(process for process in worker.descendants if process.name() == "sleep")
        return bool(programs)

    until(runs, "a worker starts a program")
    return programs[0]


def test_a_machine_says_what_it_has_and_each_worker_sees_its_own_gpu(tmp_path: Path) -> None:
    env = simulated_driver(tmp_path, [AMPERE, HOPPER]) | {"CUDA_VISIBLE_DEVICES": "0,1"}
    arguments = ("--name", "here", "--slots", "3", "--memory", "2GiB", "--python", sys.executable)

    with scheduler() as (_, address), program("worker", address, *arguments, env=env) as worker:
        worker.wait_for(f"connected to {address}: 3 workers")
        with client(address) as connected:
            workers = {w["name"]: w for w in connected.scheduler_info(n_workers=-1)["workers"].values()}
            offers = by_name(connected, connected.run(offer.of_this_process))
            shown = connected.run(subprocess.check_output, [sys.executable, "-c", SHOW], text=True)
            environments = by_name(connected, shown)

    driver, mxnet, only = "driver 535.104.05", "MXNet 1.9.1 has", "only for 5.0, 6.0, 7.0, 8.0, 8.6"
    assert worker.lines[1:8] == [
        "  here-gpu0: 1 GPU, 2.1 GB of memory",
        f"    GPU 0: NVIDIA A100-SXM4-80GB, 85.9 GB, {driver}, compute capability 8.0: {mxnet} code for it",
        "  here-gpu1: 1 GPU, 2.1 GB of memory",
        f"    GPU 1: NVIDIA H100 80GB HBM3, 85.5 GB, {driver}, compute capability 9.0: {mxnet} no code for it, {only}",
        "  here-cpu: 3 slots on the CPU, 2.1 GB of memory",
        f"  the notebooks' environment: {sys.executable}",
        f"connected to {address}: 3 workers",
    ]
    memory = 2.0 * GIB
    assert {name: description["resources"] for name, description in workers.items()} == {
        "here-gpu0": {"GPU": 1.0, "GPU_MEMORY": 80.0 * GIB, "MEMORY": memory},
        "here-gpu1": {"GPU": 1.0, "GPU_MEMORY": 81559.0 * 2**20, "MEMORY": memory},
        "here-cpu": {"SLOT": 3.0, "MEMORY": memory},
    }
    limits = {
        name: (description["nthreads"], description["memory_limit"]) for name, description in workers.items()
    }
    assert limits == {"here-gpu0": (1, 0), "here-gpu1": (1, 0), "here-cpu": (3, 0)}
    inherited = " ".join(os.environ.get(variable, "-") for variable in THREADS)
    assert environments == {
        "here-gpu0": f"0 {sys.executable} {inherited}\n",
        "here-gpu1": f"1 {sys.executable} {inherited}\n",
        "here-cpu": f" {sys.executable} {inherited}\n",
    }
    host = os.uname().nodename
    first = Gpu(id="0", name=AMPERE[0], capability="8.0", memory=80 * GIB)
    assert offers["here-gpu0"] == offer.Offer(host, (first,), 80 * GIB, 2 * GIB, 0)
    assert offers["here-cpu"] == offer.Offer(host, (), 0, 2 * GIB, 3)


def test_gpus_can_be_kept_together_and_workers_share_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", simulated_driver(tmp_path, [AMPERE, HOPPER, AMPERE])["PATH"])
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr("toolchain.processes.hardware.memory", lambda: 9 * GIB)

    offers = offer.of_this_machine(gpus_per_worker=2, slots=4)

    assert [[gpu.id for gpu in offered.gpus] for offered in offers] == [["0", "1"], ["2"], []]
    assert [offered.memory for offered in offers] == [3 * GIB] * 3
    assert [offered.resources.get("GPU_MEMORY") for offered in offers] == [81559 * 2**20, 80 * GIB, None]
    assert [offered.slots for offered in offers] == [0, 0, 4]


def test_a_driver_too_old_to_say_all_is_believed_in_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = tmp_path / "nvidia-smi"
    driver.write_text(
        '#!/bin/sh\ncase "$1" in *compute_cap*|*memory*) echo Field is not valid; exit 2;; esac\necho "0, GPU-0, Tesla K80"\n'
    )
    driver.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    (offered,) = offer.of_this_machine(gpus_per_worker=1, slots=0, memory=GIB)

    assert offered.gpus == (Gpu(id="0", name="Tesla K80"),)
    assert offered.resources == {"GPU": 1.0, "MEMORY": float(GIB)}
    assert hardware.usable(offered.gpus, ("8.0",)) == offered.gpus  # only trying tells
    description = "its driver does not say its compute capability; MXNet 1.9.1 has code for 5.0, 6.0, 7.0, 8.0, 8.6 only"
    assert offer.describe(offered.gpus[0], "") == f"Tesla K80, {description}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("worker", "tcp://192.0.2.1:8786"), "what goes to another machine has to be encrypted"),
        (("worker", "tls://192.0.2.1:8786"), "needs certificates, and none are named"),
        (("worker", "tls://host:8786", "--certificates", "nowhere"), "nowhere: No such file or directory"),
        (("scheduler", "--host", "0.0.0.0"), "needs certificates, and none are named"),  # noqa: S104
        (("scheduler", "--host", "::"), "needs certificates, and none are named"),
    ],
)
def test_without_certificates_no_other_machine_is_spoken_to(arguments: tuple[str, ...], message: str) -> None:
    run = toolchain(*arguments)

    assert run.code == 2
    assert message in run.stderr
    assert "`toolchain certificates FOLDER`" in run.stderr


@pytest.mark.parametrize(
    "address",
    ["host:8786", "tcp://127.0.0.1", "ws://127.0.0.1:8786", "tcp://[1:2]:1", "tcp://127.0.0.1:65536"],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="is no address of a scheduler"):
        peers.reach(address, None)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:8786", "tcp://localhost:1", "tcp://[::1]:8786"])
def test_what_people_have_written_for_this_machine_is_reached_by_their_own_certificates(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    encrypted = address.replace("tcp", "tls")

    first, second = peers.reach(address, None), peers.reach(encrypted, None)

    assert (str(first.address), first.note) == (
        encrypted,
        f"{address} is reached as {encrypted}: on one machine, too, by certificates",
    )
    assert second == msgspec.structs.replace(first, note="")
    assert first.security().require_encryption
    (made,) = tmp_path.iterdir()
    assert made == first.folder
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert stat.S_IMODE((made / "key.pem").stat().st_mode) == 0o600


def test_certificates_are_made_once_and_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "made"
    first = toolchain("certificates", folder, "--host", "gpu.example.org", "--host", "192.0.2.1")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    second = toolchain("certificates", folder)

    assert first.code == 0, first.stderr
    assert sorted(before) == ["ca.pem", "cert.pem", "key.pem"]
    assert stat.S_IMODE((folder / "key.pem").stat().st_mode) == 0o600
    names = subprocess.run(
        ["openssl", "x509", "-in", folder / "cert.pem", "-noout", "-ext", "subjectAltName"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "DNS:gpu.example.org, IP Address:192.0.2.1" in names.stdout
    assert second.code == 2
    assert "has ca.pem, cert.pem, key.pem already" in second.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    monkeypatch.setenv(certificates.VARIABLE, str(folder))
    assert peers.reach("tls://host:8786", None).folder == folder
    monkeypatch.setattr(certificates, "LIFETIME", timedelta())
    certificates.make(tmp_path / "old")
    (folder / "key.pem").write_bytes((tmp_path / "old/key.pem").read_bytes())
    with pytest.raises(ConfigError, match="do not fit together: key values mismatch"):
        certificates.security(folder)
    with pytest.raises(ConfigError, match=f"its time was over on {datetime.now(UTC):%Y}"):
        certificates.security(tmp_path / "old")


@pytest.mark.parametrize("host", ["127.0.0.1:8786", "tcp://127.0.0.1", "", "a b"])
def test_what_is_no_host_is_refused(host: str) -> None:
    run = toolchain("scheduler", "--host", host, "--port", "0")

    assert run.code == 2
    assert run.stderr.startswith(f"error: --host: {host!r} is no name or address of a machine")


@pytest.mark.parametrize("name", ["a\nb", "x" * 61])
def test_what_cannot_name_workers_is_refused(name: str) -> None:
    run = toolchain("worker", "tcp://127.0.0.1:1", "--name", name)

    assert run.code == 2
    assert "--name: " in run.stderr


def test_certificates_name_hosts_and_nothing_else(tmp_path: Path) -> None:
    for host in ("a b", "", f"{'x' * 64}ü.example", "https://lab1"):
        run = toolchain("certificates", tmp_path / "none", "--host", host)
        assert run.code == 2, run.stderr
        assert f"--host: {host!r} is no name or address of a machine" in run.stderr
    assert not (tmp_path / "none").exists()
    certificates.make(tmp_path / "made", ("bücher.example", "::1"))
    assert b"xn--bcher-kva.example" in ssl.PEM_cert_to_DER_cert((tmp_path / "made/cert.pem").read_text())


def test_what_is_wrong_with_certificates_is_said(tmp_path: Path) -> None:
    ours, others = tmp_path / "ours", tmp_path / "others"
    certificates.make(ours)
    certificates.make(others)
    key = (ours / "key.pem").read_bytes()

    def refused() -> ConfigError:
        with pytest.raises(ConfigError) as caught:
            certificates.security(ours)
        return caught.value

    (ours / "key.pem").chmod(0o644)
    assert refused().message.startswith(f"{ours / 'key.pem'}: others can read it")
    assert "chmod 600" in refused().remedy
    (ours / "key.pem").chmod(0o640)
    assert certificates.security(ours)
    (ours / "key.pem").write_bytes((others / "key.pem").read_bytes())
    assert (
        refused().message == f"{ours}: ca.pem, cert.pem and key.pem do not fit together: key values mismatch"
    )
    (ours / "key.pem").write_bytes(key)
    (ours / "cert.pem").write_text("none\n")
    assert refused().message == f"{ours / 'cert.pem'}: is no certificate"
    (ours / "cert.pem").unlink()
    assert refused().message == f"{ours / 'cert.pem'}: No such file or directory"
    shutil.rmtree(ours)
    assert refused().message == f"{ours}: No such file or directory"


def test_with_certificates_machines_join_and_strangers_do_not(tmp_path: Path) -> None:
    folder, others = tmp_path / "ours", tmp_path / "others"
    certificates.make(folder)
    certificates.make(others)
    env = {certificates.VARIABLE: str(folder)}

    with scheduler("--certificates", folder, env={"TMPDIR": str(tmp_path)}) as (served, address):
        assert address.startswith("tls://127.0.0.1:")
        with program("worker", address, "--name", "here", "--slots", "1", env=env) as worker:
            worker.wait_for("connected")
            with client(address, folder) as connected:
                assert connected.submit(sum, [1, 2, 3]).result(SECONDS) == 6
        with program("worker", address, "--slots", "1", "--certificates", others) as stranger:
            stranger.wait_for(f"waiting for the scheduler at {address}: ")
            for security in (certificates.security(others), None):
                reached = address if security else address.replace("tls:", "tcp:")
                with pytest.raises(OSError, match=r"TLS certificate does not match|Timed out|closed"):
                    distributed.Client(reached, security=security, timeout=2, set_as_default=False)
            with client(address, folder) as connected:
                assert not connected.scheduler_info()["workers"]
        assert served.end(times=20) == 130
    # Neither Dask's own log, nor a folder of Dask's, and each thing once however often a stranger tries.
    assert served.lines[4:6] == ["here-cpu joined", "here-cpu left"]
    assert sorted(served.lines[6:]) == [
        "refused 127.0.0.1: it and this machine do not have the same certificates, or their time is over",
        "refused 127.0.0.1: it does not speak TLS, as builds and workers do",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["others", "ours"]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_without_certificates_nothing_listens_to_other_machines(host: str) -> None:
    with scheduler("--host", host) as (served, address), program("worker", address, "--slots", "1") as worker:
        worker.wait_for("connected")
        processes = [psutil.Process(served.process.pid), *worker.descendants]
        listening = {
            connection.laddr.ip
            for process in processes
            for connection in process.net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN
        }
        with client(address) as connected:
            assert connected.submit(sum, [1, 2]).result(SECONDS) == 3

    assert listening == {host}


def test_a_port_that_is_taken_is_said() -> None:
    with scheduler() as (_, address):
        run = toolchain("scheduler", "--port", address.rpartition(":")[2])

    assert run.code == 2
    assert f"{address}: cannot listen there: Address already in use\n" in run.stderr


def test_a_killed_worker_is_back_and_what_it_ran_is_gone(tmp_path: Path) -> None:
    arguments = ("--slots", "1", "--name", "a", "--local-directory", tmp_path)
    with scheduler() as (_, address), program("worker", address, *arguments) as worker:
        worker.wait_for("connected")
        with client(address) as connected:
            kernel = busy(connected, worker)
            (number,) = connected.run(os.getpid).values()
            connected.cancel(list(connected.futures), force=True)
            for path in tmp_path.iterdir():  # as what cleans up temporary files does after some weeks
                shutil.rmtree(path)
            os.kill(number, signal.SIGKILL)
            worker.wait_for("a-cpu ended: it was ended by signal 9 (SIGKILL); it is started again")
            worker.wait_for(f"connected to {address}: 1 worker")
            until(lambda: len(connected.scheduler_info()["workers"]) == 1, "the worker is back")
            (again,) = connected.run(os.getpid).values()

    assert again != number
    assert not kernel.is_running()


def test_a_worker_whose_name_is_taken_says_so_and_waits() -> None:
    with (
        scheduler() as (_, address),
        program("worker", f"{address}/", "--slots", "1", "--name", "a/b") as worker,
    ):
        worker.wait_for("connected")
        with program("worker", address, "--slots", "1", "--name", "a/b") as another:
            message = another.wait_for("waiting for the scheduler at ")
            worker.end()
            another.wait_for("connected")

    assert "it has a worker of the same name" in message
    assert "--name" in message
    assert not [line for line in another.lines if "status" in line or "exited" in line]


def test_workers_outlive_their_scheduler() -> None:
    with scheduler() as (first, address), program("worker", address, "--slots", "1") as worker:
        worker.wait_for("connected")
        first.end(signal.SIGKILL)
        worker.wait_for(f"lost the scheduler at {address}: looking for it until interrupted")
        worker.wait_for(f"waiting for the scheduler at {address}: ")
        with scheduler(port=int(address.rpartition(":")[2])) as (_, same):
            assert same == address
            worker.wait_for("connected")
            with client(address) as connected:
                assert connected.submit(sum, [1, 2]).result(SECONDS) == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_whatever_ends_it_nothing_is_left(number: signal.Signals, tmp_path: Path) -> None:
    env = simulated_driver(tmp_path / "bin", [AMPERE, AMPERE]) | {"CUDA_VISIBLE_DEVICES": "0,1"}
    scratch = tmp_path / "scratch"
    arguments = ("--slots", "1", "--local-directory", scratch)
    with scheduler() as (_, address), program("worker", address, *arguments, env=env) as worker:
        worker.wait_for("connected")
        with client(address) as connected:
            kernel = busy(connected, worker)
            processes = worker.descendants

            code = worker.end(number, times=20)

            until(lambda: not any(process.is_running() for process in processes), "all processes are gone")
        assert kernel in processes
        assert len(processes) >= 3 * 2 + 1
        if number == signal.SIGKILL:  # nobody was left to do it; the next one does
            assert list(scratch.iterdir())
            with program("worker", address, *arguments) as following:
                following.wait_for("connected")
                following.end()
        else:
            assert code == 130
            assert worker.lines[-1] == "ended: 3 workers"
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--memory", "much", "Invalid value for '--memory': 'much' is no amount such as 500 MB or 16 GiB"),
        ("--python", "no-such-python", "error: --python: 'no-such-python' is not on this machine"),
    ],
)
def test_options_of_a_worker_that_mean_nothing_are_named(option: str, value: str, message: str) -> None:
    run = toolchain("worker", "tcp://127.0.0.1:1", option, value)

    assert run.code == 2
    assert message in run.stderr


@pytest.mark.parametrize("command", [["scheduler", "--port", "0"], ["worker", "tcp://127.0.0.1:1"]])
def test_what_builds_across_machines_need_is_named_where_it_is_not_installed(
    command: list[str], tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nsys.modules['distributed'] = None\n", encoding="utf-8"
    )

    run = toolchain(*command, env={"PYTHONPATH": str(tmp_path)})

    assert run.code == 2
    assert run.stderr == (
        "error: builds across machines need distributed\nIn the toolchain's checkout: pip install '.[cluster]'\n"
    )


def test_a_quiet_cluster_says_no_more_than_it_has_to() -> None:
    with program("-q", "scheduler", "--port", "0") as waiting:
        waiting.wait_for("scheduler at ")
        address = waiting.lines[0].removeprefix("scheduler at ").strip()
        with program("-q", "worker", address, "--slots", "1") as worker:
            worker.wait_for("connected to")
            assert [line.strip() for line in worker.lines] == [f"connected to {address}: 1 worker"]
        assert waiting.lines == [f"scheduler at {address}"]


def test_dasks_own_log_is_there_for_who_asks_for_it() -> None:
    with program("-v", "scheduler", "--port", "0") as waiting:
        waiting.wait_for("scheduler at ")
        assert any("distributed.scheduler" in line and "Scheduler at:" in line for line in waiting.lines)


def test_a_worker_that_cannot_be_started_for_want_of_a_folder_is_told_with_the_place(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    *_, offered = offer.of_this_machine(gpus_per_worker=1, slots=1, memory=GIB)
    workers = hosting.Workers(
        scheduler="tls://127.0.0.1:1",
        certificates=tmp_path,
        name="here",
        offers=(offered,),
        folder=tmp_path / "file",
        python=None,
    )
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hosting.run(workers, say)

    ended = f"here-cpu ended: it exited with code 1: {tmp_path / 'file'}: File exists"
    assert said == [f"{ended}; it is started again"]


def test_a_worker_whose_certificates_have_gone_says_so_in_a_line(tmp_path: Path) -> None:
    options = member.WorkerOptions(
        scheduler="tls://127.0.0.1:1",
        certificates=str(tmp_path / "gone"),
        name="here-cpu",
        threads=1,
        resources={},
        folder=str(tmp_path),
    )

    ended = subprocess.run(member.command(options), capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"{tmp_path / 'gone'}: No such file or directory")


def test_nothing_to_offer_is_said(tmp_path: Path) -> None:
    run = toolchain("worker", "tcp://127.0.0.1:1", "--slots", "0", env={"PATH": str(tmp_path)})

    assert run.code == 2
    assert "there is nothing to offer" in run.stderr


def test_an_interpreter_is_compared_with_a_lock(tmp_path: Path) -> None:
    installed = distributions.read(Path(sys.executable))
    others = [
        distribution
        for distribution in installed.distributions
        if distribution.split("==")[0] not in distributions.INSTALLERS
    ]
    lock = "".join(f"{distribution} \\\n    --hash=sha256:00\n" for distribution in others)

    assert distributions.differences(lock, installed.python, Path(sys.executable)) == ()
    changed = lock.replace(others[0], f"{others[0]}.1") + "not-there==2.0\n"
    name, version = others[0].split("==")
    assert distributions.differences(changed, "3.4", Path(sys.executable)) == (
        f"Python {installed.python}, not 3.4",
        f"{name} {version}, {version}.1 in the lock",
        "not-there is missing, 2.0 in the lock",
    )
    lacking = tuple(f"{number} is missing" for number in range(12))
    assert distributions.as_lines(lacking).splitlines()[9:] == ["  9 is missing", "  and 2 more"]
    assert distributions.as_lines(lacking[:10]).splitlines()[9:] == ["  9 is missing"]
    for python, message in ((tmp_path / "python", "does not start"), (bare(tmp_path), "has no ipykernel")):
        with pytest.raises(KernelEnvironmentError, match=message):
            distributions.differences(lock, installed.python, python)
    run = toolchain("worker", "tcp://127.0.0.1:1", "--python", bare(tmp_path))
    assert run.code == 2
    assert "has no ipykernel, so it cannot run notebooks" in run.stderr


def bare(folder: Path) -> Path:
    """Make an environment with nothing in it."""
    python = folder / "bare/bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "bare"], check=True)
    return python
