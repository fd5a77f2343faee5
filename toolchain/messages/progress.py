"""What stages say while they work, and how a terminal and a log show it."""

import os
import sys
from collections.abc import Callable
from threading import RLock
from types import TracebackType
from typing import Protocol, Self

import click
import msgspec
from msgspec import Struct
from rich.live import Live
from rich.text import Text

from toolchain.base import terminal
from toolchain.base.units import count
from toolchain.messages.console import Console
from toolchain.messages.rows import Rows
from toolchain.model import Executed, Failed, Outcome


class StageStarted(Struct, frozen=True):
    """A stage begins."""

    title: str
    total: int = 0
    """How many steps it has; 0 if unknown."""
    within: bool = False
    """Whether it is a part of the stage before it, which goes on when this one is over."""


class StageStep(Struct, frozen=True):
    """A stage has come so far."""

    done: int
    total: int = 0
    what: str = ""


class StageFinished(Struct, frozen=True):
    """A stage is over."""

    summary: str = ""
    """Said of it at its end, if anything is."""


class NotebookStarted(Struct, frozen=True):
    """A notebook begins a cell."""

    name: str
    cell: int
    cells: int
    host: str = ""
    """Where, if that is not here."""


class NotebookStopped(Struct, frozen=True):
    """A notebook does not run any more, and waits to be run again."""

    name: str


class NotebookFinished(Struct, frozen=True):
    """A notebook has ended, well or not."""

    name: str
    outcome: Outcome


class Note(Struct, frozen=True):
    """A sentence for the person."""

    text: str
    problem: bool = False
    """Whether to say it although the person wants no progress."""


Event = StageStarted | StageStep | StageFinished | NotebookStarted | NotebookStopped | NotebookFinished | Note


class Reporter(Protocol):
    """Hears what happens. May be called from any thread."""

    def __call__(self, event: Event, /) -> None:
        """Show an event, or do not."""


class Plain:
    """A line per event that lasts: for logs and for everything that is no terminal."""

    def __init__(self, write: Callable[[str], object], *, quiet: bool = False) -> None:
        """Send each line to `write`; problems only, if quiet."""
        self._write = write
        self._quiet = quiet

    def __call__(self, event: Event, /) -> None:
        """Show an event as a line, if it says something new."""
        if self._quiet and not (isinstance(event, Note) and event.problem):
            return
        match _in_a_row(event):
            case StageStarted(title=title):
                self._write(f"{title} ...")
            case StageFinished(summary=summary) | Note(text=summary):
                if summary:
                    self._write(summary)
            case NotebookStarted(name=name, cell=1, cells=cells, host=host):
                self._write(f"  run     {name} ({count(cells, 'cell')}){on(host)}")
            case NotebookFinished(name=name, outcome=outcome):
                self._write(_ended(name, outcome))

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End."""


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
        event = _in_a_row(event)
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


DUMB = ("dumb", "unknown")
"""What a terminal is called on which nothing can be drawn."""


def reporter(*, quiet: bool = False) -> Plain | Terminal:
    """Choose how to show progress: drawn on a terminal, plain lines elsewhere, nothing if quiet."""
    if quiet:
        return Plain(lambda line: click.echo(line.strip(), err=True), quiet=True)
    if sys.stderr.isatty() and os.environ.get("TERM") not in DUMB:
        return Terminal(Console(stderr=True))
    return Plain(lambda line: click.echo(line, err=True))


def _in_a_row(event: Event) -> Event:
    """Return an event with its names, of pages for instance, as one line shows them; a note has lines of its own."""
    if isinstance(event, Note | StageFinished):
        return event
    names = {
        field: terminal.name(value)
        for field in event.__struct_fields__
        if isinstance(value := getattr(event, field), str)
    }
    return msgspec.structs.replace(event, **names)


def _ended(name: str, outcome: Outcome) -> str:
    match outcome:
        case Executed(seconds=seconds):
            return f"  done    {name}  {seconds:.1f} s{tried(outcome.attempts)}"
        case Failed(failure=failure):
            return f"  failed  {name}: {failure.said}{tried(outcome.attempts)}"


def on(host: str) -> str:
    """Return ` on HOST` for a message; empty where the host is this machine."""
    return f" on {host}" if host else ""


def tried(attempts: int) -> str:
    """Return ` (tried N times)` for a message; empty for a single attempt."""
    return f" (tried {attempts} times)" if attempts > 1 else ""
