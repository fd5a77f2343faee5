"""What stages say while they work, and how a terminal and a log show it."""

import os
import sys
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import click
import msgspec
from msgspec import Struct

from toolchain.base import terminal
from toolchain.base.units import count, tried
from toolchain.messages.lines import DUMB
from toolchain.model.runs import Executed, Failed, Outcome

if TYPE_CHECKING:
    from toolchain.messages.drawn import Terminal


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
        match in_a_row(event):
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


def reporter(*, quiet: bool = False) -> "Plain | Terminal":
    """Choose how to show progress: drawn on a terminal, plain lines elsewhere, nothing if quiet."""
    if quiet:
        return Plain(lambda line: click.echo(line.strip(), err=True), quiet=True)
    if sys.stderr.isatty() and os.environ.get("TERM") not in DUMB:
        from toolchain.messages.console import Console  # noqa: PLC0415 - slow to import
        from toolchain.messages.drawn import Terminal  # noqa: PLC0415 - as above

        return Terminal(Console(stderr=True))
    return Plain(lambda line: click.echo(line, err=True))


def in_a_row(event: Event) -> Event:
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
