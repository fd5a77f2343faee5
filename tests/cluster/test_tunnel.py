"""The README's six lines: a laptop builds with a host's worker, through a port that `ssh -L` would carry over."""

import contextlib
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

from support import simulated_machines as machines
from support.projects import copy_project
from support.running import run_toolchain

from toolchain.cluster import peers, unreachable

PIECE = 1 << 16


def carry(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(PIECE):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def tunnel(port: int) -> Iterator[int]:
    """Listen at another port, and carry what comes to this one and back, as ssh does."""
    with contextlib.ExitStack() as ends, socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    near = ends.enter_context(listening.accept()[0])
                    far = ends.enter_context(socket.create_connection(("127.0.0.1", port)))
                    for direction in ((near, far), (far, near)):
                        threading.Thread(target=carry, args=direction, daemon=True).start()

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield int(listening.getsockname()[1])
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_a_laptop_builds_through_a_tunnel_that_leads_to_the_scheduler_only(tmp_path: Path) -> None:
    project = copy_project("minimal", tmp_path)
    driver = machines.simulated_driver(tmp_path / "bin", [("Simulated", "8.6", 16384)])
    page = project / "book/chapter_waves/index.md"
    page.write_text("---\nexecution: {gpus: 1}\n" + page.read_text(encoding="utf-8").removeprefix("---\n"))
    lock = tmp_path / "kernel/cpu.lock"
    lock.with_name("gpu.lock").write_bytes(lock.read_bytes())

    with (
        machines.scheduler() as (_, address),
        machines.program("worker", address, "--slots", "0", env=driver) as worker,
        tunnel(int(address.rpartition(":")[2])) as port,
    ):
        worker.wait_for("connected to")
        there = f"tls://127.0.0.1:{port}"
        # Nobody is let in who has only the way there: the laptop's own certificates are others.
        laptop = {"XDG_DATA_HOME": str(tmp_path / "laptop")}
        refused = run_toolchain("execute", "--scheduler", there, project=project, env=laptop)
        copied = shutil.copytree(peers.own(), tmp_path / "lab1")
        build = run_toolchain(
            *("build", "html", "--scheduler", there, "--certificates", copied, "--json"),
            project=project,
            env=laptop,
        )

    assert refused.code == 2
    assert f"error: {there}: no scheduler answers: {unreachable.OTHER_CERTIFICATES}" in refused.stderr
    assert build.code == 0, build.stderr
    assert "  done    1 of 1 notebook run\n" in build.stderr
    assert [(notebook["status"], notebook["device"]) for notebook in build.json["notebooks"]] == [
        ("executed", "Simulated")
    ]
