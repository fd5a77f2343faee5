"""Programs that a build watches end with what it does, and say how they ended."""

import os
import sys
import time
from pathlib import Path

import psutil
import pytest

from toolchain.processes.programs import Programs, how_it_ended

SLEEPS = "import os, time; print(os.getpid(), flush=True); time.sleep(1000)"


def gone(pid: str) -> bool:
    """Wait until a process is gone; say whether it is."""
    deadline = time.monotonic() + 60
    while (there := psutil.pid_exists(int(pid))) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not there


def test_a_program_ends_when_who_reads_it_fails(tmp_path: Path) -> None:
    lines: list[str] = []

    def step(line: str) -> None:
        lines.append(line)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Programs().run([sys.executable, "-c", SLEEPS], tmp_path, dict(os.environ), tmp_path / "log", step)

    assert gone(lines[0])
    assert (tmp_path / "log").read_text(encoding="utf-8") == lines[0]


def test_a_program_whose_time_is_over_is_ended(tmp_path: Path) -> None:
    lines: list[str] = []

    with pytest.raises(TimeoutError):
        Programs().run(
            [sys.executable, "-c", SLEEPS],
            tmp_path,
            dict(os.environ),
            tmp_path / "log",
            lines.append,
            limit=1.0,
        )

    assert gone(lines[0])


def test_a_log_without_room_is_named(tmp_path: Path) -> None:
    (tmp_path / "log").symlink_to("/dev/full")
    prints = [sys.executable, "-c", "print('x' * 100000)"]

    with pytest.raises(OSError, match="No space left on device") as raised:
        Programs().run(prints, tmp_path, dict(os.environ), tmp_path / "log", lambda _: None)

    assert raised.value.filename == str(tmp_path / "log")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (3, "it exited with code 3"),
        (-9, "it was ended by signal 9 (SIGKILL)"),
        (-40, "it was ended by signal 40"),  # a real-time signal has no name
    ],
)
def test_how_a_program_ended_is_said(code: int, said: str) -> None:
    assert how_it_ended(code) == said
