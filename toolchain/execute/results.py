"""Results: run what the plan lacks, keep each as soon as it is there, say what became of every notebook."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from toolchain import __version__
from toolchain.base.errors import StoreError
from toolchain.base.files import write_atomically
from toolchain.base.units import count
from toolchain.environment import kernelspecs
from toolchain.execute import earlier, failures
from toolchain.execute.executor import Executor
from toolchain.messages import report
from toolchain.messages.progress import Note, Reporter, StageFinished, StageStarted
from toolchain.model import (
    Executed,
    Failed,
    FileRecord,
    Finding,
    KnownFailure,
    NotebookReport,
    Outcome,
    Plan,
    Planned,
    Reason,
    Record,
    Status,
)
from toolchain.project.settings import Settings, in_its_words
from toolchain.store.provenance import provenance
from toolchain.store.store import Store

if TYPE_CHECKING:
    from toolchain.execute.job import Job

WITHOUT = {Reason.MISSING: Status.MISSING, Reason.WAITS: Status.WAITING, Reason.OFF: Status.SAVED}
"""What becomes of notebooks that have no result and do not run."""
MISSING = "missing-result"
"""Id of the finding about a notebook that has no result and cannot run here."""


def make(
    plan: Plan,
    library: Callable[[str], Mapping[str, str]],
    settings: Settings,
    store: Store,
    *,
    commit: str,
    executor: Executor,
    reporter: Reporter,
) -> tuple[NotebookReport, ...]:
    """Run what the plan says, keep each result as soon as it is there, and report on every notebook.

    `library` gives the files of the book's library that a page can import; `commit` is the project's.
    Raises StoreError if a result cannot be kept.
    """
    executor.refuse(plan)
    reports: dict[str, NotebookReport] = {}
    if plan.to_run:
        jobs = _jobs(plan, library, settings, commit)
        reports = _run(jobs, plan, settings, store, executor=executor, reporter=reporter)
    known_failures = failures.known(settings)
    notebooks = tuple(
        reports.get(planned.document.name) or _not_run(planned, store, known_failures)
        for planned in plan.notebooks
    )
    for planned, notebook in zip(plan.notebooks, notebooks, strict=True):
        if notebook.status == Status.WAITING:
            earlier.keep(planned.document, partial_notebook(notebook.name, settings), settings, store)
        elif notebook.status == Status.SAVED:
            earlier.keep_saved(planned.document, saved_notebook(notebook.name, settings), settings)
        elif notebook.status != Status.FAILED:
            partial_notebook(notebook.name, settings).unlink(missing_ok=True)
    known = report.read_runs(settings.runs)
    # What is known of a notebook's runs stays known while it is not run.
    told = (notebook for notebook in notebooks if notebook.status != Status.SAVED)
    report.write_runs(known | {notebook.name: notebook for notebook in told}, settings.runs)
    return notebooks


def known(plan: Plan, settings: Settings, store: Store) -> tuple[NotebookReport, ...]:
    """Report on the notebooks of a plan that runs none: with the results that fit, and nothing of runs of other code."""
    notebooks = tuple(_not_run(planned, store, {}) for planned in plan.notebooks)
    for planned, notebook in zip(plan.notebooks, notebooks, strict=True):
        if notebook.status == Status.SAVED:
            earlier.keep_saved(planned.document, saved_notebook(notebook.name, settings), settings)
    return notebooks


def findings(notebooks: tuple[NotebookReport, ...], settings: Settings) -> tuple[Finding, ...]:
    """Return a finding for each notebook without a result, unless the person accepts that."""
    if settings.options.allow_missing:
        return ()
    return tuple(
        Finding(
            id=MISSING,
            path=notebook.path,
            message=notebook.reason,
            remedy="Execute it on a host that has one, with `toolchain execute --push`, let it have `cpu_fallback: true` in "
            "`execution:`, or accept it with --allow-missing.",
        )
        for notebook in notebooks
        if notebook.status == Status.MISSING
    )


def inputs(
    notebooks: tuple[NotebookReport, ...], store: Store
) -> Callable[[str], tuple[FileRecord, ...] | None]:
    """Return what gives the files that a page's result depended on, by its name; None where there is no result."""
    by_name = {notebook.name: notebook for notebook in notebooks if notebook.blob}

    def inputs_of(page: str) -> tuple[FileRecord, ...] | None:
        notebook = by_name.get(page)
        records = store.records(notebook.key) if notebook else ()
        return next((record.inputs for record in records if notebook and record.blob == notebook.blob), None)

    return inputs_of


