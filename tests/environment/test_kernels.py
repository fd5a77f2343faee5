"""Kernels of other kinds than ipykernel's own: what an environment offers is what notebooks can name."""

import json
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import nbformat
from support.running import run_toolchain

ECHO = """\
import sys
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel

class Echo(Kernel):
    implementation = "echo"
    implementation_version = "1"
    language_info = {"name": "echo", "mimetype": "text/plain", "file_extension": ".txt"}
    banner = ""

    async def do_execute(self, code, silent, store_history=True, user_expressions=None, allow_stdin=False, **_):
        if not silent:
            self.send_response(self.iopub_socket, "stream", {"name": "stdout", "text": code + "\\n"})
        return {"status": "ok", "execution_count": self.execution_count, "payload": [], "user_expressions": {}}

IPKernelApp.launch_instance(kernel_class=Echo)
"""
PAGE = (
    "---\nfile_format: mystnb\nkernelspec:\n  name: {name}\n---\n\n# {name}\n\n```{{code-cell}}\n1 + 1\n```\n"
)


def test_a_kernel_of_another_language_and_a_python_without_a_kernelspec(
    copy: Callable[[str], Path], tmp_path: Path
) -> None:
    prefix = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", prefix], check=True)
    # ipykernel comes from the environment of these tests, and without its kernelspec, as some packagers ship it.
    packages = sysconfig.get_path("purelib", vars={"base": str(prefix)})
    Path(packages, "tests.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    spec = prefix / "share/jupyter/kernels/echo"
    spec.mkdir(parents=True)
    program = prefix / "bin/echo-kernel"
    program.write_text(f'#!/bin/sh\nexec {prefix}/bin/python {spec}/echo.py "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    (spec / "echo.py").write_text(ECHO, encoding="utf-8")
    (spec / "kernel.json").write_text(
        json.dumps(
            {"argv": [str(program), "-f", "{connection_file}"], "display_name": "Echo", "language": "echo"}
        ),
        encoding="utf-8",
    )
    project = copy("no-lock")
    with (project / "_config/book.toml").open("a", encoding="utf-8") as toml:
        toml.write(f'\n[kernel]\ninterpreter = "{prefix}/bin/python"\n')
    (project / "book/echo.md").write_text(PAGE.format(name="echo"), encoding="utf-8")

    run = run_toolchain("execute", "--json", project=project)

    assert run.code == 0, run.stderr
    notebooks = {notebook["name"]: notebook for notebook in run.json["notebooks"]}
    assert notebooks["section"]["versions"]["python"].startswith("3.")
    assert "versions" not in notebooks["echo"]
    shown = {}
    for name, notebook in notebooks.items():
        blob = project / "_build/store/blobs" / notebook["blob"][:2] / notebook["blob"]
        executed = nbformat.read(blob, as_version=4)
        (output,) = next(cell.outputs for cell in executed.cells if cell.cell_type == "code")
        shown[name] = (executed.metadata.language_info.name, output.get("text") or output.data["text/plain"])
    assert shown == {"section": ("python", "2"), "echo": ("echo", "1 + 1\n")}
