"""The order of the stages: sources, plan, execute, store and view, emit, check, report."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from toolchain import (
    __version__,
    bundles,
    check,
    history,
    kernel,
    planning,
    report,
    sources,
    state,
    system,
    view,
)
from toolchain.emit import Emitter, file_artifact, merge
from toolchain.errors import BuilderError, ConfigError, ExitCode, severest
from toolchain.execute import local, scratch
from toolchain.execute.run import injected
from toolchain.files import write_atomically
from toolchain.model import (
    Artifact,
    Book,
    BuildReport,
    Executed,
    Failed,
    Finding,
    NotebookReport,
    Outcome,
    Plan,
    Planned,
    Record,
    Status,
)
from toolchain.report import Note, Reporter, StageFinished, StageStarted
from toolchain.settings import Settings
from toolchain.sphinxext.handoff import Result
from toolchain.store import Store


def build(settings: Settings, reporter: Reporter) -> BuildReport:
    """Make the forms asked for, or all of them."""
    forms = settings.forms
    system.require(frozenset(forms))
    with _alone(settings, reporter):
        before = state.current(settings)
        book = sources.read(settings)
        plan = _plan(book, settings)
        notebooks = _execute(plan, settings, reporter)
        failed = any(each.status == Status.FAILED for each in notebooks)
        if failed and not settings.options.keep_going:
            # The forms of the last good build stay as they are.
            return _finish(
                settings, BuildReport(exit_code=ExitCode.NOTEBOOK, forms=forms, notebooks=notebooks)
            )
        view.build(settings.view, _results(plan, notebooks, settings))
        artefacts, found, crashes = _emit(forms, book, notebooks, settings, reporter)
        findings = merge(found, check.run(settings, artefacts))
        code = severest(
            [ExitCode.NOTEBOOK] * failed
            + [ExitCode.BUILDER] * bool(crashes)
            + [ExitCode.FINDINGS] * bool(findings)
        )
        # A source saved while the book was built must not pass for built: the state counts only if it is still the same.
        lasting = code in (ExitCode.GOOD, ExitCode.FINDINGS) and state.current(settings) == before
        return _finish(
            settings,
            BuildReport(
                exit_code=code,
                state=before if lasting else "",
                forms=forms,
                artefacts=artefacts,
                notebooks=notebooks,
                findings=findings,
                crashes=crashes,
                versions={"toolchain": __version__},
            ),
        )


def plan(settings: Settings) -> Plan:
    """Decide what would run; run nothing."""
    return _plan(sources.read(settings), settings)


def explain(settings: Settings, name: str) -> dict[str, object]:
    """Return what the key of a notebook is made of, and the files that count as its inputs."""
    decided = _only(_plan(sources.read(settings), settings), (name,)).notebooks[0]
    parts = planning.components(decided.document, kernel.identity(settings), injected(settings))
    return {"key": decided.key, "reason": decided.because, "components": parts, "inputs": decided.inputs}


def execute(settings: Settings, names: tuple[str, ...], reporter: Reporter) -> BuildReport:
    """Make results only: of the notebooks named, or of all."""
    with _alone(settings, reporter):
        whole = _plan(sources.read(settings), settings)
        notebooks = _execute(_only(whole, names), settings, reporter)
        failed = any(each.status == Status.FAILED for each in notebooks)
        return BuildReport(exit_code=ExitCode.NOTEBOOK if failed else ExitCode.GOOD, notebooks=notebooks)


def recheck(settings: Settings, ids: tuple[str, ...]) -> tuple[Finding, ...]:
    """Check again what the last build made; what Sphinx itself found is as that build left it.

    Raises ConfigError if there was no build.
    """
    last = report.read(settings.report)
    if last is None or not last.artefacts:
        raise ConfigError(
            "nothing is built here that could be checked", remedy="Run `toolchain build` first."
        )
    kept = () if ids else tuple(each for each in last.findings if each.id not in check.CHECKS)
    return merge(kept, check.run(settings, last.artefacts, ids))


def _plan(book: Book, settings: Settings) -> Plan:
    last = report.read(settings.report)
    return planning.make(
        book,
        kernel.identity(settings) if book.notebooks else None,
        injected(settings),
        records=Store(settings.store).records,
        inputs=lambda document: scratch.inputs(document, settings),
        last={each.name: (each.key, each.seconds or 0.0) for each in (last.notebooks if last else ())},
        force=frozenset(each.name for each in book.notebooks if settings.options.force),
    )


def _only(whole: Plan, names: tuple[str, ...]) -> Plan:
    """Return the part of a plan that is named: by page, by file, or all if nothing is."""
    wanted = {name.removeprefix("book/").removesuffix(".md").removesuffix(".ipynb") for name in names}
    unknown = wanted - {each.document.name for each in whole.notebooks}
    if unknown:
        known = ", ".join(each.document.name for each in whole.notebooks) or "none"
        raise ConfigError(f"no notebook {', '.join(sorted(unknown))}", remedy=f"The notebooks: {known}")
    return Plan(tuple(each for each in whole.notebooks if not wanted or each.document.name in wanted))


def _execute(plan: Plan, settings: Settings, reporter: Reporter) -> tuple[NotebookReport, ...]:
    """Run what the plan says, keep each result as soon as it is there, and report on every notebook."""
    if not plan.to_run:
        return tuple(_reused(each) for each in plan.notebooks)
    store = Store(settings.store)
    commit = history.commit(settings.project)
    done: dict[str, NotebookReport] = {}

    def keep(outcome: Outcome) -> None:
        match outcome:
            case Executed():
                done[outcome.planned.document.name] = _stored(outcome, store, commit, settings)
            case Failed():
                done[outcome.planned.document.name] = _failed(outcome, settings)

    reporter(StageStarted(title="Kernel environment"))
    environment = kernel.environment(settings)
    if environment.made:
        reporter(Note(text="  done    the notebooks' environment was made from its lock"))
    reporter(StageStarted(title="Notebooks", total=len(plan.to_run)))
    local.run_all(plan.to_run, environment.python, settings, commit=commit, reporter=reporter, keep=keep)
    reporter(StageFinished(summary=f"  done    {len(plan.to_run)} of {len(plan.notebooks)} notebooks run"))
    return tuple(done.get(each.document.name) or _reused(each) for each in plan.notebooks)


def _stored(outcome: Executed, store: Store, commit: str, settings: Settings) -> NotebookReport:
    planned = outcome.planned
    record = Record(
        blob=store.put(outcome.notebook.encode()),
        inputs=planned.inputs,
        seconds=round(outcome.seconds, 3),
        device=outcome.device,
        toolchain=__version__,
        commit=commit,
        start=outcome.start,
        versions=outcome.versions,
    )
    record = store.record(planned.key, record, replace=settings.options.force)
    _partial(planned, settings).unlink(missing_ok=True)
    return _report(planned, Status.EXECUTED, record)


def _failed(outcome: Failed, settings: Settings) -> NotebookReport:
    planned = outcome.planned
    write_atomically(_partial(planned, settings), outcome.partial.encode())
    return NotebookReport(
        name=planned.document.name,
        path=planned.document.path,
        status=Status.FAILED,
        reason=planned.because,
        key=planned.key,
        seconds=round(outcome.seconds, 3),
        failure=outcome.failure,
    )


def _partial(planned: Planned, settings: Settings) -> Path:
    """Return where the outputs of a failed run are kept, to be opened in Jupyter."""
    return settings.build / "failed" / f"{planned.document.name}.ipynb"


def _reused(planned: Planned) -> NotebookReport:
    assert planned.record is not None, f"{planned.document.name} neither ran nor has a result"  # noqa: S101
    return _report(planned, Status.REUSED, planned.record)


def _report(planned: Planned, status: Status, record: Record) -> NotebookReport:
    return NotebookReport(
        name=planned.document.name,
        path=planned.document.path,
        status=status,
        reason=planned.because,
        key=planned.key,
        seconds=record.seconds,
        device=record.device,
        blob=record.blob,
    )


def _results(plan: Plan, notebooks: tuple[NotebookReport, ...], settings: Settings) -> Iterator[view.Entry]:
    """Yield the results of this build; the store has verified each."""
    store = Store(settings.store)
    for planned, notebook in zip(plan.notebooks, notebooks, strict=True):
        data = store.read(notebook.blob) if notebook.blob else None
        if data is not None:
            yield view.Entry(document=planned.document, blob=notebook.blob, data=data)


def _emit(
    forms: tuple[str, ...],
    book: Book,
    notebooks: tuple[NotebookReport, ...],
    settings: Settings,
    reporter: Reporter,
) -> tuple[tuple[Artifact, ...], tuple[Finding, ...], tuple[str, ...]]:
    """Make every form; a builder that crashes spoils its own form only."""
    identity = kernel.identity(settings) if book.notebooks else None
    results = {each.name: Result(blob=each.blob or _digest(each), failure=_said(each)) for each in notebooks}
    emitter = Emitter(settings, results, state.epoch(settings), reporter)
    makers = {
        "html": lambda: [emitter.html()],
        "pdf": lambda: [emitter.pdf()],
        "notebooks": lambda: [
            file_artifact("notebooks", path, settings) for path in bundles.write(settings, book, identity)
        ],
    }
    artefacts: list[Artifact] = []
    crashes: list[str] = []
    for form in forms:
        try:
            artefacts += makers[form]()
        except BuilderError as error:
            crashes.append(f"{error.message}\n{error.remedy}")
    return tuple(artefacts), emitter.findings, tuple(crashes)


def _said(notebook: NotebookReport) -> str:
    """Say in a sentence what a notebook failed of; empty if it did not."""
    failure = notebook.failure
    return f"cell {failure.cell}: {failure.kind}: {failure.message}" if failure else ""


def _digest(notebook: NotebookReport) -> str:
    return hashlib.sha256(_said(notebook).encode()).hexdigest()


def _finish(settings: Settings, done: BuildReport) -> BuildReport:
    report.write(done, settings.report)
    return done


@contextmanager
def _alone(settings: Settings, reporter: Reporter) -> Iterator[None]:
    """Wait until no other build works in this folder, and say for whose end we wait."""
    settings.build.mkdir(parents=True, exist_ok=True)
    owner = settings.build / "building"
    lock = FileLock(settings.build / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        first = owner.read_text(encoding="utf-8") if owner.is_file() else "unknown"
        reporter(Note(text=f"waiting for another build in this folder (process {first})"))
        lock.acquire()
    try:
        owner.write_text(str(os.getpid()), encoding="utf-8")
        yield
    finally:
        owner.unlink(missing_ok=True)
        lock.release()
