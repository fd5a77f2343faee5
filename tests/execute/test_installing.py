"""What cells install: it goes with the notebook's folder, and no environment of the machine is changed by it."""

import base64
import os
import shutil
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import nbformat
import pytest
import uv
from support.projects import write_notebooks
from support.running import report_of, run_toolchain

from toolchain.environment import kernel
from toolchain.model import CodeCell
from toolchain.project import settings
from toolchain.sources.installs import in_cell

CODE = """\
!which python pip
print(__import__("sys").executable)
!pip install -q --no-index data/brought-1.0-py3-none-any.whl
!/usr/bin/env -S PATH=/usr/bin:/bin python3 -m pip install -q --no-index data/brought-1.0-py3-none-any.whl || true
!uv pip install -q --no-index --system data/second-1.0-py3-none-any.whl
!uv pip install -q --no-index data/second-1.0-py3-none-any.whl
%pip install -q --no-index data/brought-1.0-py3-none-any.whl matplotlib
!brought
!python -c "import second; print(second.WHERE)"
import brought
print(brought.WHERE)
"""


def wheel(folder: Path, name: str) -> None:
    """Write a package that says where it is, with a program that says so, too."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": "WHERE = __file__\ndef main():\n    print(__file__)\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name} = {name}:main\n",
    }
    digests = {path: base64.urlsafe_b64encode(sha256(text.encode()).digest()) for path, text in files.items()}
    record = [f"{path},sha256={digest.decode().rstrip('=')}," for path, digest in digests.items()]
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        archive.writestr(f"{info}/RECORD", "\n".join([*record, f"{info}/RECORD,,"]))


def installed(python: Path | str) -> str:
    names = "import importlib.metadata as m; print(sorted(d.name for d in m.distributions()))"
    return subprocess.run([python, "-I", "-c", names], capture_output=True, text=True, check=True).stdout


def test_pip_is_the_kernels_and_what_it_installs_is_the_runs_alone(tmp_path: Path) -> None:
    project = write_notebooks(tmp_path / "project", "", {"page": ("", CODE)})
    (project / "book/data").mkdir()
    for name in ("brought", "second"):
        wheel(project / "book/data", name)
    programs = tmp_path / "programs"
    programs.mkdir()
    shutil.copy(uv.find_uv_bin(), programs)
    everywhere = [sys.executable, *filter(None, map(shutil.which, ("/usr/bin/python3", "python3")))]
    before = [installed(python) for python in everywhere]
    # As whoever has activated the toolchain's own environment.
    path = os.pathsep.join((str(Path(sys.executable).parent), str(programs), os.environ["PATH"]))

    run = run_toolchain("build", "notebooks", project=project, env={"PATH": path, "VIRTUAL_ENV": sys.prefix})

    report = report_of(project)
    assert run.code == 1, run.stdout + run.stderr
    assert [finding["line"] for finding in report["findings"] if finding["id"] == "SRC047"] == [
        *range(12, 17)
    ]
    python = kernel.environment(settings.load(project)).python
    (blob,) = (notebook["blob"] for notebook in report["notebooks"])
    shown = printed(project / "_build/store/blobs" / blob[:2] / blob)
    assert shown[:3] == [str(python), str(python.with_name("pip")), str(python)]
    assert [Path(line).name for line in shown[-3:]] == ["brought.py", "second.py", "brought.py"], shown
    places = {Path(line).parents[3].name for line in shown[-3:]}
    assert places == {"installed"}
    assert not any(Path(line).exists() for line in shown[-3:])
    assert [installed(python) for python in everywhere] == before
    assert "brought" not in installed(python)
    assert "'pip'" in installed(python)


def printed(notebook: Path) -> list[str]:
    cells: list[Any] = nbformat.read(notebook, as_version=4).cells
    return "".join(
        output.get("text", "") for cell in cells for output in cell.get("outputs", ())
    ).splitlines()


@pytest.mark.parametrize(
    "source",
    [
        "!pip install x",
        "! pip  install -q x",
        "%pip install x",
        "!!pip install x",
        "!python -m pip install x",
        "!{sys.executable} -m pip install x",
        "!$PY -m pip install x",
        "%conda install -y x",
        "!conda install x",
        "!uv pip install x",
        "%uv pip install x",
        "!uv add x",
        "!sudo -H pip3.11 install x",
        "!cd d && pip install -e .",
        "!PIP_X=1 pip install x",
        "pip install x",
        "%%bash\npip install x",
        "%%sh\nset -e\npip \\\n  install x",
        "%%script bash\npip install x",
        "x = !pip install y",
        "if True:\n    !pip install x",
        "import sys, subprocess\nsubprocess.check_call([sys.executable, '-m', 'pip', 'install', 'x'])",
        "import os\nos.system('pip install x')",
        "subprocess.run('pip install x', shell=True)",
        "subprocess.run(f'{sys.executable} -m pip install x'.split())",
        "get_ipython().system('pip install x')",
        "get_ipython().run_line_magic('pip','install x')",
        "import pip\npip.main(['install','x'])",
        "!bash -c 'pip install x'",
        "%%time\n!pip install x",
        "%system pip install x",
        "!yes | pip install x",
        "!/usr/bin/pip3 install x",
        "!python -u -m pip install x",
        "!apt-get install -y ffmpeg",
        "!pip -q install x",
        "!pip install \\\n  x",
        "subprocess.run(['pip'] + ['install', 'x'])",
        "%sx pip install x",
        "try:\n    import x\nexcept ImportError:\n    !pip install x\n    import x",
    ],
)
def test_whatever_spelling_installs_is_seen(source: str) -> None:
    assert [number for number, _ in in_cell(CodeCell(1, source, (), 1), "python")]


@pytest.mark.parametrize(
    "source",
    [
        "s = '''\n!pip install x\n'''",
        "# !pip install x",
        "!echo 'pip install x'",
        "!pip list",
        "!pip --version",
        "print('pip install x')",
        "%pip freeze",
        "!which pip install",
        "x = '!pip install'",
        "s = '''\n!pip show x\n'''",
        "!ls # pip install x",
        "install = 3\npip = 4",
        "import pip\npip.install",
        "%timeit f()",
        "!grep pip install.txt",
        "subprocess.run(['ls','install'])",
        "app.run('install')",
        "main(['install'])",
        "!git clone x && echo pip",
        "run(install)",
    ],
)
def test_what_only_looks_like_it_is_not(source: str) -> None:
    assert not list(in_cell(CodeCell(1, source, (), 1), "python"))


def test_lines_are_those_of_the_cell_and_other_languages_have_their_own_ways() -> None:
    def lines(source: str, language: str = "python") -> list[int]:
        return [number for number, _ in in_cell(CodeCell(1, source, (), 1), language)]

    assert lines("%%bash\necho a\npip \\\n install x\n pip install y") == [3, 5]
    assert lines("a = 1\nif a:\n  !pip install \\\n   x\nimport os\nos.system('pip install z')") == [3, 6]
    assert lines("echo\npip install x", "bash") == [2]
    assert lines('install.packages("x") # a\n# install.packages("y")', "R") == [1]
    assert lines('using Pkg\nPkg.add("X")', "julia") == [2]
