"""A program that is kept running and asked again and again: requests are lines that it reads, answers what it prints."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from toolchain.processes import guard

REQUESTS = "{requests}"
"""Stands in the command for the number of the pipe that it reads."""
SECONDS_TO_END = 10.0


class Partner:
    """A program under a guard: it ends when we do, however that happens."""

    def __init__(self, command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
        """Start it. Raises OSError if it cannot be started."""
        requests, own_end = os.pipe()
        self._requests = os.fdopen(own_end, "wb")
        self._leash = guard.Leash()
        try:
            self._process = subprocess.Popen(
                guard.command([part.replace(REQUESTS, str(requests)) for part in command]),
                cwd=folder,
                env=dict(environment),
                stdin=self._leash.stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(requests,),
                start_new_session=True,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        finally:
            os.close(requests)
            self._leash.started()

    def ask(self, request: bytes) -> None:
        """Give it a line; one that has ended takes none."""
        with suppress(OSError):
            self._requests.write(request + b"\n")
            self._requests.flush()

    def answers(self) -> Iterator[str]:
        """Yield the lines that it prints, until it ends."""
        for line in self._process.stdout or ():  # noqa: UP028 - `yield from` would close it with the iterator
            yield line

    def is_alive(self) -> bool:
        """Say whether it still runs."""
        return self._process.poll() is None

    def ended(self) -> int:
        """Return its exit code, negative for a signal, when it has ended."""
        return self._process.wait()

    def let_end(self) -> None:
        """Have it end with all that it has started, which takes a moment: `end` waits for that."""
        with suppress(OSError):
            self._requests.close()
        self._leash.close()

    def end(self) -> None:
        """End it with all that it has started."""
        self.let_end()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(SECONDS_TO_END)
        if self._process.stdout:
            self._process.stdout.close()
