"""What is printed of results, and what a build that was ended leaves to be read."""

import io
import os
import pty
from pathlib import Path

import pytest

from toolchain.base.errors import ConfigError
from toolchain.messages import report
from toolchain.messages.console import Console, results_console
from toolchain.model import Finding, Plan


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_of_many_findings_a_build_shows_the_first() -> None:
    console = Console(file=io.StringIO(), width=200)
    findings = tuple(Finding(id="SRC002", path=f"book/{name}.md", line=3, message="wrong") for name in "abc")

    report.show_findings(findings, console=console, most=2)

    assert printed(console).splitlines() == [
        "book/a.md:3: error: wrong [SRC002]",
        "book/b.md:3: error: wrong [SRC002]",
        "... and 1 more: toolchain check",
    ]


def test_a_book_without_notebooks_has_a_plan() -> None:
    console = Console(file=io.StringIO(), width=200)

    report.show_plan(Plan(()), console=console)

    assert printed(console) == "0 notebooks to run, 0 to reuse\n"


def test_a_terminal_is_shown_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    controller, terminal = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with os.fdopen(terminal, "w") as stdout:
        monkeypatch.setattr("sys.stdout", stdout)
        findings = (Finding(id="SRC002", path="book/a.md", line=3, message="wrong"),)
        report.show_findings(findings, console=results_console())
        stdout.flush()
        shown = os.read(controller, 1000).decode()
    os.close(controller)

    assert shown == "\x1b[33mbook/a.md:3: error: wrong [SRC002]\x1b[0m\r\n"


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (ConfigError("wrong", remedy="Mend it."), 2, "wrong\nMend it."),
    ],
)
def test_what_ends_a_build_is_in_its_report(
    error: BaseException, code: int, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(b"")

    with pytest.raises(type(error)), report.recording_failures(path, ("html",)):
        raise error

    left = report.read(path)
    assert left is not None
    assert (left.exit_code, left.forms, left.stopped, left.error) == (code, ("html",), True, said)
