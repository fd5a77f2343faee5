"""Who is let in on one machine: its other users are not, whatever they try, and what they try disturbs nobody."""

import json
import os
import re
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
from support import simulated_machines as machines
from support.places import TESTS
from support.projects import write_notebooks

from toolchain.base.errors import ConfigError
from toolchain.cluster import certificates, peers

AS_ROOT = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can become another user of the machine"
)
STRANGER = TESTS / "cluster/stranger.py"
STARTED_HERE = TESTS / "cluster/started_here.py"
WAITS = "import os, time\nwhile not os.path.exists({go!r}):\n    time.sleep(0.05)\nprint('went')"
TRIES = 500


def ports(*processes: psutil.Process) -> list[int]:
    """Return the ports that processes listen at."""
    connections = [connection for process in processes for connection in process.net_connections("tcp")]
    return [connection.laddr.port for connection in connections if connection.status == psutil.CONN_LISTEN]


@AS_ROOT
def test_another_user_of_the_machine_gets_nothing_and_is_named_once(tmp_path: Path) -> None:
    go = tmp_path / "go"
    project = write_notebooks(tmp_path / "book", "", {"one": ("", WAITS.format(go=str(go)))})
    certificates.make(tmp_path / "others")
    with (
        machines.scheduler() as (scheduler, address),
        machines.program("worker", address, "--slots", "1") as worker,
    ):
        worker.wait_for("connected to")
        with machines.program("execute", "--scheduler", address, "--project", project) as build:
            build.wait_for("run     one")
            members = [
                process for process in worker.descendants if "toolchain.cluster.member" in process.cmdline()
            ]
            served = ports(psutil.Process(scheduler.process.pid), *members)
            assert len(served) == 2  # and none for pages about what goes on
            arguments = (tmp_path / "others", peers.own(), TRIES, *served)
            stranger = subprocess.run(
                [sys.executable, STRANGER, *map(str, arguments)],
                capture_output=True,
                text=True,
                check=False,
                timeout=600,
            )
            go.touch()
            assert build.process.wait(machines.SECONDS) == 0, build.lines
        said = [line for line in (*scheduler.lines, *worker.lines) if "refused" in line]
        assert worker.end() == 130
        assert scheduler.end() == 130

    assert stranger.returncode == 0, stranger.stderr
    assert json.loads(stranger.stdout) == []
    assert any("1 of 1 notebook run" in line for line in build.lines)
    refused = (
        "refused 127.0.0.1: it and this machine do not have the same certificates, or their time is over",
        "refused 127.0.0.1: it does not speak TLS, as builds and workers do",
    )
    name = os.uname().nodename
    assert sorted(said) == sorted([*refused, *(f"{name}-cpu {line}" for line in refused)])


def test_two_who_begin_together_make_the_same_certificates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with ThreadPoolExecutor(8) as threads:
        folders = list(threads.map(lambda _: peers.own(), range(8)))

    assert set(folders) == {tmp_path / "toolchain-certificates"} == set(tmp_path.iterdir())
    assert peers.reach("tls://127.0.0.1:1", None).security()


def test_ones_own_certificates_that_others_could_read_are_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    folder = peers.own()

    for path, mode, problem in (
        (folder / "key.pem", 0o640, "is not yours alone"),
        (folder, 0o755, "is not yours alone"),
    ):
        kept = stat.S_IMODE(path.stat().st_mode)
        path.chmod(mode)
        with pytest.raises(ConfigError, match=problem) as raised:
            peers.own()
        assert raised.value.remedy.startswith(f"Remove {folder}: ")
        path.chmod(kept)
    (folder / "key.pem").unlink()
    with pytest.raises(ConfigError, match=r"key\.pem: is not there"):
        peers.own()
    monkeypatch.setenv("XDG_DATA_HOME", "/dev/null/folder")
    with pytest.raises(ConfigError, match="no certificates can be made there: Not a directory") as raised:
        peers.own()
    assert "--certificates" in raised.value.remedy


def started_here(which: str) -> Any:
    """Have a process start a cluster as the toolchain does; return what it tells of it."""
    run = subprocess.run(
        [sys.executable, STARTED_HERE, which],
        capture_output=True,
        text=True,
        check=False,
        cwd=TESTS / "cluster",
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_a_cluster_that_is_started_here_lets_nobody_in_and_has_no_pages() -> None:
    told = started_here("guarded")

    refusals = told.pop("refused")
    # The scheduler, the worker and what watches over it; a page would be one more.
    assert told == {"protocol": "tls", "inside": 2, "outside": 1, "problem": "", "left": 0}
    assert len(refusals) == 3
    for refusal in refusals:
        assert re.search(r"Timed out|closed|in 1 s|connect", refusal), refusal


def test_a_cluster_without_certificates_is_refused_unless_somebody_trusts_its_network() -> None:
    told = started_here("unguarded")

    assert len(told["errors"]) == 2
    for error, remedy, left in told["errors"]:
        assert "has no certificates" in error
        assert "`trusted_network = true`" in remedy
        assert left == 0
    assert told["address"].startswith("tcp://")
    assert told["problem"] == ""
