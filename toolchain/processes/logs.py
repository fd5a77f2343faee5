"""What programs wrote as they failed, in the few lines that say why."""

from pathlib import Path

from toolchain.base.decoding import read_loosely

CONTEXT_LINES = 5


def last_lines(log: Path) -> str:
    """Return the last few lines of a log that are not empty."""
    lines = [line for line in read_loosely(log).splitlines() if line.strip()]
    return "\n".join(lines[-CONTEXT_LINES:])
