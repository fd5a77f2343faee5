"""What the tests run the toolchain with: forks of processes that have imported it, as good as Python itself."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.running import quick_python, run_toolchain

from toolchain.base.errors import ExitCode

CONF = """\
from pathlib import Path
from toolchain.sphinxext import configuration
globals().update(configuration(__file__))
Path(__file__).with_name("command").write_bytes(Path("/proc/self/cmdline").read_bytes())
"""


def test_sphinx_is_imported_once_for_all_builds(copy: Callable[[str], Path]) -> None:
    project = copy("parts")
    (project / "_config/conf.py").write_text(CONF, encoding="utf-8")

    run_toolchain("build", "html", project=project)

    command = (project / "_config/command").read_bytes().split(b"\0")
    assert command[1].endswith(b"/forked_python.py"), command


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--version"], ExitCode.GOOD), (["--no-such-option"], ExitCode.USAGE)]
)
def test_a_run_ends_as_it_would_in_a_process_of_its_own(arguments: list[str], code: int) -> None:
    runs = [
        subprocess.run([python, "-m", "toolchain", *arguments], capture_output=True, check=False)
        for python in (quick_python().executable, sys.executable)
    ]

    assert [(run.returncode, run.stdout, run.stderr) for run in runs] == [
        (code, runs[0].stdout, runs[0].stderr)
    ] * 2
