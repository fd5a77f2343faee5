"""Results: run what the plan lacks, keep each as soon as it is there, say what became of every notebook."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

import msgspec

from toolchain import __version__
from toolchain.base.errors import StoreError, UnwritableError
from toolchain.base.files import sha256_bytes, sha256_file, write_atomically
from toolchain.base.units import count
from toolchain.execute import temporary
from toolchain.execute.executor import Executor
from toolchain.messages import report
from toolchain.messages.progress import Note, Reporter, StageFinished, StageStarted
from toolchain.model import (
    Executed,
    Failed,
    FileRecord,
    Finding,
    NotebookReport,
    Outcome,
    Plan,
    Planned,
    Provenance,
    Reason,
    Record,
    Status,
)
from toolchain.model.sphinx import PageResult
from toolchain.project import git
from toolchain.project.settings import Settings
from toolchain.store import jupyter_cache
from toolchain.store.store import Store, provenance

MISSING = "missing-result"
"""Id of the finding about a notebook that has no result and cannot run here."""


def make(
    plan: Plan,
    library: Callable[[str], Mapping[str, str]],
    settings: Settings,
    store: Store,
    *,
    executor: Executor,
    reporter: Reporter,
) -> tuple[NotebookReport, ...]:
    """Run what the plan says, keep each result as soon as it is there, and report on every notebook.

    `library` gives the files of the book's library that a page can import.
    Raises StoreError if a result cannot be kept.
    """
    temporary.sweep()
    executor.refuse(plan)
    done = _run(plan, library, settings, store, executor=executor, reporter=reporter) if plan.to_run else {}
    notebooks = tuple(done.get(each.document.name) or _not_run(each, store) for each in plan.notebooks)
    for each in notebooks:
        if each.status != Status.FAILED:
            _partial(each.name, settings).unlink(missing_ok=True)
    known = report.read_runs(settings.runs) | {each.name: each for each in notebooks}
    report.write_runs(known, settings.runs)
    return notebooks


def findings(notebooks: tuple[NotebookReport, ...], settings: Settings) -> tuple[Finding, ...]:
    """Return a finding for each notebook without a result, unless the person accepts that."""
    if settings.options.allow_missing:
        return ()
    return tuple(
        Finding(
            id=MISSING,
            path=each.path,
            message=each.reason,
            remedy="Execute it on a host that has one, with `toolchain execute --push`, let it have `cpu_fallback: true` in "
            "`execution:`, or accept it with --allow-missing.",
        )
        for each in notebooks
        if each.status == Status.MISSING
    )


def entries(
    plan: Plan, notebooks: tuple[NotebookReport, ...], store: Store
) -> Iterator[jupyter_cache.CachedResult]:
    """Yield the results of this build; the store has verified each.

    Raises StoreError if one has been damaged since the plan was made.
    """
    for planned, notebook in zip(plan.notebooks, notebooks, strict=True):
        if not notebook.blob:
            continue
        data = store.read(notebook.blob)
        if data is None:
            raise StoreError(
                f"{notebook.path}: its result was damaged or removed while the book was built",
                remedy="Build again: it will be computed anew.",
            )
        yield jupyter_cache.CachedResult(document=planned.document, blob=notebook.blob, data=data)


def inputs(notebooks: tuple[NotebookReport, ...], store: Store) -> dict[str, tuple[FileRecord, ...]]:
    """Return what each result depended on, by the notebooks' names; a notebook without a result is not in it."""
    found = {}
    for each in notebooks:
        records = store.records(each.key) if each.blob else ()
        record = next((record for record in records if record.blob == each.blob), None)
        if record is not None:
            found[each.name] = record.inputs
    return found


def handed_over(notebook: NotebookReport, settings: Settings) -> PageResult:
    """Say what a notebook's page is to show."""
    if notebook.blob:
        made = Provenance(
            start=notebook.start,
            seconds=notebook.seconds,
            device=notebook.device,
            versions=notebook.versions,
        )
        return PageResult(blob=notebook.blob, provenance=made)
    if notebook.failure is None:
        return PageResult(blob=sha256_bytes(notebook.reason.encode()), missing=notebook.reason)
    failure, partial = notebook.failure, _partial(notebook.name, settings)
    return PageResult(blob=sha256_file(partial), failure=failure.said, partial=str(partial))


