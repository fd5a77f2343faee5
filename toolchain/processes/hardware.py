"""What this machine has for notebooks, and what it says of memory that ran out."""

import os
import re
import subprocess
import types
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec

from toolchain.base.units import size
from toolchain.model import Gpu

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")
DRIVER_SECONDS = 20
"""A driver that hangs must not hang us."""


def cores() -> int:
    """Count the cores that this process may use, which in a container are fewer than the machine's."""
    affinity: types.FunctionType | None = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


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


def gpus() -> tuple[Gpu, ...]:
    """Return the GPUs of this machine that CUDA_VISIBLE_DEVICES allows; none if NVIDIA's driver does not answer.

    The variable alone proves nothing: what it names has to be there.
    """
    found = _gpus()
    told = os.environ.get("CUDA_VISIBLE_DEVICES")
    if told is None:
        return tuple(found.values())
    allowed = []
    for each in (part.strip() for part in told.split(",")):
        gpu = next(
            (gpu for uuid, gpu in found.items() if each and (gpu.id == each or uuid.startswith(each))), None
        )
        if gpu is None:  # as CUDA itself does: what follows a device that is not there does not count
            break
        allowed.append(msgspec.structs.replace(gpu, id=each))
    return tuple(allowed)


def driver() -> str:
    """Return the version of NVIDIA's driver; nothing if it does not answer."""
    return next((version for (version,) in _answer("driver_version")), "")


def _gpus() -> dict[str, Gpu]:
    """Ask the driver for all GPUs, by their UUIDs."""
    rows = _answer("index,uuid,name,compute_cap") or [[*row, ""] for row in _answer("index,uuid,name")]
    memories = dict(_answer("uuid,memory.total")) if rows else {}
    return {
        uuid: Gpu(id=index, name=name, capability=capability, memory=_bytes(memories.get(uuid, "")))
        for index, uuid, name, capability in rows
    }


def _bytes(said: str) -> int:
    """Read an amount as the driver says it, such as `81559 MiB`; some GPUs share the machine's memory and have none."""
    try:
        return size(said)
    except ValueError:
        return 0


def usable(found: tuple[Gpu, ...], capabilities: tuple[str, ...]) -> tuple[Gpu, ...]:
    """Return the GPUs that machine code for these compute capabilities runs on; all of them if none is named.

    Code for X.y runs on X.z if z is not less than y, and on no other X: "Binary Compatibility" in NVIDIA's CUDA
    programming guide.
    """
    return tuple(gpu for gpu in found if not capabilities or any(_runs(each, gpu) for each in capabilities))


def _runs(code: str, gpu: Gpu) -> bool:
    if not gpu.capability:  # an old driver does not say; then only trying tells
        return True
    made_for, has = (tuple(int(part) for part in each.split(".")) for each in (code, gpu.capability))
    return made_for[0] == has[0] and made_for[1] <= has[1]


def _answer(query: str) -> list[list[str]]:
    """Ask NVIDIA's driver about its GPUs; return a row for each."""
    command = ["nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=DRIVER_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return []
    rows = [[value.strip() for value in line.split(",")] for line in answer.stdout.splitlines()]
    return [row for row in rows if len(row) == len(query.split(","))]


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
