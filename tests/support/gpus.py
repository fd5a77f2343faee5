"""The GPUs that tests may compute on, asked of NVIDIA's driver itself; as a program it names them, or says why there is none."""

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

from toolchain.model import Gpu
from toolchain.processes import hardware

SECONDS = 60
SQUARES = (Path(__file__).parent / "gpu_squares.py").read_text(encoding="utf-8")
FREE = """\
free, total = ctypes.c_size_t(), ctypes.c_size_t()
call("cuMemGetInfo_v2", ctypes.byref(free), ctypes.byref(total))
print(free.value)
"""
"""Goes on where SQUARES ends."""


def lacking() -> str:
    """Say why nothing can be computed on a GPU here; nothing if the toolchain finds one."""
    if hardware.gpus():
        return ""
    if shutil.which("nvidia-smi") is None:
        return "no nvidia-smi, although there is NVIDIA's driver" * _driver_is_there() or "no NVIDIA driver"
    try:
        answer = _nvidia_smi("-L")
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = (answer.stdout + answer.stderr).strip() or "nothing"
    if answer.returncode or "UUID" not in said:  # the devices may not be opened, say
        return f"nvidia-smi says {said!r}"
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return f"nvidia-smi lists {said!r}, and CUDA_VISIBLE_DEVICES is {visible!r}"


def _driver_is_there() -> bool:
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    return True


def _nvidia_smi(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["nvidia-smi", *arguments], capture_output=True, text=True, check=False, timeout=SECONDS
    )


def listed() -> str:
    """Return what `nvidia-smi -L` prints: a line for each GPU, and for each part of one that is shared out (MIG)."""
    return _nvidia_smi("-L").stdout


def bus_id(gpu: Gpu) -> str:
    """Return where a GPU is plugged in, which no two have in common, as CUDA writes it."""
    answer = _nvidia_smi("--query-gpu=pci.bus_id", "--format=csv,noheader", "-i", gpu.id).stdout
    return answer.strip().lower()[-len("0000:00:00.0") :]


def computing() -> set[str]:
    """Return the numbers of all processes that compute on a GPU.

    In a container they may be the host's numbers, or missing.
    """
    lines = _nvidia_smi("--query-compute-apps=pid", "--format=csv,noheader").stdout.splitlines()
    return {line.strip() for line in lines if line.strip().isdigit()}


def free_memory(gpu: Gpu) -> int:
    """Return the bytes that a new process finds free on a GPU, which it can compute on."""
    answer = subprocess.run(
        [sys.executable, "-c", SQUARES + FREE],
        env={**os.environ, "CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": gpu.id},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert answer.returncode == 0, answer.stderr
    return int(answer.stdout.split()[-1])


if __name__ == "__main__":
    sys.exit(lacking() or print(listed(), end=""))  # noqa: T201 - a program of its own
