"""Bundles run as a reader runs them: unpacked somewhere else, in an environment of their own, without a network."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import uv

UP = """\
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    answer = fcntl.ioctl(s, 0x8913, struct.pack("16sh", b"lo", 0))
    fcntl.ioctl(s, 0x8914, struct.pack("16sh", b"lo", struct.unpack("16sh", answer[:18])[1] | 1))
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""Turns the loopback on, which in a new network is off, and becomes the program: kernels talk over it."""


def offline(command: list[str]) -> list[str]:
    """Return the command that runs another without a network; the other itself where the system cannot do that."""
    alone = ["unshare", "--net", sys.executable, "-c", UP]
    possible = (
        shutil.which("unshare")
        and not subprocess.run([*alone, "true"], capture_output=True, check=False).returncode
    )
    return [*alone, *command] if possible else command


def unpacked(bundle: Path, folder: Path) -> Path:
    """Unpack a bundle and return its folder."""
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(folder)
    return folder / bundle.stem


def environment(folder: Path) -> Path:
    """Make a new environment with what the bundle names, and nothing else; return its interpreter."""
    for command in (
        ["venv", "--python", "3.11", "env"],
        ["pip", "install", "--python", "env", "--requirements", "requirements.txt"],
    ):
        process = subprocess.run(
            [uv.find_uv_bin(), *command], cwd=folder, capture_output=True, text=True, check=False
        )
        assert process.returncode == 0, process.stderr
    return folder / "env/bin/python"


def run(notebook: Path, python: Path, folder: Path) -> nbformat.NotebookNode:
    """Execute a notebook with Jupyter's own command, in its folder, by an interpreter that knows nothing of the project."""
    spec = folder / "jupyter/kernels/elsewhere/kernel.json"
    spec.parent.mkdir(parents=True, exist_ok=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec.write_text(json.dumps({"argv": argv, "display_name": "Elsewhere", "language": "python"}))
    program = str(Path(sys.executable).with_name("jupyter-nbconvert"))
    options = ["--to=notebook", "--execute", "--inplace", "--ExecutePreprocessor.kernel_name=elsewhere"]
    clean = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    process = subprocess.run(
        offline([program, *options, str(notebook)]),
        env={**clean, "HOME": str(folder), "JUPYTER_PATH": str(folder / "jupyter")},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return nbformat.read(notebook, as_version=4)


def has_code(notebook: Path) -> bool:
    """Say whether there is anything to run in a notebook."""
    return any(cell.cell_type == "code" for cell in nbformat.read(notebook, as_version=4).cells)
