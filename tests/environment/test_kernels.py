"""Kernels of other kinds than ipykernel's own: what an environment offers is what notebooks can name."""

import json
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
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


BASH = """\
---
file_format: mystnb
kernelspec: {name: bash}
---

# Bash

```{code-cell}
echo "$((6 * 7)) $1"
```

```{code-cell}
:tags: [raises-exception]
ls /nowhere
```

```{code-cell}
LAST
```
"""
R = """\
---
file_format: mystnb
kernelspec: {name: ir}
---

# R

```{code-cell}
mean(c(1, 2, 6))
```

```{code-cell}
stop("it is meant so")
```
"""
BASH_KERNEL = {
    "argv": ["python", "-m", "bash_kernel", "-f", "{connection_file}"],
    "language": "bash",
    "display_name": "Bash",
}
R_KERNEL = {
    "argv": ["R", "--slave", "-e", "IRkernel::main()", "--args", "{connection_file}"],
    "language": "R",
    "display_name": "R",
}


def environment(prefix: Path) -> Path:
    """Make an environment with what these tests have, and without ipykernel's kernelspec, as some packagers ship it."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", prefix], check=True)
    packages = sysconfig.get_path("purelib", vars={"base": str(prefix)})
    Path(packages, "tests.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return prefix / "bin/python"


def with_kernel(project: Path, python: Path, name: str = "", spec: dict[str, Any] | None = None) -> None:
    """Have a project use an interpreter, and bring a kernel of its own."""
    toml = project / "_config/book.toml"
    toml.write_text(f'{toml.read_text(encoding="utf-8")}\n[kernel]\ninterpreter = "{python}"\n', "utf-8")
    if spec:
        folder = project / "_config/kernel/kernels" / name
        folder.mkdir(parents=True)
        (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


def test_a_kernel_of_another_language_and_a_python_without_a_kernelspec(
    copy: Callable[[str], Path], tmp_path: Path
) -> None:
    prefix = tmp_path / "venv"
    python = environment(prefix)
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
    with_kernel(project, python)
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


def test_a_kernel_that_the_project_brings_is_that_of_its_pages_and_goes_with_their_notebooks(
    copy: Callable[[str], Path], tmp_path: Path
) -> None:
    project = copy("no-lock")
    with_kernel(project, environment(tmp_path / "venv"), "bash", BASH_KERNEL)
    page, unknown = project / "book/bash.md", project / "book/unknown.md"
    page.write_text(BASH.replace("LAST", "echo two\n(exit 3)"), encoding="utf-8")
    unknown.write_text(PAGE.format(name="bush"), encoding="utf-8")

    failing = run_toolchain("build", "notebooks", project=project)

    # What a shell ends with is no exception, and it says in its own words what was wrong.
    assert failing.code == 4
    assert "book/bash.md:18: cell 3: cell error: exit code 3\n" in failing.stdout
    no_kernel = "unknown kernel: the notebooks' environment has no kernel 'bush'; its kernels: bash"
    assert f"book/unknown.md:3: {no_kernel}" in failing.stdout
    assert "`kernelspec: {name: bash}`" in failing.stdout

    page.write_text(BASH.replace("LAST", "echo two"), encoding="utf-8")
    build = run_toolchain("build", "notebooks", project=project)

    # The page without a kernel is named, and all others are made.
    assert build.code == 4
    assert "book/unknown.md:3: unknown kernel" in build.stdout
    (archive,) = (project / "_build/notebooks").glob("*.zip")
    with zipfile.ZipFile(archive) as opened:
        files = {name.partition("/")[2]: opened.read(name).decode() for name in opened.namelist()}
    assert json.loads(files["kernels/bash/kernel.json"]) == BASH_KERNEL
    assert "jupyter kernelspec install --sys-prefix kernels/bash\n" in files["README.md"]
    (downloaded,) = (text for name, text in files.items() if name.endswith("bash.ipynb"))
    notebook = nbformat.reads(downloaded, as_version=4)
    assert notebook.metadata.kernelspec == {"name": "bash", "display_name": "Bash", "language": "bash"}
    assert notebook.metadata.language_info == {"name": "bash"}

    # How a kernel is started is part of what a result depends on.
    plan = run_toolchain("plan", "--json", project=project)
    assert {one["name"]: one["run"] for one in plan.json}["bash"] is False
    spec = project / "_config/kernel/kernels/bash/kernel.json"
    spec.write_text(json.dumps(BASH_KERNEL | {"env": {"A": "1"}}), encoding="utf-8")
    plan = run_toolchain("plan", "--json", project=project)
    assert {one["name"]: one["reason"] for one in plan.json}["bash"] == "kernel.json changed"
    spec.write_text('{"argv": "bash"}', encoding="utf-8")
    broken = run_toolchain("plan", project=project)
    assert (broken.code, "kernels/bash/kernel.json: is no kernelspec" in broken.stderr) == (2, True)


def test_r_says_its_own_errors(copy: Callable[[str], Path], tmp_path: Path) -> None:
    asked = shutil.which("R") and subprocess.run(
        ["R", "--slave", "-e", "library(IRkernel)"], capture_output=True, check=False
    )
    if not asked or asked.returncode:
        pytest.skip("R with IRkernel is not installed here")
    project = copy("no-lock")
    with_kernel(project, environment(tmp_path / "venv"), "ir", R_KERNEL)
    (project / "book/r.md").write_text(R, encoding="utf-8")

    run = run_toolchain("execute", "r", project=project)

    assert run.code == 4
    assert "book/r.md:13: cell 2: cell error: ERROR: Error in eval" in run.stdout
    assert "it is meant so" in run.stdout
