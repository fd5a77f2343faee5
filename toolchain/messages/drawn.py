"""Progress as a terminal shows it: drawn, and redrawn in place."""

import sys
from threading import RLock
from types import TracebackType
from typing import Self

from rich.live import Live
from rich.text import Text

from toolchain.messages.console import Console
from toolchain.messages.progress import (
    Event,
    Note,
    NotebookFinished,
    NotebookStarted,
    NotebookStopped,
    Plain,
    StageFinished,
    StageStarted,
    StageStep,
    in_a_row,
    on,
)
from toolchain.messages.rows import Rows


class Terminal:
    """Lines as in a log, and below them what runs now with its time, redrawn in place."""

    def __init__(self, console: Console) -> None:
        """Draw on a console."""
        self._lines = Plain(self._print)
        self._console = console
        self._lock = RLock()
        self.rows = Rows(console)
        self._live = Live(
            get_renderable=lambda: self.rows.shown,
            console=console,
            transient=True,
            refresh_per_second=8,
            redirect_stdout=sys.stdout.isatty(),  # else it is a file or a pipe, with what a program is to read
        )

    def __call__(self, event: Event, /) -> None:
        """Show an event."""
        event = in_a_row(event)
        with self._lock:
            match event:
                case StageStarted(title=title, total=total, within=within):
                    self.rows.begin(title, total, within=within)
                case StageStep(done=done, total=total, what=what):
                    self.rows.step(done, total, what)
                case StageFinished():
                    self.rows.end()
                    self._lines(event)
                case NotebookStarted(name=name, cell=cell, cells=cells, host=host):
                    self.rows.notebook(name, cell, cells, on(host).strip())
                case NotebookStopped(name=name):
                    self.rows.drop(name, finished=False)
                case NotebookFinished(name=name):
                    self.rows.drop(name, finished=True)
                    self._lines(event)
                case Note():
                    self._lines(event)

    def _print(self, line: str) -> None:
        style = (
            "red"
            if line.startswith(("  failed", "  damaged"))
            else "green"
            if line.startswith("  done")
            else None
        )
        # The terminal itself breaks what is too long: a path that is copied has no end of a line in it then.
        self._console.print(Text(line, style=style or ""), soft_wrap=True)

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""
        self._live.__exit__(kind, error, traceback)