def _jobs(
    plan: Plan, library: Callable[[str], Mapping[str, str]], settings: Settings, commit: str
) -> "list[Job]":
    """Return the runs of the notebooks that have to run, in the order in which they are begun."""
    from toolchain.execute.job import job_of  # noqa: PLC0415 - slow to import, and mostly nothing runs

    specs = kernelspecs.of_project(settings)
    return [
        job_of(
            planned,
            settings.toml.execution,
            commit=commit,
            library=library(planned.document.name),
            kernelspecs=specs,
        )
        for planned in plan.to_run
    ]


def _run(
    jobs: "list[Job]",
    plan: Plan,
    settings: Settings,
    store: Store,
    *,
    executor: Executor,
    reporter: Reporter,
) -> dict[str, NotebookReport]:
    """Run notebooks; return what became of each by its name."""
    store.require_writable()
    commit = jobs[0].commit
    reports: dict[str, NotebookReport] = {}
    outcomes: list[Outcome] = []
    unstored: list[Executed] = []

    stored = partial(_stored, store=store, commit=commit, settings=settings, here=executor.here)

    def keep(outcome: Outcome) -> None:
        name = outcome.planned.document.name
        outcomes.append(outcome)
        try:
            if isinstance(outcome, Executed):
                reports[name] = stored(outcome)
            else:
                reports[name] = _failed(outcome, plan, settings, reporter)
        except StoreError as error:
            # The others go on, and meanwhile there may be room again on the disk.
            reporter(
                Note(text=f"  waits   {name}, in memory, until all have run: {error.message}", problem=True)
            )
            unstored.extend([outcome] if isinstance(outcome, Executed) else [])

    from toolchain.execute.attempts import RunPolicy  # noqa: PLC0415 - as above

    reporter(StageStarted(title="Notebooks", total=len(jobs)))
    try:
        policy = RunPolicy(retries=settings.toml.execution.retries, reporter=reporter, keep=keep)
        executor.run_all(jobs, policy)
    except BaseException:
        with suppress(StoreError):  # what ended the run is to be told
            _stored_late(unstored, stored)
        raise
    reports |= _stored_late(unstored, stored)
    reports |= _with_writers_named(reports, outcomes, plan, settings)
    failures.keep(outcomes, reports, settings)
    failed = sum(notebook.status == Status.FAILED for notebook in reports.values())
    summary = f"  done    {len(reports) - failed} of {count(len(plan.notebooks), 'notebook')} run"
    reporter(StageFinished(summary=summary + (f", {failed} failed" if failed else "")))
    return reports


def _stored_late(
    outcomes: list[Executed], stored: Callable[[Executed], NotebookReport]
) -> dict[str, NotebookReport]:
    """Store what could not be stored when it was there; raise StoreError, with the names, if some still cannot."""
    reports, errors = {}, {}
    for outcome in outcomes:
        name = outcome.planned.document.name
        try:
            reports[name] = stored(outcome)
        except StoreError as error:
            errors[name] = error
    if errors:
        names, first = ", ".join(sorted(errors)), next(iter(errors.values()))
        raise StoreError(f"{first.message}\nnot stored, to be run again: {names}", remedy=first.remedy)
    return reports


def _stored(
    outcome: Executed, *, store: Store, commit: str, settings: Settings, here: bool
) -> NotebookReport:
    """Store a result and report on it; `here` says whether this machine has computed it."""
    planned = outcome.planned
    blob = store.put(outcome.notebook.encode())
    if here:
        store.mark_computed(blob)
    record = Record(
        blob=blob,
        inputs=outcome.inputs,
        seconds=round(outcome.seconds, 3),
        device=outcome.device,
        toolchain=__version__,
        commit=commit,
        start=outcome.start,
        versions=outcome.versions,
        components=planned.components,
        notebook=planned.document.name,
        made=outcome.made,
    )
    record = store.record(planned.key, record, replace=settings.options.force)
    stored = _report(planned, Status.EXECUTED, record, store)
    return msgspec.structs.replace(stored, attempts=outcome.attempts)


