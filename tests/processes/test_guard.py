"""What runs under a guard ends with it, and with whoever holds its leash."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from toolchain.processes import guard

pytestmark = pytest.mark.skipif(not guard.AVAILABLE, reason="there are no guards on this system")
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def leash() -> Iterator[guard.Leash]:
    held = guard.Leash()
    yield held
    held.close()


@pytest.fixture
def start(leash: guard.Leash) -> Start:
    """Start a program, or some Python, under a guard."""

    def run(code: str, *program: str) -> "subprocess.Popen[str]":
        command = guard.command([*program] or [sys.executable, "-c", code])
        process = subprocess.Popen(
            command, stdin=leash.stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        leash.started()
        return process

    return run


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("print('said')", 0),
        ("import sys; sys.exit(3)", 3),
        ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL),
        ("import os; os.abort()", -signal.SIGABRT),
    ],
)
def test_it_ends_as_its_program_did(code: str, expected: int, start: Start) -> None:
    process = start(code)

    output = process.communicate(timeout=60)[0]

    assert process.returncode == expected
    assert output == ("said\n" if expected == 0 else "")


def test_a_program_that_is_not_there_is_named(start: Start, tmp_path: Path) -> None:
    process = start("", str(tmp_path / "nothing"))

    assert "nothing: No such file or directory" in process.communicate(timeout=60)[0]
    assert process.returncode == guard.CANNOT_START


@pytest.mark.parametrize("how", ["leash", "program", "signal"])
@pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere a process can leave its group and so its guard"
)
def test_nothing_is_left_of_all_that_was_started(how: str, start: Start, leash: guard.Leash) -> None:
    process = start(
        "import os, subprocess, sys, time\n"
        "one = subprocess.Popen(['sleep', '1000'])\n"
        "two = subprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
        "three = subprocess.check_output(['sh', '-c', 'setsid sleep 1000 > /dev/null & echo $!'], text=True)\n"
        "print(os.getpid(), one.pid, two.pid, three, flush=True)\n"
        + ("" if how == "program" else "time.sleep(1000)")
    )
    assert process.stdout is not None
    numbers = [int(number) for number in process.stdout.readline().split()]

    if how == "leash":
        leash.close()
    elif how == "signal":
        process.terminate()
    process.wait(timeout=60)

    assert [number for number in numbers if psutil.pid_exists(number)] == []
    process.stdout.close()


def test_a_guard_that_is_killed_takes_its_program_along(start: Start) -> None:
    process = start("import os, time; print(os.getpid(), flush=True); time.sleep(1000)")
    assert process.stdout is not None
    number = int(process.stdout.readline())

    process.kill()
    process.wait(timeout=60)

    deadline = time.monotonic() + 60
    while _lives(number) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _lives(number)
    process.stdout.close()


def _lives(number: int) -> bool:
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_programs_standard_input_is_empty(start: Start) -> None:
    process = start("import sys; print(repr(sys.stdin.read()))")
    assert process.communicate(timeout=60)[0] == "''\n"
