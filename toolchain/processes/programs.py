"""Programs that we watch: their output goes into a log and to whoever shows progress, and they end when we do."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

from toolchain.base import refusals, terminal
from toolchain.processes import guard

SECONDS_TO_SAY = 3.0
"""That a program has, once it is interrupted, to write down where it is."""


ONE_LANGUAGE = dict.fromkeys(("LANG", "LC_ALL"), "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8")
"""A locale that every system has; Debian's minimal images and macOS have no other in common."""

PLAIN = {"NO_COLOR": "1"}
"""By which programs print no escape sequences: https://no-color.org."""

COLOURED = ("CLICOLOR_FORCE", "FORCE_COLOR", "FORCE_COLOUR")
"""By which they print them into a log as well, whatever else they are told."""


def environment(**variables: str) -> dict[str, str]:
    """Return the environment of a program that we start: the person's own, and these variables, but in one language.

    What programs say is read by us, and in one language by all people in their logs, without the colours that Sphinx
    takes a CI service (`CI=true`) to want. And the person's own locale may be one that this machine lacks, as where ssh
    hands it on: then Sphinx would crash.
    """
    own = {
        name: value
        for name, value in os.environ.items()
        if name not in {"LANGUAGE", *COLOURED} and not name.startswith("LC_")
    }
    return {**own, **ONE_LANGUAGE, **PLAIN, **variables}


def run(
    command: Sequence[str | Path],
    *,
    folder: Path | None = None,
    variables: Mapping[str, str] | None = None,
    limit: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a short program to its end and return its exit code and what it has printed; it can read nothing.

    What it prints need not be UTF-8: a file's name in it, say.
    Raises OSError if it cannot be started, TimeoutExpired if it runs for more than `limit` seconds.
    """
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(**(variables or {})),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        stdin=subprocess.DEVNULL,
        timeout=limit,
        check=False,
    )


class Programs:
    """The programs that a build has started, in whatever thread."""

    def __init__(self) -> None:
        """Begin with none."""
        self._leashes: list[guard.Leash] = []
        self._ending = False

    def end_all(self) -> None:
        """End the programs that other threads of ours watch, and those that they are about to start."""
        self._ending = True
        for leash in list(self._leashes):
            leash.close()

    def run(
        self,
        command: list[str],
        folder: Path,
        environment: Mapping[str, str],
        log: Path,
        step: Callable[[str], None],
        *,
        limit: float | None = None,
        interrupted: str = "",
    ) -> int:
        """Run a program, its output into a log and line by line to `step`; end it if we end, however that happens.

        Raises TimeoutError if it runs for more than `limit` seconds; it is ended then, too, and those of its processes
        whose name is `interrupted` get SIGINT a moment before.
        """
        leash, timed_out = guard.Leash(), threading.Event()
        self._leashes.append(leash)
        with (
            refusals.naming(log),
            closing(leash),
            log.open("w", encoding="utf-8") as log_file,
            subprocess.Popen(
                guard.command(command),
                cwd=folder,
                env=environment,
                stdin=leash.stdin,
                start_new_session=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
            ) as process,
        ):
            leash.started()
            if self._ending:
                leash.close()
            alarm = _alarm(limit, partial(_end_late, process, leash, timed_out, interrupted))
            try:
                for line in process.stdout or ():
                    log_file.write(terminal.message(line))
                    step(line)
            except BaseException:
                leash.close()
                if not guard.AVAILABLE:
                    process.kill()  # pragma: no cover - Windows
                raise
            finally:
                alarm.cancel()
        if timed_out.is_set():
            raise TimeoutError
        return process.returncode


def _alarm(limit: float | None, end: Callable[[], None]) -> threading.Timer:
    """Return a timer that calls `end` after `limit` seconds; without a limit it is not started."""
    timer = threading.Timer(limit or 0.0, end)
    timer.daemon = True
    if limit:
        timer.start()
    return timer


def _end_late(
    process: subprocess.Popen[str], leash: guard.Leash, timed_out: threading.Event, interrupted: str
) -> None:
    """End a program whose time is over; its processes of the name `interrupted` may first write down where they are."""
    timed_out.set()
    if interrupted:
        guard.interrupt(process.pid, interrupted)
        with suppress(subprocess.TimeoutExpired):
            process.wait(SECONDS_TO_SAY)
    leash.close()
    if not guard.AVAILABLE:
        process.kill()  # pragma: no cover - Windows


def how_it_ended(code: int) -> str:
    """Say in words how a process ended."""
    if code >= 0:
        return f"it exited with code {code}"
    try:
        return f"it was ended by signal {-code} ({signal.Signals(-code).name})"
    except ValueError:
        return f"it was ended by signal {-code}"
