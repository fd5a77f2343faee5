"""The newest releases of what the toolchain depends on, without any constraint, on each Python that it is for.

The notebooks' kernel is another Python, which their lock names.
"""

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import uv
from support.forked_python import OURS
from support.places import REPOSITORY
from support.running import report_of

PYTHONS = ("3.11", "3.12", "3.13")
ENDS = (PYTHONS[0], PYTHONS[-1])
REFUSING = f"""\
import warnings
for kind in (DeprecationWarning, PendingDeprecationWarning, FutureWarning):
    warnings.filterwarnings("error", category=kind, module={OURS!r})
"""
"""What of libraries is not to be used any more, our own modules are not to use."""


def interpreter(version: str) -> str:
    """Return a Python of a version, on the search path or where pyenv keeps those that are not; empty if there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    kept = sorted(map(str, pyenv.glob(f"versions/{version}.*/bin/python{version}")))
    for program in filter(None, (shutil.which(f"python{version}"), *kept)):
        asked = subprocess.run([program, "-c", "import venv"], capture_output=True, check=False)
        if asked.returncode == 0:
            return program
    return ""


@pytest.mark.slow
@pytest.mark.parametrize("version", PYTHONS)
def test_a_site_is_built_with_the_newest_releases(
    version: str, copy: Callable[[str], Path], tmp_path: Path
) -> None:
    python = interpreter(version)
    if not python:
        pytest.skip(f"no Python {version} is here")
    if version not in ENDS and all(map(interpreter, ENDS)):
        pytest.skip(f"{' and '.join(ENDS)} are here, and between them libraries choose no other releases")
    folder = tmp_path / "environment"
    program = [uv.find_uv_bin()]
    subprocess.run([*program, "venv", "--quiet", "--python", python, folder], check=True)
    # Of a copy: what is made to install it is not to stand in the repository.
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, source)
    shutil.copytree(
        REPOSITORY / "toolchain", source / "toolchain", ignore=shutil.ignore_patterns("__pycache__")
    )
    install = [*program, "pip", "install", "--quiet", "--python", str(folder / "bin/python"), str(source)]
    installed = subprocess.run(install, capture_output=True, text=True, check=False)
    if re.search(r"error sending request|dns error|Failed to fetch|timed out", installed.stderr):
        pytest.skip(f"no package index can be reached: {installed.stderr.strip().splitlines()[-1]}")
    assert installed.returncode == 0, installed.stderr
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "refusing.pth").write_text("import refusing_what_is_deprecated\n", encoding="utf-8")
    (packages / "refusing_what_is_deprecated.py").write_text(REFUSING, encoding="utf-8")
    project = copy("minimal")

    build = subprocess.run(
        [folder / "bin/toolchain", "build", "html", "--project", project],
        capture_output=True,
        text=True,
        check=False,
    )

    assert build.returncode == 0, build.stdout + build.stderr
    assert not report_of(project)["findings"]


def test_these_are_the_pythons_that_the_workflow_tests() -> None:
    workflow = (REPOSITORY / ".github/workflows/tests.yml").read_text(encoding="utf-8")
    matrix = ", ".join(f'"{version}"' for version in PYTHONS)
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert f"python: [{matrix}]" in workflow
    assert project["requires-python"] == f">={PYTHONS[0]}"
