"""What stages say while they work, and how a terminal and a log show it."""

import sys
from collections.abc import Callable
from functools import partial
from threading import RLock
from types import TracebackType
from typing import Any, Protocol, Self

import click
import msgspec
from msgspec import Struct
from rich.console import Group
from rich.live import Live
from rich.progress import BarColumn, Progress, RenderableColumn, TaskID, TextColumn
from rich.spinner import Spinner
from rich.table import Column
from rich.text import Text

from toolchain.base import terminal
from toolchain.base.units import count
from toolchain.messages.console import Console
from toolchain.model import Executed, Failed, Outcome


class StageStarted(Struct, frozen=True):
    """A stage begins."""

    title: str
    total: int = 0
    """How many steps it has; 0 if unknown."""


class StageStep(Struct, frozen=True):
    """A stage has come so far."""

    done: int
    total: int = 0
    what: str = ""


class StageFinished(Struct, frozen=True):
    """A stage is over."""

    summary: str


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


_cut = partial(TextColumn, markup=False, table_column=Column(overflow="ellipsis"))
"""Text that gives way where the terminal is narrow."""
# Not MofNCompleteColumn, SpinnerColumn and TimeElapsedColumn: the first pads its numbers, the others stop once all
# steps are counted, though a stage may go round again and the last cell may have just begun.
TITLE = (RenderableColumn(Spinner("dots")), _cut("{task.description}", "bold"))
COUNT = (BarColumn(24, "bar.back", "green", "green"), "[green]{task.completed}/{task.total}")
TIME = ("{task.elapsed:.0f} s ", _cut("{task.fields[what]}"))
CELL = " cell {task.completed}/{task.total}  {task.elapsed:.0f} s"
NOTEBOOK = ("   ", _cut("{task.description}"), CELL, _cut("{task.fields[host]}"))


class Terminal:
    """Lines as in a log, and below them what runs now with its time, redrawn in place."""

    def __init__(self, console: Console) -> None:
        """Draw on a console."""
        self._lines = Plain(self._print)
        self._console = console
        self._lock = RLock()
        self._stage = Progress(console=console)
        self._notebooks = Progress(*NOTEBOOK, console=console)
        self._running: dict[str, TaskID] = {}
        rows = Group(self._stage, self._notebooks)
        self._live = Live(rows, console=console, transient=True, refresh_per_second=8)

    def __call__(self, event: Event, /) -> None:
        """Show an event."""
        event = _in_a_row(event)
        with self._lock:
            match event:
                case StageStarted(title=title, total=total):
                    self._end_stage()
                    self._stage.add_task(title, what="", declared=total)
                    self._update_stage()
                case StageStep(done=done, total=total, what=what):
                    self._update_stage(total=total, completed=done, what=what)
                case StageFinished():
                    self._end_stage()
                    self._lines(event)
                case NotebookStarted(name=name, cell=cell, cells=cells, host=host):
                    if name not in self._running:
                        self._running[name] = self._notebooks.add_task(name, total=cells, host="")
                    self._notebooks.update(self._running[name], completed=cell, host=on(host).strip())
                case NotebookStopped(name=name):
                    self._drop(name)
                case NotebookFinished(name=name):
                    self._drop(name)
                    self._update_stage(advance=1)
                    self._lines(event)
                case Note():
                    self._lines(event)

    def _update_stage(self, *, total: int = 0, **changes: Any) -> None:
        """Change the row of the stage, if there is one; without a `total` it has the one that it began with."""
        for task in self._stage.tasks:
            known = total or task.fields["declared"]
            self._stage.update(task.id, total=known, **changes)
            self._stage.columns = (*TITLE, *(COUNT if known else ()), *TIME)

    def _end_stage(self) -> None:
        for task in self._stage.task_ids:
            self._stage.remove_task(task)

    def _drop(self, name: str) -> None:
        if name in self._running:
            self._notebooks.remove_task(self._running.pop(name))

    def _print(self, line: str) -> None:
        style = (
            "red"
            if line.startswith(("  failed", "  damaged"))
            else "green"
            if line.startswith("  done")
            else None
        )
        self._console.print(Text(line, style=style or ""))

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""
        self._live.__exit__(kind, error, traceback)


def reporter(*, quiet: bool = False) -> Plain | Terminal:
    """Choose how to show progress: drawn on a terminal, plain lines elsewhere, nothing if quiet."""
    if quiet:
        return Plain(lambda line: click.echo(line.strip(), err=True), quiet=True)
    if sys.stderr.isatty():
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
