"""Why a scheduler is not reached is told as it is: with real schedulers, and with what else may listen at an address."""

import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import distributed
import pytest
from support import simulated_machines as machines

from toolchain.cluster import certificates, unreachable

TIMED_OUT = OSError("Timed out trying to connect")
"""What Dask says in the end, whatever the reason is."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Give the certificates of two authorities."""
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("ours", "others"):
        certificates.make(folder / name)
    return folder / "ours", folder / "others"


def diagnose(address: str, folder: Path | None = None) -> tuple[str, str]:
    return unreachable.diagnose(address, certificates.security(folder) if folder else None, TIMED_OUT)


@contextmanager
def without_certificates() -> Iterator[str]:
    """Run a scheduler of Dask's, as others start it in a network that they trust; give its address."""
    pages = "127.0.0.1:0"
    with distributed.LocalCluster(n_workers=0, dashboard_address=pages) as cluster:
        yield cluster.scheduler_address


@contextmanager
def listening(*, full: bool) -> Iterator[int]:
    """Listen and say nothing; with no room for anybody more, if it is `full`. Give the port."""
    with ExitStack() as stack:
        served = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0 if full else 5))
        port: int = served.getsockname()[1]
        if full:
            for _ in range(3):  # Linux has room for one more than was asked for
                waiting = stack.enter_context(socket.socket())
                waiting.settimeout(0)
                waiting.connect_ex(("127.0.0.1", port))
        yield port


def test_a_scheduler_that_is_there_was_slow(folders: tuple[Path, Path]) -> None:
    ours, _ = folders
    with without_certificates() as open_to_all, machines.scheduler("--certificates", ours) as (_, closed):
        assert diagnose(open_to_all) == (unreachable.SLOW, "")
        assert diagnose(closed, ours) == (unreachable.SLOW, "")


def test_certificates_of_another_authority_are_named(folders: tuple[Path, Path]) -> None:
    ours, others = folders
    with machines.scheduler("--certificates", ours) as (_, address):
        reason, remedy = diagnose(address, others)

    assert reason == f"{unreachable.OTHER_CERTIFICATES} (certificate verify failed)"
    assert remedy == unreachable.COPY


def test_a_certificate_that_only_the_scheduler_refuses_is_named(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    ours, others = folders
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    (mixed / "ca.pem").write_text((ours / "ca.pem").read_text() + (others / "ca.pem").read_text())
    for name in ("cert.pem", "key.pem"):
        shutil.copy(others / name, mixed)
    with machines.scheduler("--certificates", ours) as (_, address):
        reason, remedy = diagnose(address, mixed)

    assert reason.startswith(unreachable.OTHER_CERTIFICATES)
    assert remedy == unreachable.COPY


def test_the_wrong_protocol_is_named(folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    ours, _ = folders
    monkeypatch.setattr(unreachable, "ASK_SECONDS", 1)
    with without_certificates() as open_to_all, machines.scheduler("--certificates", ours) as (_, closed):
        reason, remedy = diagnose(open_to_all.replace("tcp:", "tls:"), ours)
        assert reason.startswith(unreachable.NO_SCHEDULER)
        assert remedy == unreachable.PROTOCOL
        assert diagnose(closed.replace("tls:", "tcp:")) == (unreachable.NO_SCHEDULER, unreachable.PROTOCOL)


def test_what_is_no_scheduler_what_refuses_and_what_is_silent_are_told_apart(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unreachable, "ASK_SECONDS", 1)
    with listening(full=False) as port:
        assert diagnose(f"tcp://127.0.0.1:{port}") == (unreachable.NO_SCHEDULER, unreachable.PROTOCOL)
        assert diagnose(f"tls://127.0.0.1:{port}", folders[0]) == (
            unreachable.NO_SCHEDULER,
            unreachable.PROTOCOL,
        )
    assert diagnose(f"tcp://127.0.0.1:{port}") == ("Connection refused", "")
    with listening(full=True) as port:
        assert diagnose(f"tcp://127.0.0.1:{port}") == (unreachable.SILENT, "")
    assert re.search("not known|name resolution", diagnose("tcp://no-such-host.invalid:8786")[0])
    assert diagnose("inproc://192.0.2.1/1/1") == (str(TIMED_OUT), "")