def _failed(outcome: Failed, plan: Plan, settings: Settings, reporter: Reporter) -> NotebookReport:
    """Keep the outputs of a failed run, and report on it."""
    path = partial_notebook(outcome.planned.document.name, settings)
    try:
        write_atomically(path, outcome.partial.encode())
    except OSError as error:  # what the notebook failed of is still to be told
        with suppress(OSError):
            path.unlink()  # of an earlier run
        reporter(Note(text=f"          its outputs cannot be kept: {path}: {error.strerror}", problem=True))
    from toolchain.execute import remedies  # noqa: PLC0415 - mostly nothing fails

    return msgspec.structs.replace(
        _begun(outcome.planned, Status.FAILED),
        seconds=round(outcome.seconds, 3),
        failure=remedies.explained(outcome, plan, settings),
        attempts=outcome.attempts,
    )


def _with_writers_named(
    reports: Mapping[str, NotebookReport], outcomes: list[Outcome], plan: Plan, settings: Settings
) -> dict[str, NotebookReport]:
    """Return the failed notebooks that looked for what another notebook writes, with both named in the remedy."""
    writers = {
        path: planned.document.path
        for planned in plan.notebooks
        if planned.record
        for path in planned.record.made
    }
    for outcome in outcomes:
        if isinstance(outcome, Executed):
            writers |= dict.fromkeys(outcome.made, outcome.planned.document.path)
    explained = {}
    for outcome in outcomes:
        absent = outcome.absent if isinstance(outcome, Failed) else ()
        written = [
            (path, source)
            for path in absent
            for source in writers
            if path == source or source in _folders(path)
        ]
        notebook = reports[outcome.planned.document.name]
        if written and notebook.failure:
            path, source = written[0]
            remedy = (
                f"{path} is written by {writers[source]}, in a folder that nobody else sees: make it in "
                f"{notebook.path} too, or keep it in book/data."
            )
            failure = msgspec.structs.replace(notebook.failure, remedy=in_its_words(remedy, settings))
            explained[notebook.name] = msgspec.structs.replace(notebook, failure=failure)
    return explained


def _folders(path: str) -> set[str]:
    return {f"{folder.as_posix()}/" for folder in PurePosixPath(path).parents}


def partial_notebook(name: str, settings: Settings) -> Path:
    """Return where the outputs of a failed run are kept, to be opened in Jupyter."""
    return settings.build / "failed" / f"{name}.ipynb"


def saved_notebook(name: str, settings: Settings) -> Path:
    """Return where a notebook that is not run is kept with the outputs that its own file has."""
    return settings.build / "saved" / f"{name}.ipynb"


def _not_run(planned: Planned, store: Store, known: Mapping[str, KnownFailure]) -> NotebookReport:
    if planned.reason == Reason.REMEMBERED:
        failed = known[planned.document.name]
        return msgspec.structs.replace(
            _begun(planned, Status.FAILED),
            seconds=round(failed.seconds, 3),
            failure=failures.as_now(failed, planned.document),
            attempts=failed.attempts,
            as_before=True,
        )
    if planned.reason in WITHOUT:
        return _begun(planned, WITHOUT[planned.reason])
    assert planned.record is not None, f"{planned.document.name} neither ran nor has a result"  # noqa: S101
    return _report(planned, Status.REUSED, planned.record, store)


def _begun(planned: Planned, status: Status) -> NotebookReport:
    return NotebookReport(
        name=planned.document.name,
        path=planned.document.path,
        status=status,
        reason=planned.because,
        key=planned.key,
        gpus=planned.document.declared.gpus,
        declared_key=planned.declared_key,
    )


def _report(planned: Planned, status: Status, record: Record, store: Store) -> NotebookReport:
    """Report on a result; where it comes from is as the notebook itself says, which its digest vouches for."""
    origin = provenance(store.read(record.blob) or b"")
    return msgspec.structs.replace(
        _begun(planned, status),
        seconds=record.seconds,
        start=origin.start,
        cell_seconds=origin.cell_seconds,
        device=origin.device,
        versions=origin.versions,
        toolchain=origin.toolchain,
        commit=origin.commit,
        blob=record.blob,
    )
