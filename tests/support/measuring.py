"""What a command costs, whose work is counted with that of all processes that it starts; and tables of it."""

import os
import platform
import statistics
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from toolchain.processes import hardware


class Cost(Struct, frozen=True):
    """Of one run, or the medians of several."""

    seconds: float
    """From its start to its end."""
    busy: float
    """Seconds that all cores together have worked for it."""
    memory: int
    """Bytes that the largest of its processes had."""


def cost(command: Sequence[str | Path], *, cwd: Path) -> Cost:
    """Run a command, with bytecode as people have it, and return what it cost. It has to end well."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    output = cwd / "output-of-command"
    start = time.perf_counter()
    with output.open("wb") as file:
        process = subprocess.Popen(
            [*map(str, command)], cwd=cwd, env=environment, stdout=file, stderr=file, stdin=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, output.read_text(encoding="utf-8", errors="replace")[-5000:]
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def median(costs: Iterable[Cost]) -> Cost:
    """Return the medians of what several runs cost."""
    known = list(costs)
    return Cost(
        statistics.median(one.seconds for one in known),
        statistics.median(one.busy for one in known),
        int(statistics.median(one.memory for one in known)),
    )


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return a table as Markdown has it, to be read as it is or pasted; the first row is its head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [_line([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows]
    rule = _line(["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])])
    return "\n".join([lines[0], rule, *lines[1:]])


def machine() -> str:
    """Say on what something was measured."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = round(hardware.memory() / 2**30)
    return f"{hardware.cores()} cores of {model}, {memory} GB of memory, Python {platform.python_version()}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
