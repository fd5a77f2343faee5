"""What a kernel is started with: its environment variables and its start-up files."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from toolchain.execute.installing import MARK, Overlay
from toolchain.model import Gpu

if TYPE_CHECKING:  # slow to import: a plan asks for `injected` only
    from toolchain.execute.job import Job

HOOK = Path(__file__).with_name("kernel_hook.py").read_text(encoding="utf-8")
"""Runs in the kernel and in every Python that it starts, before anything else."""
ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    # A constant: what a library writes into its files as their date must not differ from run to run.
    "SOURCE_DATE_EPOCH": "946684800",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
}
INHERITED = (
    "HOME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "LD_LIBRARY_PATH",
    "NO_PROXY",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "SYSTEMROOT",
    "TMPDIR",
    "USER",
    "XDG_CACHE_HOME",
    "https_proxy",
    "http_proxy",
    "no_proxy",
)
"""Of the person's own environment a kernel gets what it needs to start and to reach the network, and nothing else: what
changes results has to be declared, so that it is in the key."""
# By default ZeroMQ drops, without a word, what a cell shows faster than we take it; NODROP lets the cell wait instead.
IPYTHON_CONFIG = """\
c.InlineBackend.figure_formats = {"svg", "pdf"}
c.InteractiveShell.colors = "nocolor"
c.HistoryManager.enabled = False
c.IPKernelApp.exec_lines = [
    "(lambda thread, nodrop: thread.schedule(lambda: thread.socket.setsockopt(nodrop, 1)))"
    "(get_ipython().kernel.iopub_thread, __import__('zmq').XPUB_NODROP)"
]
"""
# The salt makes matplotlib's SVG the same in every run, together with SOURCE_DATE_EPOCH; one alone does not.
# Letters are those of the one family that Matplotlib itself brings, upright and in formulas: a font that some machines have
# and others lack would make two results of one key. It is also the family of the book's code. In a PDF they are outlines of
# TrueType with the characters they stand for (42), which can be searched and copied; what is type 3 many printers refuse.
# A figure that says no size is as wide as the text of the narrowest usual page, so that it is printed as large as it says:
# exponents are as large as 0.7 of the other letters, with 10 points 7 points, less than which printers refuse.
# Nothing is transparent: some printers cannot print what shines through.
# Each of the first four colours of data has a lightness of its own, so that grey print keeps them apart; lines in the others are
# broken. All stand out from a white page and, lighter where it must be, from a dark one.
MATPLOTLIBRC = """\
svg.hashsalt: toolchain
svg.fonttype: path
pdf.fonttype: 42
ps.fonttype: 42
figure.figsize: 4.5, 3.2
figure.dpi: 100
savefig.bbox: tight
font.family: DejaVu Sans
font.size: 10
mathtext.fontset: dejavusans
axes.grid: True
axes.axisbelow: True
grid.color: "#e7e7e7"
axes.prop_cycle: (cycler("color", ["#1c4f9c", "#dd7a0b", "#66001f", "#3f8049", "#1a9a9a", "#c0609a", "#8c7a00", "#6f52a8"]) + cycler("linestyle", ["-", "-", "-", "-", "--", "--", "--", "--"]))
axes.spines.top: False
axes.spines.right: False
legend.frameon: False
legend.framealpha: 1
"""


def injected(env: Mapping[str, str]) -> dict[str, str]:
    """Return by name what is brought into every kernel, variables and files: it is part of every key.

    `env` has the variables that the book sets for all of its notebooks.
    """
    return {
        **ENVIRONMENT,
        **env,
        "start/ipython_kernel_config.py": IPYTHON_CONFIG,
        "start/matplotlibrc": MATPLOTLIBRC,
        # A result that an older hook looked at may lack an input.
        "start/sitecustomize.py": HOOK,
    }


def path_variables(python: Path, overlay: Overlay) -> dict[str, str]:
    """Return what lets `python`, and whatever else is in the kernel's environment, be that of cells' commands, too.

    What cells install comes after them. The toolchain's own programs are none of theirs: whether somebody has activated
    its environment is to change nothing.
    """
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    own = str(Path(sys.prefix) / "bin")
    if sys.prefix != sys.base_prefix and own != str(python.parent):
        folders = [folder for folder in folders if folder != own]
    home = str(python.parent)
    marks = (python.parent.parent / MARK, python.parent.parent / "conda-meta")
    # An interpreter of the system itself is where it belongs, or somebody has put other programs before it.
    at = folders.index(home) if home in folders and not any(mark.exists() for mark in marks) else 0
    before, after = folders[:at], [folder for folder in folders[at:] if folder != home]
    return {"PATH": os.pathsep.join((*before, home, str(overlay.programs), *after))}


def gpu_variables(gpus: tuple[Gpu, ...], python: Path) -> dict[str, str]:
    """Return what lets a kernel see these GPUs, and no other: a result has to be what its key says."""
    variables = {
        # By default CUDA counts the fastest GPU first; the driver, which named these, counts by their place.
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES": ",".join(gpu.id for gpu in gpus),
    }
    # NVIDIA's packages put CUDA's libraries where the system's loader does not look.
    folders = sorted(
        str(folder) for folder in python.parent.parent.glob("lib/python*/site-packages/nvidia/*/lib")
    )
    if gpus and folders:
        variables["LD_LIBRARY_PATH"] = os.pathsep.join(
            filter(None, (*folders, os.environ.get("LD_LIBRARY_PATH")))
        )
    return variables


def environment(temporary: Path, job: "Job", trace: dict[str, str], overlay: Overlay) -> dict[str, str]:
    """Write the start-up files and the book's library into `temporary`; return the kernel's environment variables.

    `trace` has the variables that the hook needs; `overlay` is where cells install packages.
    """
    profile = temporary / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    (profile / "ipython_kernel_config.py").write_text(IPYTHON_CONFIG, encoding="utf-8")
    matplotlibrc = temporary / "matplotlibrc"
    matplotlibrc.write_text(MATPLOTLIBRC, encoding="utf-8")
    for name, text in job.library.items():
        path = temporary / "library" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    variables = {**job.env, **job.planned.document.declared.env}
    # Ahead of what is installed: the book's library may have the name of somebody else's package.
    library = str(temporary / "library") if job.library else ""
    installed = str(overlay.packages)
    paths = (trace.get("PYTHONPATH"), library, installed, variables.get("PYTHONPATH"))
    return {
        **{name: os.environ[name] for name in INHERITED if name in os.environ},
        **ENVIRONMENT,
        "IPYTHONDIR": str(profile.parent),
        "MATPLOTLIBRC": str(matplotlibrc),
        **variables,
        **trace,
        **overlay.variables,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }
