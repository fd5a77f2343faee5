"""What this machine has for notebooks, and what it says of memory that ran out."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


def memory() -> int:
    """Return the bytes of memory that this process and its children may use: the machine's, or its control group's."""
    limits = [_physical()]
    for name in ("memory.max", "memory.limit_in_bytes"):
        for folder in _groups():
            text = _read(folder / name).strip()
            if text.isdigit():
                limits.append(int(text))
    return min(limits)


def out_of_memory_kills() -> int | None:
    """Return how many processes of this control group the system has killed for lack of memory; None if unknown.

    A number for the whole machine exists too, but in a container that would count others' processes.
    """
    for folder in _groups():
        for name in ("memory.events", "memory.oom_control"):
            if found := re.search(r"^oom_kill (\d+)$", _read(folder / name), re.MULTILINE):
                return int(found[1])
    return None


def devices() -> tuple[str, ...]:
    """Return the ids of the GPUs that notebooks may use: those that CUDA_VISIBLE_DEVICES names, or all."""
    told = os.environ.get("CUDA_VISIBLE_DEVICES")
    if told is not None:
        return tuple(each.strip() for each in told.split(",") if each.strip())
    try:
        answer = subprocess.run(
            ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ()
    return tuple(answer.stdout.split())


def _physical() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (
        AttributeError,
        ValueError,
        OSError,
    ):  # Windows has no sysconf; then nothing is known to be too much
        return 1 << 62


def _groups() -> Iterator[Path]:
    """Yield the folders of the memory control group that we are in and of those above it, of both versions."""
    for line in _read(MEMBERSHIP).splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        base = CGROUPS / "memory" if controllers else CGROUPS
        inside = PurePosixPath(path.lstrip("/"))
        # In a container the path may be the host's, of which only the last folder is mounted here.
        for each in (inside, *inside.parents):
            yield base / each


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
