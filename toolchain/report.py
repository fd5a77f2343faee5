"""What stages say while they work, and how a terminal, a log and a file of JSON show it."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import indent
from types import TracebackType
from typing import Protocol, Self

import click
import msgspec
from msgspec import Struct
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from toolchain.files import write_atomically
from toolchain.model import (
    Artifact,
    BuildReport,
    CellFailure,
    Executed,
    Failed,
    Finding,
    NotebookReport,
    Outcome,
    Plan,
    Planned,
    Status,
)

MOST_FINDINGS = 20
"""A build shows so many; the others are in report.json, and `toolchain check` prints them all."""


LOG_WIDTH = 160


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


class NotebookFinished(Struct, frozen=True):
    """A notebook has ended, well or not."""

    name: str
    outcome: Outcome


class Note(Struct, frozen=True):
    """A sentence for the person."""

    text: str
    problem: bool = False
    """Whether to say it although the person wants no progress."""


Event = StageStarted | StageStep | StageFinished | NotebookStarted | NotebookFinished | Note


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
            case NotebookStarted(name=name, cell=1, cells=cells):
                self._write(f"  run     {name} ({count(cells, 'cell')})")
            case NotebookFinished(name=name, outcome=outcome):
                self._write(_ended(name, outcome))

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
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
            case NotebookFinished(name=name):
                self._running = {k: v for k, v in self._running.items() if k != name}
                self._finished += 1
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
        self._console.print(Text(line, style=style or ""))

    def _draw(self) -> RenderableType:
        now = time.monotonic()
        rows: list[RenderableType] = []
        if self._stage:
            since, stage = self._stage
            done = self._finished or self._step.done
            total = self._step.total or stage.total
            far = f" {done}/{total}" if total else ""
            self._spinner.update(text=Text(f"{stage.title}{far}  {now - since:.0f} s  {self._step.what}"))
            rows.append(self._spinner)
        for name, (since, event) in self._running.items():
            rows.append(
                Text(f"    {name}  cell {event.cell}/{event.cells}  {now - since:.0f} s", style="dim")
            )
        return Group(*rows)

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""
        self._live.__exit__(kind, value, traceback)


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
            return f"  done    {name}  {seconds:.1f} s{_tried(outcome.attempts)}"
        case Failed(failure=failure):
            said = f"cell {failure.cell}: {failure.kind}: {failure.message}"
            return f"  failed  {name}: {said}{_tried(outcome.attempts)}"


def _tried(attempts: int) -> str:
    return f" (tried {attempts} times)" if attempts > 1 else ""


def console() -> Console:
    """Return the console for results: coloured on a terminal, plain text elsewhere, never wrapped in a log."""
    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, soft_wrap=True, width=LOG_WIDTH)


def show_summary(report: BuildReport, project: Path, *, console: Console) -> None:
    """Print what was made, where, how large, how long, then the findings and the address to open."""
    for each in report.notebooks:
        if each.failure:
            _show_failure(each, each.failure, console)
    for crash in report.crashes:
        console.print(Text(f"\n{crash}", style="red"))
    show_findings(report.findings, console=console, most=MOST_FINDINGS)
    if report.artefacts and not report.stopped:
        console.print(_artefact_table(report.artefacts))
    executed = sum(each.status == Status.EXECUTED for each in report.notebooks)
    reused = sum(each.status == Status.REUSED for each in report.notebooks)
    failed = sum(each.status == Status.FAILED for each in report.notebooks)
    missing = sum(each.status == Status.MISSING for each in report.notebooks)
    counts = f"{executed} executed, {reused} reused"
    counts += (f", {failed} failed" if failed else "") + (f", {missing} missing" if missing else "")
    console.print(f"notebooks: {counts}   findings: {len(report.findings)}")
    for artefact in report.artefacts:
        if artefact.form == "html" and not report.stopped:
            console.print(f"open {(project / artefact.path / 'index.html').as_uri()}")


def _show_failure(notebook: NotebookReport, failure: CellFailure, console: Console) -> None:
    place = f"{notebook.path}:{failure.line}" if failure.line else notebook.path
    said = f"cell {failure.cell}: {failure.kind}: {failure.message}{_tried(notebook.attempts)}"
    console.print(Text(f"\n{place}: {said}", style="red"))
    if failure.last_output:
        console.print(Text("  what the cell printed last:"))
        console.print(Text(indent(failure.last_output, "    "), style="dim"))
    if failure.traceback:
        console.print(Text(failure.traceback, style="dim"))
    if failure.remedy:
        console.print(Text(f"  {failure.remedy}"))
    console.print(Text(f"  run just this one: toolchain execute {notebook.name}"))


def show_findings(findings: tuple[Finding, ...], *, console: Console, most: int = 0) -> None:
    """Print findings, a line each with its place, and the remedy where there is one; `most` of them if it is given."""
    shown = findings[:most] if most else findings
    for each in shown:
        place = f"{each.place}: " if each.place else ""
        console.print(Text(f"{place}{each.severity}: {each.message} [{each.id}]", style="yellow"))
        if each.remedy:
            console.print(Text(f"  {each.remedy}", style="dim"))
    if len(findings) > len(shown):
        console.print(f"... and {len(findings) - len(shown)} more: toolchain check")


def show_plan(plan: Plan, *, console: Console) -> None:
    """Print a line per notebook: what happens to it, why, and how long it is expected to take."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for each in plan.notebooks:
        verb = _verb(each)
        known = f"{each.expected_seconds:.1f} s" if each.expected_seconds is not None else ""
        table.add_row(verb, each.document.name, each.because, Text(known, justify="right"))
    if plan.notebooks:
        console.print(table)
    reused = sum(each.record is not None for each in plan.notebooks)
    missing = len(plan.notebooks) - len(plan.to_run) - reused
    said = f"{count(len(plan.to_run), 'notebook')} to run, {reused} to reuse"
    console.print(said + (f", {missing} missing" if missing else ""))


def _verb(planned: Planned) -> Text:
    if planned.record:
        return Text("reuse", style="green")
    return Text("run", style="yellow") if planned.runs else Text("missing", style="red")


def write(report: BuildReport, path: Path) -> None:
    """Write report.json."""
    write_atomically(path, msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")


def read(path: Path) -> BuildReport | None:
    """Read report.json; None if there is none or it is another version's."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=BuildReport)
    except (OSError, msgspec.DecodeError):
        return None


def human_size(size: int) -> str:
    """Say a number of bytes as people do."""
    amount = float(size)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:  # noqa: PLR2004 - what the units mean
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def _artefact_table(artefacts: tuple[Artifact, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("made", "where"):
        table.add_column(heading)
    for heading in ("size", "time"):
        table.add_column(heading, justify="right")
    for each in artefacts:
        size = human_size(each.bytes) + (f" in {each.files} files" if each.files > 1 else "")
        table.add_row(each.form, each.path, size, f"{each.seconds:.1f} s" if each.seconds else "")
    return table


def count(number: int, noun: str) -> str:
    """Say how many of something there are."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
