"""Machines for tests of what goes on between them: a driver of simulated GPUs, and programs that run until they are ended."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from support.network_hosts import Host

GIB = 2**30
SECONDS = 120
"""A slow machine under load needs seconds to start a process; nothing here needs minutes."""
DRIVER = """\
#!{python}
import sys
query = next(argument for argument in sys.argv if argument.startswith("--query-gpu=")).partition("=")[2].split(",")
for index, (name, capability, memory) in enumerate({gpus!r}):
    fields = {{
        "index": str(index),
        "uuid": f"GPU-{{index}}{{index}}{{index}}",
        "name": name,
        "compute_cap": capability,
        "memory.total": f"{{memory}} MiB",
        "driver_version": "535.104.05",
    }}
    print(", ".join(fields[field] for field in query))
"""


def simulated_driver(folder: Path, gpus: Sequence[tuple[str, str, int]]) -> dict[str, str]:
    """Write an `nvidia-smi` that knows these GPUs: name, compute capability, MiB; return the PATH to find it by."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "nvidia-smi"
    path.write_text(DRIVER.format(python=sys.executable, gpus=list(gpus)))
    path.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def until(condition: Callable[[], bool], description: str) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"not within {SECONDS} s: {description}"
        time.sleep(0.1)


class Program:
    """A `toolchain` command that runs until it is ended, and the lines that it has printed."""

    def __init__(
        self, *arguments: str | Path, env: dict[str, str] | None = None, host: Host | None = None
    ) -> None:
        """Start it, on a host if one is given."""
        command = [sys.executable, "-m", "toolchain", *map(str, arguments)]
        self.process = subprocess.Popen(
            host.command(*command) if host else command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            env={**(host.env if host else os.environ), **(env or {})},
        )
        self.lines: list[str] = []
        self._unread: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, text: str) -> str:
        """Wait until it says a line with this text; return the line."""
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                line = self._unread.get(timeout=max(deadline - time.monotonic(), 0))
            except queue.Empty:
                line = None
            assert line is not None, f"it did not say {text!r}:\n" + "\n".join(self.lines)
            if text in line:
                return line

    def end(self, number: int = signal.SIGTERM, *, times: int = 1) -> int:
        """Send it a signal, as an impatient person does perhaps, and wait for its end; return its exit code."""
        with suppress(ProcessLookupError):
            for _ in range(times):
                self.process.send_signal(number)
                time.sleep(0.005)
        code = self.process.wait(SECONDS)
        self._reader.join(SECONDS)
        return code

    @property
    def descendants(self) -> list[psutil.Process]:
        """All processes that it has started, and that they have started."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout:
            for line in self.process.stdout:
                self.lines.append(line.rstrip("\n"))
                self._unread.put(self.lines[-1])
        self._unread.put(None)


@contextmanager
def program(
    *arguments: str | Path, env: dict[str, str] | None = None, host: Host | None = None
) -> Iterator[Program]:
    """Run a `toolchain` command; end it if the test has not."""
    started = Program(*arguments, env=env, host=host)
    try:
        yield started
    finally:
        started.end()


@contextmanager
def scheduler(
    *arguments: str | Path, port: int = 0, env: dict[str, str] | None = None
) -> Iterator[tuple[Program, str]]:
    """Run `toolchain scheduler`; give it and its address."""
    with program("scheduler", "--port", str(port), *arguments, env=env) as started:
        yield started, started.wait_for("scheduler at ").removeprefix("scheduler at ")
