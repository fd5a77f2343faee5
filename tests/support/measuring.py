"""What a command costs, whose work is counted with that of all processes that it starts; and tables of it."""

import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from toolchain.processes import hardware


class Cost(Struct, frozen=True):
    """Of one run, or the medians of several."""

    seconds: float
    """From its start to its end."""
    busy: float
    """Seconds that all cores together have worked for it."""
    memory: int
    """Bytes that all its processes had together at most."""


STARTER = Path(__file__).with_name("costs_of_command.py")
COST = "cost-of-command"
"""File in the folder of the command that has what it has cost."""


def cost(command: Sequence[str | Path], *, cwd: Path) -> Cost:
    """Run a command, with bytecode as people have it, and return what it cost. It has to end well."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    starter: tuple[str | Path, ...] = (sys.executable, "-I", "-S", STARTER, COST)
    process = subprocess.run(
        [*starter, *map(str, command)],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        cwd=cwd,
        env=environment,
    )
    assert process.returncode == 0, (process.stdout + process.stderr)[-5000:]
    return Cost(*msgspec.json.decode((cwd / COST).read_bytes()))


def median(costs: Iterable[Cost]) -> Cost:
    """Return the medians of what several runs cost."""
    known = list(costs)
    return Cost(
        statistics.median(one.seconds for one in known),
        statistics.median(one.busy for one in known),
        int(statistics.median(one.memory for one in known)),
    )


def table(rows: Sequence[Sequence[str]], words: int = 1) -> str:
    """Return a table as Markdown has it, to be read as it is or pasted; the first row is its head, the first columns words."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    pads = [str.ljust] * words + [str.rjust] * (len(widths) - words)
    head, *others = (
        _line([pad(cell, width) for pad, cell, width in zip(pads, row, widths, strict=True)]) for row in rows
    )
    rule = _line(
        ["-" * width for width in widths[:words]] + [f"{'-' * (width - 1)}:" for width in widths[words:]]
    )
    return "\n".join([head, rule, *others])


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
