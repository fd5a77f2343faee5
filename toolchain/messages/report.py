"""What a build has to say when it is over, as a person reads it and as files of JSON."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

import msgspec

from toolchain.base import terminal
from toolchain.base.decoding import read_json
from toolchain.base.errors import ExitCode, ToolchainError
from toolchain.base.files import remember, write_atomically
from toolchain.base.units import count, human_size, tried
from toolchain.messages import tracebacks
from toolchain.messages.lines import Printer, table
from toolchain.model.files import Finding, Severity
from toolchain.model.reports import BuildReport, KnownFailure, NotebookReport, Status
from toolchain.model.runs import CellFailure, Plan, Planned, Reason

if TYPE_CHECKING:
    from toolchain.messages.console import Console

# What is slow to import stands where it is needed: of a build nothing has columns to break.

BESIDE = 45
"""Columns beside a name, which is never broken: it may be copied."""
MOST_FINDINGS = 20
"""A build shows so many; the others are in report.json, and `toolchain check` prints them all."""
VERBS = {"reuse": "green", "run": "yellow", "shown": "green", "missing": "red", "failed": "red"}
"""What becomes of a notebook, and how a terminal shows it."""
WITHOUT = {Reason.OFF: "shown", Reason.REMEMBERED: "failed"}
"""The same of notebooks that neither run nor have a result."""


def show_summary(
    report: BuildReport, project: Path, *, entrances: Mapping[str, str], console: Printer
) -> None:
    """Print what was made, where, how large, how long, then the findings and the addresses to open.

    `entrances` are the files that readers open first in the artefacts of each form; empty where there is none.
    """
    for notebook in report.notebooks:
        if notebook.failure:
            show_failure(notebook, notebook.failure, console)
    for crash in report.crashes:
        console.print(f"\n{crash.said}", style="red")
    errors = tuple(finding for finding in report.findings if finding.severity == Severity.ERROR)
    show_findings(errors, console=console, most=MOST_FINDINGS)
    if report.artefacts and not report.stopped:
        heading, *rows = table(_artefact_rows(report), right=frozenset({2, 3}))
        console.print(heading, style="bold")
        for row in rows:
            console.print(row)
    for crash in report.crashes:
        why, _, _ = crash.said.partition("\n")
        console.print(f"not made: {crash.form}: {why}", style="red")
    for note in report.notes:
        console.print(f"note: {note}")
    console.print(f"notebooks: {_become(report.notebooks)}   {counts(report.findings)}")
    _list_failures(report.notebooks, console)
    for artefact in report.artefacts:
        entrance = entrances.get(artefact.form)
        if entrance and not report.stopped:
            console.print(f"open {(project / artefact.path / entrance).as_uri()}")


def _list_failures(notebooks: Iterable[NotebookReport], console: Printer) -> None:
    """Print a line for each notebook that failed, if they are so many that nobody sees all of their reports at once."""
    failures = [notebook for notebook in notebooks if notebook.failure]
    if len(failures) > 1:
        again = " (--retry runs again what failed before)" if any(one.as_before for one in failures) else ""
        console.print("\n  ".join([f"failed{again}:", *map(_said, failures)]), style="red")


def _become(notebooks: Iterable[NotebookReport]) -> str:
    """Say how many notebooks have become what."""
    status = Counter(notebook.status for notebook in notebooks)
    said = f"{status[Status.EXECUTED]} executed, {status[Status.REUSED]} reused"
    others = {Status.FAILED: "failed", Status.MISSING: "missing", Status.SAVED: "not run"}
    return said + "".join(f", {status[kind]} {words}" for kind, words in others.items() if status[kind])


def show_failure(notebook: NotebookReport, failure: CellFailure, console: Printer) -> None:
    """Print where and how a notebook failed, and what to do about it."""
    console.print(f"\n{_said(notebook)}{tried(notebook.attempts)}", style="red")
    if failure.last_output:
        console.print("  what the cell printed last:")
        indented = (f"    {line}" if line.strip() else line for line in failure.last_output.split("\n"))
        console.print("\n".join(indented), style="dim")
    for line in tracebacks.short(failure.traceback):
        console.print(line, style="dim")
    if failure.remedy:
        console.print(f"  {failure.remedy}")
    again = (
        "as before, since nothing has changed; run it again" if notebook.as_before else "run just this one"
    )
    console.print(f"  {again}: toolchain execute {terminal.name(notebook.name)}")


def _said(notebook: NotebookReport) -> str:
    """Return the line that says of a notebook where and how it failed."""
    path, failure = terminal.name(notebook.path), notebook.failure
    if failure is None:
        return path
    return f"{path}:{failure.line}: {failure.said}" if failure.line else f"{path}: {failure.said}"


def show_findings(findings: tuple[Finding, ...], *, console: Printer, most: int = 0) -> None:
    """Print findings, a line each with its place, and the remedy where there is one; `most` of them if it is given."""
    shown = findings[:most] if most else findings
    for finding in shown:
        place = f"{finding.place}: " if finding.place else ""
        style = "yellow" if finding.severity == Severity.ERROR else "dim"
        console.print(f"{place}{finding.severity}: {finding.message} [{finding.id}]", style=style)
        if finding.remedy:
            console.print(f"  {finding.remedy}", style="dim")
    if len(findings) > len(shown):
        console.print(f"... and {len(findings) - len(shown)} more: toolchain check")


def counts(findings: tuple[Finding, ...]) -> str:
    """Say how many errors there are among findings, and how much advice there is besides."""
    advice = sum(finding.severity == Severity.ADVICE for finding in findings)
    return f"findings: {len(findings) - advice}" + (f"   advice: {advice}" if advice else "")


class Described(Protocol):
    """A check, as it describes itself."""

    id: ClassVar[str]
    title: ClassVar[str]
    severity: ClassVar[Severity]


def show_checks(checks: Iterable[Described], *, console: "Console") -> None:
    """Print a line per check: its id, how bad what it finds is, what it finds."""
    from rich.table import Table  # noqa: PLC0415 - slow to import
    from rich.text import Text  # noqa: PLC0415 - as above

    table = Table(box=None, show_header=False, pad_edge=False)
    for check in checks:
        table.add_row(Text(check.id, style="bold"), str(check.severity), check.title)
    console.print(table)


def show_plan(plan: Plan, *, console: "Console") -> None:
    """Print a line per notebook: what happens to it, why, and how long it is expected to take."""
    from rich.table import Table  # noqa: PLC0415 - slow to import
    from rich.text import Text  # noqa: PLC0415 - as above

    drawn = Table(box=None, show_header=False, pad_edge=False)
    longest = max((len(planned.document.name) for planned in plan.notebooks), default=0)
    drawn.add_column()
    drawn.add_column(no_wrap=True, min_width=longest)
    if console.width < longest + BESIDE:
        drawn.width = longest + BESIDE
    for verb, name, because, seconds in map(_planned, plan.notebooks):
        drawn.add_row(Text(verb, style=VERBS[verb]), name, because, Text(seconds, justify="right"))
    if plan.notebooks:
        console.print(drawn)
    console.print(_in_sum(plan))


def list_plan(plan: Plan, *, console: Printer) -> None:
    """Print the same where nobody looks: a program or a file gets each line whole, and waits for no colours."""
    for row in table(map(_planned, plan.notebooks), right=frozenset({3})):
        console.print(row)
    console.print(_in_sum(plan))


def _planned(planned: Planned) -> Sequence[str]:
    idle = WITHOUT.get(planned.reason, "missing")
    verb = "reuse" if planned.record else "run" if planned.runs else idle
    seconds = f"{planned.expected_seconds:.1f} s" if planned.expected_seconds is not None else ""
    because = f"{planned.because} ({planned.note})" if planned.note else planned.because
    return verb, terminal.name(planned.document.name), because, seconds


def _in_sum(plan: Plan) -> str:
    reused = sum(planned.record is not None for planned in plan.notebooks)
    off = sum(planned.reason == Reason.OFF for planned in plan.notebooks)
    failed = sum(planned.reason == Reason.REMEMBERED for planned in plan.notebooks)
    missing = len(plan.notebooks) - len(plan.to_run) - reused - off - failed
    summary = f"{count(len(plan.to_run), 'notebook')} to run, {reused} to reuse"
    summary += f", {failed} failed" if failed else ""
    summary += f", {missing} missing" if missing else ""
    return summary + (f", {off} not run" if off else "")


def write(report: BuildReport, path: Path) -> None:
    """Write report.json."""
    text = msgspec.json.format(msgspec.json.encode(report), indent=2).decode()
    write_atomically(path, terminal.message(text).encode() + b"\n")


def read(path: Path) -> BuildReport | None:
    """Read report.json; None if there is none or it is another version's."""
    return read_json(path, BuildReport)


