"""Notebooks that failed and would fail again: they are not run until something has changed, or somebody asks for it."""

from collections.abc import Iterable, Mapping

import msgspec

from toolchain.base.code import digest_of_rooms
from toolchain.messages import report
from toolchain.model import (
    CellFailure,
    Document,
    Failed,
    FailureKind,
    KnownFailure,
    NotebookReport,
    Outcome,
)
from toolchain.project.settings import Settings

ROOMS = ("execute", "processes", "model", "base")
"""What of our code decides how a notebook runs: with another one it is run again."""
KINDS = frozenset({FailureKind.CELL_ERROR, FailureKind.EXPRESSION_ERROR, FailureKind.CHANGED_SOURCE})
"""The failures that are the notebook's own; another machine, another hour or another limit may end all others otherwise."""
OF_MACHINE = ("memoryerror", "out of memory", "outofmemory", "no space left on device", "too many open files")
"""In what is raised where the machine lacks something."""
LONGEST = 2000
"""Characters at the end of a traceback that say what was raised."""


def known(settings: Settings) -> dict[str, KnownFailure]:
    """Return those of earlier builds, by the notebooks' names."""
    failures = report.read_failures(settings.failures)
    code = digest_of_rooms(ROOMS) if failures else ""
    return {name: failure for name, failure in failures.items() if failure.code == code}


def keep(outcomes: Iterable[Outcome], reports: Mapping[str, NotebookReport], settings: Settings) -> None:
    """Remember the failures among what has run, and forget what is known of the others."""
    ran = {outcome.planned.document.name: outcome for outcome in outcomes}
    before = report.read_failures(settings.failures)
    failures = {name: failure for name, failure in before.items() if name not in ran}
    failures |= {
        name: KnownFailure(
            key=outcome.planned.key,
            code=digest_of_rooms(ROOMS),
            inputs=outcome.inputs,
            failure=failure,
            beyond=failure.line - _begin(failure, outcome.planned.document),
            seconds=outcome.seconds,
            attempts=outcome.attempts,
        )
        for name, outcome in ran.items()
        if isinstance(outcome, Failed) and (failure := reports[name].failure) and lasts(failure)
    }
    if failures != before:
        report.write_failures(failures, settings.failures)


def lasts(failure: CellFailure) -> bool:
    """Say whether a notebook would fail in the same way wherever and whenever it ran again."""
    said = f"{failure.message} {failure.traceback[-LONGEST:]}".lower()
    return failure.kind in KINDS and not any(words in said for words in OF_MACHINE)


def as_now(known: KnownFailure, document: Document) -> CellFailure:
    """Return a failure with its line in a page whose text may have changed around the code."""
    failure = known.failure
    if not failure.line:
        return failure
    places = [
        one.line
        for one in document.evaluated
        if (one.written, one.after) == (failure.expression, failure.cell)
    ]
    line = (
        next(iter(places), failure.line) if failure.expression else _begin(failure, document) + known.beyond
    )
    return msgspec.structs.replace(failure, line=line)


def _begin(failure: CellFailure, document: Document) -> int:
    """Return the line at which the cell begins that failed; 0 if there is none."""
    return document.cells[failure.cell - 1].line if 0 < failure.cell <= len(document.cells) else 0
