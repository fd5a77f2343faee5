"""A test that hangs ends, and says what it has waited for; whatever a failure says, the other tests run."""

import re
import subprocess
import sys
from pathlib import Path

from support.places import REPOSITORY

HANGS = """\
import subprocess
import sys


def test_waits_for_a_pipe_that_a_process_keeps_open():
    begins = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(20)'])"
    subprocess.run([sys.executable, "-c", begins], stdout=subprocess.PIPE)


def test_another():
    pass


def test_says_what_cannot_be_written():
    raise ValueError("\\udcff")
"""


def test_a_test_that_hangs_fails_and_tells_of_processes(tmp_path: Path) -> None:
    (tmp_path / "test_hangs.py").write_text(HANGS, encoding="utf-8")
    settings = ("-c", str(REPOSITORY / "pyproject.toml"), "-p", "conftest", "--rootdir", str(tmp_path))

    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            *settings,
            "--timeout",
            "2",
            "-n",
            "1",
            str(tmp_path / "test_hangs.py"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
    )

    assert run.returncode == 1, run.stdout + run.stderr
    assert "2 failed, 1 passed" in run.stdout
    assert "ValueError: \\udcff" in run.stdout
    assert "test_waits_for_a_pipe_that_a_process_keeps_open - Failed: Timeout (>2.0s)" in run.stdout
    told = run.stdout.partition("Captured processes call")[2]
    assert re.search(
        r"^\d+ of \d+, [1-9] s, sleeping: .* -c import time; time\.sleep\(20\)$", told, re.MULTILINE
    )
