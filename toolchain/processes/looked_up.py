"""Programs that were looked for, or started, while something was made: which these are, nobody knows beforehand.

Extensions draw with whatever program is there, and do without where there is none. When one comes, goes or changes, what was made
is not what would be made now.
"""

from pathlib import Path

import msgspec

from toolchain.base.decoding import lines_of, read_loosely

WORK = "sphinx"
"""Folder below _build of what Sphinx is given and leaves, and of logs."""
NOTES = "programs"
"""File in it in which they stand, each with what it looked like, as a line of JSON."""


def look(name: str) -> str:
    """Return what a program looks like from outside; empty if there is none of that name."""
    import shutil  # noqa: PLC0415 - slow to import, and mostly nothing was looked for

    path = shutil.which(name)
    if path is None:
        return ""
    stat = Path(path).stat()
    return f"{Path(path).resolve()} {stat.st_size} {stat.st_mtime_ns}"


def stand(folder: Path) -> bool:
    """Say whether all programs that are noted in a folder are as they were."""
    try:
        noted = [
            msgspec.json.decode(line, type=tuple[str, str]) for line in lines_of(read_loosely(folder / NOTES))
        ]
        return all(look(name) == looked for name, looked in noted)
    except (msgspec.MsgspecError, OSError, ValueError):  # half a line of a process that was killed
        return False
