"""The preview on a terminal: what it says, which keys it takes, and how it ends."""

import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.previews import CODE, SECONDS, free_port, prose, write_book
from support.running import run_toolchain

TERMINAL = """\
import fcntl, runpy, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
sys.argv = ["toolchain", *sys.argv[1:]]
runpy.run_module("toolchain", run_name="__main__")
"""
"""Makes its standard input the terminal that it belongs to, as a shell does for what is started in it."""


class Screen:
    """What a program writes to its terminal, and what is typed there."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._text = ""

    def until(self, words: str) -> str:
        """Return what is written until these words, and go on behind them."""
        deadline = time.monotonic() + SECONDS
        while words not in self._text:
            assert time.monotonic() < deadline, self._text
            if select.select([self._handle], [], [], 0.1)[0]:
                self._text += os.read(self._handle, 1 << 16).decode(errors="replace")
        before, _, self._text = self._text.partition(words)
        return before

    def type(self, text: str) -> None:
        os.write(self._handle, text.encode())


@contextmanager
def on_a_terminal(project: Path) -> Iterator[tuple["subprocess.Popen[bytes]", Screen]]:
    """Run a preview on a terminal of its own."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, b"\x18\x00\xa0\x00\x00\x00\x00\x00")
    process = subprocess.Popen(
        [sys.executable, "-c", TERMINAL, "serve", "--project", str(project), "--port", str(free_port())],
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
    )
    os.close(its)
    try:
        yield process, Screen(ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_a_notebook_waits_to_be_asked_for_and_ctrl_c_ends_it_all(tmp_path: Path) -> None:
    project = write_book(tmp_path / "book-of-it")
    toml = project / "_config/book.toml"
    toml.write_text(toml.read_text() + '[serve]\nexecute = "ask"\n')
    with on_a_terminal(project) as (process, screen):
        screen.until("http://127.0.0.1:")
        assert "run     code" not in screen.until("waiting to be run: code; press Enter")
        assert not (project / "_build/html").exists()

        screen.type("\n")
        screen.until("run     code (1 cell)")
        screen.until("findings: 0")
        assert "result 1" in (project / "_build/html/code.html").read_text()

        (project / "book/code.md").write_text(CODE.format(value=2))
        screen.until("waiting to be run: code; press Enter")
        assert run_toolchain("build", "html", project=project).code == 0  # beside it
        assert "result 2" in (project / "_build/html/code.html").read_text()
        screen.until("findings: 0")
        assert not (project / "_build/waiting").exists()

        (project / "book/code.md").write_text(CODE.format(value=3))
        screen.until("waiting to be run: code; press Enter")
        (project / "book/code.md").write_text(CODE.format(value=2))
        (project / "book/prose.md").write_text(prose("See {ref}`prose-of-nothing`."))
        screen.until("prose-of-nothing")

        screen.type("\x03")
        assert process.wait(SECONDS) == 0
