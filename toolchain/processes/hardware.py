"""The cores, memory and GPUs that notebooks can have on this machine, and the processes killed for lack of memory."""

import os
import re
import subprocess
import types
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec

from toolchain.base.units import size
from toolchain.model import Gpu
from toolchain.processes import programs

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
    limits = [_physical_memory()]
    for name in ("memory.max", "memory.limit_in_bytes"):
        for folder in _memory_control_groups():
            text = _content(folder / name).strip()
            if text.isdigit():
                limits.append(int(text))
    return min(limits)


def out_of_memory_kills() -> int | None:
    """Return how many processes of this control group the system has killed for lack of memory; None if unknown.

    A number for the whole machine exists too, but in a container that would count others' processes.
    """
    for folder in _memory_control_groups():
        for name in ("memory.events", "memory.oom_control"):
            if match := re.search(r"^oom_kill (\d+)$", _content(folder / name), re.MULTILINE):
                return int(match[1])
    return None


def gpus() -> tuple[Gpu, ...]:
    """Return the GPUs of this machine that CUDA_VISIBLE_DEVICES allows; none if NVIDIA's driver does not answer.

    The variable alone proves nothing: what it names has to be there.
    """
    gpus_by_uuid = _driver_gpus()
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return tuple(gpus_by_uuid.values())
    allowed = []
    for device in (part.strip() for part in visible.split(",")):
        gpu = next(
            (
                gpu
                for uuid, gpu in gpus_by_uuid.items()
                if device and (gpu.id == device or uuid.startswith(device))
            ),
            None,
        )
        if gpu is None:  # as CUDA itself does: what follows a device that is not there does not count
            break
        allowed.append(msgspec.structs.replace(gpu, id=device))
    return tuple(allowed)


def driver() -> str:
    """Return the version of NVIDIA's driver; empty if it does not answer."""
    return next((version for (version,) in _query_driver("driver_version")), "")


def _driver_gpus() -> dict[str, Gpu]:
    """Return all GPUs that the driver lists, by their UUIDs."""
    rows = _query_driver("index,uuid,name,compute_cap") or [
        [*row, ""] for row in _query_driver("index,uuid,name")
    ]
    memories = dict(_query_driver("uuid,memory.total")) if rows else {}
    return {
        uuid: Gpu(id=index, name=name, capability=capability, memory=_bytes(memories.get(uuid, "")))
        for index, uuid, name, capability in rows
    }


def _bytes(amount: str) -> int:
    """Return the bytes of an amount that the driver gives, such as `81559 MiB`; 0 if it gives none.

    It gives none for GPUs that share the machine's memory.
    """
    try:
        return size(amount)
    except ValueError:
        return 0


def usable(candidates: tuple[Gpu, ...], capabilities: tuple[str, ...]) -> tuple[Gpu, ...]:
    """Return the GPUs that machine code for these compute capabilities runs on; all of them if none is named.

    Code for X.y runs on X.z if z is not less than y, and on no other X: "Binary Compatibility" in NVIDIA's CUDA
    programming guide.
    """
    return tuple(
        gpu for gpu in candidates if not capabilities or any(_runs_on(gpu, code) for code in capabilities)
    )


def _runs_on(gpu: Gpu, code: str) -> bool:
    """Tell whether a GPU runs machine code for the compute capability `code`."""
    if not gpu.capability:  # an old driver does not say; then only trying tells
        return True
    needed, offered = (tuple(int(part) for part in version.split(".")) for version in (code, gpu.capability))
    return needed[0] == offered[0] and needed[1] <= offered[1]


def _query_driver(query: str) -> list[list[str]]:
    """Ask NVIDIA's driver for properties of its GPUs, and return a row for each GPU; no rows if it does not answer."""
    command = ["nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader"]
    try:
        answer = programs.run(command, limit=DRIVER_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return []
    if answer.returncode:
        return []
    rows = [[column.strip() for column in line.split(",")] for line in answer.stdout.splitlines()]
    return [row for row in rows if len(row) == len(query.split(","))]


def _physical_memory() -> int:
    """Return the bytes of memory that this machine has."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except AttributeError:  # pragma: no cover - Windows has no sysconf; then nothing is known to be too much
        return 1 << 62


def _memory_control_groups() -> Iterator[Path]:
    """Yield the folders of the memory control group that we are in and of those above it, of both versions."""
    for line in _content(MEMBERSHIP).splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        base = CGROUPS / "memory" if controllers else CGROUPS
        inside = PurePosixPath(path.lstrip("/"))
        # In a container the path may be the host's, of which only the last folder is mounted here.
        for group in (inside, *inside.parents):
            yield base / group


def _content(path: Path) -> str:
    """Return the text of a file; empty if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