def _run(
    plan: Plan,
    library: Callable[[str], Mapping[str, str]],
    settings: Settings,
    store: Store,
    *,
    executor: Executor,
    reporter: Reporter,
) -> dict[str, NotebookReport]:
    tasks = plan.to_run
    store.require_writable()
    commit = git.commit(settings.project)
    done: dict[str, NotebookReport] = {}
    outcomes: list[Outcome] = []
    unstored: list[Executed] = []

    def keep(outcome: Outcome) -> None:
        name = outcome.planned.document.name
        outcomes.append(outcome)
        try:
            match outcome:
                case Executed():
                    done[name] = _stored(outcome, store, commit, settings)
                case Failed():
                    done[name] = _failed(outcome, settings, reporter)
        except StoreError as error:
            # The others go on, and meanwhile there may be room again on the disk.
            reporter(
                Note(text=f"  waits   {name}, in memory, until all have run: {error.message}", problem=True)
            )
            unstored.extend([outcome] if isinstance(outcome, Executed) else [])
        except OSError as error:
            raise UnwritableError(error, settings.store) from error

    from toolchain.execute import attempts, job  # noqa: PLC0415 - slow to import, and mostly nothing runs

    jobs = [
        job.job_of(each, settings.toml.execution, commit=commit, library=library(each.document.name))
        for each in tasks
    ]
    reporter(StageStarted(title="Notebooks", total=len(tasks)))
    try:
        rules = attempts.RunPolicy(retries=settings.toml.execution.retries, reporter=reporter, keep=keep)
        executor.run_all(jobs, rules)
    except BaseException:
        with suppress(StoreError):  # what ended the run is to be told
            _stored_late(unstored, store, commit, settings)
        raise
    done |= _stored_late(unstored, store, commit, settings)
    done |= _looked_for_in_vain(done, outcomes, plan)
    failed = sum(each.status == Status.FAILED for each in done.values())
    said = f"  done    {len(done) - failed} of {count(len(plan.notebooks), 'notebook')} run"
    reporter(StageFinished(summary=said + f", {failed} failed" * bool(failed)))
    return done


def _stored_late(
    outcomes: list[Executed], store: Store, commit: str, settings: Settings
) -> dict[str, NotebookReport]:
    """Store what could not be stored when it was there; raise StoreError, with the names, if some still cannot."""
    done, lost = {}, {}
    for outcome in outcomes:
        name = outcome.planned.document.name
        try:
            done[name] = _stored(outcome, store, commit, settings)
        except StoreError as error:
            lost[name] = error
    if lost:
        names, first = ", ".join(sorted(lost)), next(iter(lost.values()))
        raise StoreError(f"{first.message}\nnot stored, to be run again: {names}", remedy=first.remedy)
    return done


def _stored(outcome: Executed, store: Store, commit: str, settings: Settings) -> NotebookReport:
    planned = outcome.planned
    record = Record(
        blob=store.put(outcome.notebook.encode()),
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
    done = _report(planned, Status.EXECUTED, record, store)
    return msgspec.structs.replace(done, attempts=outcome.attempts)


def _failed(outcome: Failed, settings: Settings, reporter: Reporter) -> NotebookReport:
    partial = _partial(outcome.planned.document.name, settings)
    try:
        write_atomically(partial, outcome.partial.encode())
    except OSError as error:  # what the notebook failed of is still to be told
        reporter(
            Note(text=f"          its outputs cannot be kept: {partial}: {error.strerror}", problem=True)
        )
    return msgspec.structs.replace(
        _begun(outcome.planned, Status.FAILED),
        seconds=round(outcome.seconds, 3),
        failure=outcome.failure,
        attempts=outcome.attempts,
    )


def _looked_for_in_vain(
    done: Mapping[str, NotebookReport], outcomes: list[Outcome], plan: Plan
) -> dict[str, NotebookReport]:
    """Return the failed notebooks that wanted what another notebook writes, with both named in the remedy."""
    writers = {
        path: each.document.path for each in plan.notebooks if each.record for path in each.record.made
    }
    for each in outcomes:
        if isinstance(each, Executed):
            writers |= dict.fromkeys(each.made, each.planned.document.path)
    explained = {}
    for each in outcomes:
        wanted = each.absent if isinstance(each, Failed) else ()
        found = [
            (path, made) for path in wanted for made in writers if path == made or made in _folders(path)
        ]
        notebook = done[each.planned.document.name]
        if found and notebook.failure:
            path, made = found[0]
            remedy = (
                f"{path} is written by {writers[made]}, in a folder that nobody else sees: make it in "
                f"{notebook.path} too, or keep it in book/data."
            )
            failure = msgspec.structs.replace(notebook.failure, remedy=remedy)
            explained[notebook.name] = msgspec.structs.replace(notebook, failure=failure)
    return explained


def _folders(path: str) -> set[str]:
    return {f"{folder.as_posix()}/" for folder in PurePosixPath(path).parents}


def _partial(name: str, settings: Settings) -> Path:
    """Return where the outputs of a failed run are kept, to be opened in Jupyter."""
    return settings.build / "failed" / f"{name}.ipynb"


def _not_run(planned: Planned, store: Store) -> NotebookReport:
    if planned.reason == Reason.MISSING:
        return _begun(planned, Status.MISSING)
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
    made = provenance(store.read(record.blob) or b"")
    return msgspec.structs.replace(
        _begun(planned, status),
        seconds=record.seconds,
        start=made.start,
        cell_seconds=made.cell_seconds,
        device=made.device,
        versions=made.versions,
        toolchain=made.toolchain,
        commit=made.commit,
        blob=record.blob,
    )
