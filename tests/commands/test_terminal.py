"""Words of outputs, pages and names on a person's terminal, in his files and in the log of GitHub's runner."""

import fcntl
import io
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from support.projects import write_notebooks
from support.running import quick_python, run_toolchain

from toolchain.base.errors import ExitCode
from toolchain.messages.console import Console
from toolchain.messages.report import show_plan, show_summary
from toolchain.model import (
    Artifact,
    BuildReport,
    CellFailure,
    Document,
    FailureKind,
    Finding,
    NotebookReport,
    Plan,
    Planned,
    Reason,
    Status,
)

PRINTED = r"""
from IPython.display import HTML
print("\n::error::x\n \x9b2J\x1b]0;pwned\x07 ::add-mask::y ##[warning]z")
"""
PAGES = {
    "[red]page": (
        "",
        PRINTED
        + r"""HTML('<img src="\x1b]0;pwned\x07\x1b[31mEVIL.png"><a href="\x9b31mX.html\u202e\u2028::stop-commands::">z</a>')""",
    ),
    "failing": ("", PRINTED + r"""raise Exception("[bold]\x1b]0;pwned\x07\x1b[2J\x9b3m\n::set-output name=x::1\n##[error]\u202ey")"""),
}  # fmt: skip
OURS = re.compile(r"\x1b\[(?:[0-9;]*m|2K|1A|\?25[lh])|\r")
"""Colours, and what progress is redrawn with."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_notebooks(tmp_path_factory.mktemp("hostile") / "book", "", PAGES)


def on_terminal(*arguments: str, project: Path) -> tuple[int, str]:
    """Run the toolchain on a terminal; return its exit code and all that it wrote there."""
    controller, terminal = pty.openpty()
    environment = {
        name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "GITHUB_ACTIONS")
    }
    process = subprocess.Popen(
        [quick_python().executable, "-m", "toolchain", *arguments, "--project", project],
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
        env={**environment, "TERM": "xterm", "COLUMNS": "120"},
    )
    os.close(terminal)
    written = b""
    try:
        while part := os.read(controller, 65536):
            written += part
    except OSError:  # Linux's way to say that nobody has the other end any more
        pass
    os.close(controller)
    return process.wait(), written.decode()


def test_what_outputs_say_is_seen_and_not_obeyed_by_terminals_runners_and_readers_of_files(
    project: Path,
) -> None:
    code, written = on_terminal("build", "html", "--keep-going", project=project)
    assert code == 4, written
    assert "\x1b[" in written  # colours of ours
    words = OURS.sub("", written)
    assert [char for char in words if not (char.isprintable() or char == "\n")] == []
    assert [line for line in words.splitlines() if "[red]page" in line and "done" in line]
    assert "error: ]0;pwned[31mEVIL.png: no such file in the site [HTML001]" in words
    assert "Exception: [bold]3m\n" in words
    assert "::set-output name=x::1\n" in words

    on_runner = run_toolchain(
        "build",
        "html",
        "--keep-going",
        project=project,
        env={"GITHUB_ACTIONS": "true", "PYTHONIOENCODING": "ascii"},
    )
    lines = (on_runner.stdout + on_runner.stderr).splitlines()
    assert [line for line in lines if line.strip().startswith(":") or "##[" in line] == []
    assert "\\u003a:set-output name=x::1" in lines
    assert "##\\u005berror]\\u202ey" in lines

    assert on_runner.stdout.isascii()
    checked = run_toolchain("check", "--json", project=project)
    assert "HTML001" in {finding["id"] for finding in checked.json}
    report = (project / "_build/report.json").read_text(encoding="utf-8")
    logs = [path.read_text(encoding="utf-8") for path in project.glob("_build/**/*.log")]
    for text in (checked.stdout, report, *logs):
        assert [char for char in text if not (char.isprintable() or char == "\n")] == []
    (link,) = (f["message"] for f in json.loads(report)["findings"] if "X.html" in f["message"])
    assert link.startswith("\x9b31mX.html\u202e\u2028")


LONG = "a-page-with-a-name-that-is-longer-than-the-terminal-is-wide"
SLOW = "import time\nprint('begun', flush=True)\ntime.sleep(600)"


@pytest.mark.parametrize("columns", [20, 80, 200])
def test_what_is_to_be_copied_is_whole_on_a_terminal_of_any_width(columns: int, tmp_path: Path) -> None:
    report = BuildReport(
        exit_code=ExitCode.NOTEBOOK,
        artefacts=(
            Artifact(form="notebooks", path=f"_build/notebooks/{LONG}.zip", bytes=9, sha256="0" * 64),
        ),
        notebooks=(
            NotebookReport(
                name=LONG,
                path=f"book/{LONG}.md",
                status=Status.FAILED,
                reason="new",
                failure=CellFailure(
                    kind=FailureKind.CELL_ERROR,
                    cell=1,
                    line=10,
                    message="ModuleNotFoundError: No module named 'a_package_that_nobody_has'",
                    traceback="",
                    remedy="Write a line `a_package_that_nobody_has` in _config/kernel/cpu.in.",
                ),
            ),
        ),
        findings=(
            Finding(id="SRC002", path=f"book/{LONG}.md", line=3, message="wrong " * 30, remedy="List it."),
        ),
    )
    drawn = io.StringIO()
    console = Console(file=drawn, force_terminal=True, color_system=None, width=columns, soft_wrap=True)
    show_summary(report, tmp_path, entrances={}, console=console)
    planned = Planned(
        document=Document(name=LONG, path=f"book/{LONG}.md", title="", cells=()),
        key="",
        reason=Reason.KEY,
        detail="a file that it reads has changed since " * 3,
    )
    show_plan(Plan((planned,)), console=console)
    lines = drawn.getvalue().splitlines()
    assert [line for line in lines if line.startswith(f"run  {LONG}  a file")]
    assert f"  run just this one: toolchain execute {LONG}" in lines
    assert f"book/{LONG}.md:3: error: {'wrong ' * 30} [SRC002]" in lines
    assert "  Write a line `a_package_that_nobody_has` in _config/kernel/cpu.in." in lines
    assert [line for line in lines if f"_build/notebooks/{LONG}.zip" in line]


def test_an_interrupted_build_leaves_the_cursor_and_a_locale_that_is_not_there_or_ascii_disturbs_nothing(
    tmp_path: Path,
) -> None:
    project = write_notebooks(tmp_path / "book", "", {LONG: ("", SLOW)})
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 40, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "toolchain", "-v", "execute", "--project", project],
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
        env={**environment, "TERM": "xterm", "LANG": "xx_XX.UTF-8", "PYTHONIOENCODING": "ascii"},
    )
    os.close(terminal)
    written, told = b"", False
    try:
        while part := os.read(controller, 65536):
            written += part
            if not told and b"cell 1/1" in written:
                told = True
                process.send_signal(signal.SIGINT)
    except OSError:  # as above
        pass
    os.close(controller)
    assert process.wait() == 130, written.decode()
    words = written.decode("ascii")
    assert words.rindex("\x1b[?25h") > words.rindex("\x1b[?25l")
    assert "\\u" not in words
    rows = [row for row in re.split(r"[\r\n]+", OURS.sub("\n", words)) if "cell 1/1" in row]
    assert rows
    assert max(map(len, rows)) <= 40
    assert [row for row in rows if "DEBUG" in row] == []
