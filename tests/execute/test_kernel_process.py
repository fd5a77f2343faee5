"""A kernel's process ends with its guard, also if the guard itself hangs."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from toolchain.execute.kernel_process import GuardedProcess
from toolchain.processes import guard

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere a guard that is killed leaves its program"
)


def process(folder: Path) -> GuardedProcess:
    manager = AsyncKernelManager(connection_file=str(folder / "kernel.json"))
    return GuardedProcess(kernel_id="one", kernel_spec=KernelSpec(), parent=manager)


def test_a_kernel_that_was_not_started_has_nothing_to_end(tmp_path: Path) -> None:
    kernel = process(tmp_path)

    kernel.end()

    assert kernel.exit_code is None


def test_a_guard_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "SECONDS_TO_END", 0.0)
    kernel = process(tmp_path)
    asyncio.run(kernel.launch_kernel(["sleep", "1000"], env=dict(os.environ)))
    hanging = psutil.Process(kernel.pid)
    deadline = time.monotonic() + 60
    while "sleep" not in [child.name() for child in hanging.children()]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    started = hanging.children()
    hanging.send_signal(signal.SIGSTOP)

    kernel.end()

    assert not hanging.is_running()
    assert kernel.exit_code is None
    assert psutil.wait_procs(started, timeout=60)[1] == []
