"""What git says of the project: the commit, and the date that artefacts carry."""

import os
import subprocess
from pathlib import Path

NEVER_COMMITTED = 946684800
"""The date of what has no commit: 1 January 2000, the same for everyone."""


def commit(project: Path) -> str:
    """Return the commit checked out, with `+` after it if files differ from it; empty outside git."""
    head = _git(project, "rev-parse", "--short=12", "HEAD")
    changed = _git(project, "status", "--porcelain", "--untracked-files=no") if head else ""
    return f"{head}+" if changed else head


def epoch(project: Path, folders: tuple[str, ...]) -> int:
    """Return the time of the last commit that touched these folders, in seconds since 1970.

    An exported SOURCE_DATE_EPOCH goes before it, as everywhere.
    """
    told = os.environ.get("SOURCE_DATE_EPOCH", "")
    answer = told or _git(project, "log", "-1", "--format=%ct", "--", *folders)
    return int(answer) if answer.isdigit() else NEVER_COMMITTED


def _git(project: Path, *arguments: str) -> str:
    try:
        result = subprocess.run(
            ["git", "-C", str(project), *arguments], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return ""
    return result.stdout.strip() if result.returncode == 0 else ""
