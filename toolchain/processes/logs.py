"""What programs wrote as they failed, in the few lines that say why."""

import re
from pathlib import Path

CONFIGURATION_ERROR = re.compile(
    r"^\s+sphinx\.errors\.ConfigError: (?P<message>.+?)(?:\n\n\n|\Z)", re.MULTILINE | re.DOTALL
)
CONTEXT_LINES = 5


def configuration_error(log: Path) -> str:
    """Return what Sphinx says of a conf.py that it cannot use, as one line; empty if it ended for another reason."""
    match = CONFIGURATION_ERROR.search(log.read_text(encoding="utf-8", errors="replace"))
    lines = [line.strip() for line in match["message"].splitlines() if line.strip()] if match else []
    return " ".join(lines[:1] + lines[1:][-1:])


def sphinx_error(log: Path) -> str:
    """Return the exception that Sphinx ended with; it prints one in a section of its own, indented."""
    text = log.read_text(encoding="utf-8", errors="replace")
    traceback = text.rpartition("\nTraceback\n=========\n")[2].split("\n\n")
    lines = [line.strip() for part in traceback for line in part.splitlines() if line.startswith("    ")]
    return lines[-1] if lines else f"\n{last_lines(log)}"


def last_lines(log: Path) -> str:
    """Return the last few lines of a log that are not empty."""
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return "\n".join(lines[-CONTEXT_LINES:])
