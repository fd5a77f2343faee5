"""What ends the toolchain: heard from the first moment on, said in a line, and not lost."""

import signal
import subprocess
import sys
import time

import pytest
from support.killing import ended, hears

LINE = "error: interrupted; what had finished is kept\n"
LOST = """\
import os, signal, threading, time

from toolchain.processes import signals


class Removed:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.1)


signals.install_handlers()
threading.Thread(target=time.sleep, args=(100000,)).start()
try:
    Removed()
    time.sleep(100000)
except KeyboardInterrupt:
    signals.exit_interrupted()
"""


def started(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_one_that_comes_where_python_can_raise_nothing_is_not_lost_and_no_thread_is_waited_for() -> None:
    run = ended(started("-c", LOST))

    assert (run.code, run.stdout, run.stderr) == (130, "", LINE)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_that_comes_while_the_program_is_imported_is_a_line(number: signal.Signals) -> None:
    process = started("-m", "toolchain", "doctor")
    # The last of the three that we handle; Python itself handles the first, and takes a moment until it runs a program.
    while process.poll() is None and not hears(process.pid, signal.SIGHUP):
        time.sleep(0.001)

    process.send_signal(number)

    run = ended(process)
    assert (run.code, run.stdout) == (130, "")
    assert run.stderr.strip() == LINE.strip()
