"""The toolchain run as a person runs it, and what it left."""

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from support.forked_python import Python


@dataclass(frozen=True)
class Run:
    """How a run of the toolchain ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """What --json printed."""
        return json.loads(self.stdout)


ANOTHER_SEED = {"PYTHONHASHSEED": "7"}
"""In a run's environment: whatever depends on the order of a set comes out otherwise."""
Toolchain = Callable[..., Run]


def run_toolchain(*arguments: str | Path, project: Path, env: dict[str, str] | None = None) -> Run:
    """Run `toolchain` with these arguments on a project, in a process of its own."""
    return run_in(None, *arguments, "--project", project, env=env)


def run_in(folder: Path | None, *arguments: str | Path, env: dict[str, str] | None = None) -> Run:
    """Run `toolchain` with these arguments in a folder, on whatever is named there."""
    result = subprocess.run(
        [quick_python().executable, "-m", "toolchain", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        cwd=folder,
        env={**os.environ, **(env or {})},
    )
    return Run(code=result.returncode, stdout=result.stdout, stderr=result.stderr)


def without_privileges(*arguments: str, project: Path) -> Run:
    """Run the toolchain so that permissions count, as they do not for root."""
    drop = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    command = [*drop, sys.executable, "-m", "toolchain", *arguments, "--project", str(project)]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    return Run(code=process.returncode, stdout=process.stdout, stderr=process.stderr)


@cache
def quick_python() -> Python:
    """Give the Python that this worker's runs of the toolchain use."""
    python = Python()
    atexit.register(python.close)
    return python


def attempt(project: Path) -> Run:
    """Build all forms of a book, of those parts of it that are good; always the same command, so that it is done once."""
    return run_toolchain("build", "--keep-going", project=project)


def report_of(project: Path) -> Any:
    """Return the project's report.json."""
    return json.loads((project / "_build" / "report.json").read_text(encoding="utf-8"))


def wait_for(build: "subprocess.Popen[str]", *words: str) -> None:
    """Wait until a build that was started has said all of this on standard error."""
    assert build.stderr is not None
    output = ""
    while any(said not in output for said in words):
        line = build.stderr.readline()
        assert line, output
        output += line
