"""Words of outputs, pages and names on a person's terminal, in his files and in the log of GitHub's runner."""

import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest
from support.projects import write_notebooks
from support.running import quick_python, run_toolchain

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
