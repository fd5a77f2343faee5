"""What programs wrote as they failed, in the few lines that say why."""

from pathlib import Path

CONTEXT_LINES = 5


def last_lines(log: Path) -> str:
    """Return the last few lines of a log that are not empty."""
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return "\n".join(lines[-CONTEXT_LINES:])
