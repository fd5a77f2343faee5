"""What stages say while they work, and how a terminal and a log show it."""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

import click
from msgspec import Struct
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from toolchain.base.units import count
from toolchain.model import Executed, Failed, Outcome

BAR = 24
"""Characters of a terminal."""


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
        match event:
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


class Terminal:
    """Lines as in a log, and below them what runs now with its time, redrawn in place."""

    def __init__(self, console: Console) -> None:
        """Draw on a console."""
        self._lines = Plain(self._print)
        self._console = console
        self._running: dict[str, tuple[float, NotebookStarted]] = {}
        self._finished = 0
        self._stage: tuple[float, StageStarted] | None = None
        self._step = StageStep(done=0)
        self._spinner = Spinner("dots")
        self._live = Live(get_renderable=self._draw, console=console, transient=True, refresh_per_second=8)

    def __call__(self, event: Event, /) -> None:
        """Show an event."""
        match event:
            case StageStarted():
                self._stage, self._step, self._finished = (time.monotonic(), event), StageStep(done=0), 0
            case StageStep():
                self._step = event
            case StageFinished():
                self._stage = None
                self._lines(event)
            case NotebookStarted(name=name):
                since = self._running.get(name, (time.monotonic(), event))[0]
                self._running = {**self._running, name: (since, event)}
            case NotebookStopped(name=name):
                self._drop(name)
            case NotebookFinished(name=name):
                self._drop(name)
                self._finished += 1
                self._lines(event)
            case Note():
                self._lines(event)

    def _drop(self, name: str) -> None:
        self._running = {running: since for running, since in self._running.items() if running != name}

    def _print(self, line: str) -> None:
        style = (
            "red"
            if line.startswith(("  failed", "  damaged"))
            else "green"
            if line.startswith("  done")
            else None
        )
        self._console.print(Text(line, style=style or ""))

    def _draw(self) -> RenderableType:
        now = time.monotonic()
        rows: list[RenderableType] = []
        if self._stage:
            since, stage = self._stage
            finished = self._finished or self._step.done
            total = self._step.total or stage.total
            columns: list[RenderableType] = []
            if total:
                bar = ProgressBar(total, finished, width=BAR, complete_style="green", finished_style="green")
                columns = [bar, Text(f"{finished}/{total} ")]
            self._spinner.update(text=Text(stage.title))
            row = Table.grid(padding=(0, 1))
            row.add_row(self._spinner, *columns, Text(f"{now - since:.0f} s  {self._step.what}"))
            rows.append(row)
        for name, (since, event) in self._running.items():
            rows.append(
                Text(
                    f"    {name}  cell {event.cell}/{event.cells}  {now - since:.0f} s{on(event.host)}",
                    style="dim",
                )
            )
        return Group(*rows)

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
        return Terminal(Console(stderr=True, highlight=False))
    return Plain(lambda line: click.echo(line, err=True))


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