@contextmanager
def recording_failures(path: Path, forms: tuple[str, ...]) -> Iterator[None]:
    """Write report.json with the error that ends a build before it has a report of its own.

    Its artefacts and warnings stay those of the last build, which it replaces.
    """
    try:
        yield
    except (ToolchainError, KeyboardInterrupt) as error:
        code, message = ExitCode.INTERRUPTED, "interrupted"
        if isinstance(error, ToolchainError):
            code, message = error.exit_code, "\n".join(filter(None, (error.message, error.remedy)))
        last_report = read(path) or BuildReport(exit_code=code)
        report = BuildReport(
            exit_code=code,
            forms=forms,
            artefacts=last_report.artefacts,
            warnings=last_report.warnings,
            stopped=True,
            error=message,
        )
        with suppress(OSError):  # a full disk has been told of already
            write(report, path)
        raise


def _artefact_rows(report: BuildReport) -> Iterator[tuple[str, str, str, str]]:
    yield "made", "where", "size", "time"
    for artefact in report.artefacts:
        size = human_size(artefact.bytes) + (f" in {artefact.files} files" if artefact.files > 1 else "")
        seconds = f"{artefact.seconds:.1f} s" if artefact.seconds else ""
        yield artefact.form, terminal.name(artefact.path), size, seconds


def write_runs(notebooks: Mapping[str, NotebookReport], path: Path) -> None:
    """Write runs.json: what became of each notebook when a build last came to it, by name."""
    remember(path, msgspec.json.encode(notebooks, order="sorted"))


def write_failures(failures: Mapping[str, KnownFailure], path: Path) -> None:
    """Write failures.json: the notebooks that need not run again until something changes, by name."""
    content = msgspec.json.encode(failures, order="sorted")
    if failures or path.exists():
        write_atomically(path, content)


def read_failures(path: Path) -> dict[str, KnownFailure]:
    """Read what `write_failures` wrote; empty if there is none or it is another version's."""
    return read_json(path, dict[str, KnownFailure]) or {}


def read_runs(path: Path) -> dict[str, NotebookReport]:
    """Read what `write_runs` wrote; empty if there is none or it is another version's."""
    return read_json(path, dict[str, NotebookReport]) or {}
