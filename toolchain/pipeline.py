"""The order of the stages: sources, plan, execute, store and view, emit, check, report."""

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec

from toolchain import (
    __version__,
    bundles,
    check,
    exclusive,
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
from toolchain.errors import BuilderError, ConfigError, ExitCode, StoreError, severest
from toolchain.execute import local
from toolchain.execute.scratch import Surroundings
from toolchain.execute.start import injected
from toolchain.files import sha256_file, write_atomically
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
    Provenance,
    Record,
    Status,
)
from toolchain.report import Note, Reporter, StageFinished, StageStarted
from toolchain.settings import Settings
from toolchain.sphinxext.handoff import Result
from toolchain.store import Store, provenance


def build(settings: Settings, reporter: Reporter) -> BuildReport:
    """Make the forms asked for, or all of them."""
    forms = settings.forms
    system.require(settings, frozenset(forms))
    with exclusive.build(settings, reporter):
        if known := state.unchanged(settings):  # another build was waited for, and it has done the work
            return known
        before = state.current(settings)
        book = sources.read(settings)
        store = mended_store(settings, reporter)
        plan = plan_of(book, settings, store)
        notebooks = _execute(plan, settings, store, reporter)
        failed = any(each.status == Status.FAILED for each in notebooks)
        if failed and not settings.options.keep_going:
            # The forms of an earlier build stay as they are.
            last = report.read(settings.report)
            return _finish(
                settings,
                BuildReport(
                    exit_code=ExitCode.NOTEBOOK,
                    forms=forms,
                    artefacts=last.artefacts if last else (),
                    notebooks=notebooks,
                    stopped=True,
                ),
            )
        view.build(settings.view, _results(plan, notebooks, store))
        made = _emit(forms, book, notebooks, settings, reporter)
        findings = merge(made.findings, check.run(settings, made.artefacts))
        code = severest(
            [ExitCode.NOTEBOOK] * failed
            + [ExitCode.BUILDER] * bool(made.crashes)
            + [ExitCode.FINDINGS] * bool(findings)
        )
        # A source saved while the book was built must not pass for built: the state counts only if it is still the same.
        lasting = code in (ExitCode.GOOD, ExitCode.FINDINGS) and state.current(settings) == before
        return _finish(
            settings,
            BuildReport(
                exit_code=code,
                state=state.current(settings, made.dependencies) if lasting else "",
                forms=forms,
                artefacts=made.artefacts,
                notebooks=notebooks,
                findings=findings,
                dependencies=made.dependencies,
                results=state.chosen(settings, notebooks),
                crashes=made.crashes,
                versions={"toolchain": __version__},
            ),
        )


def plan(settings: Settings, reporter: Reporter) -> Plan:
    """Decide what would run; run nothing and change nothing."""
    return plan_of(sources.read(settings), settings, store_of(settings, reporter))


def explain(settings: Settings, name: str) -> dict[str, object]:
    """Return what the key of a notebook is made of, and the files that count as its inputs."""
    store = Store(settings.store)
    decided = _only(plan_of(sources.read(settings), settings, store), (name,)).notebooks[0]
    records = store.records(decided.key)
    inputs = decided.record.inputs if decided.record else records[-1].inputs if records else ()
    return {"key": decided.key, "reason": decided.because, "components": decided.components, "inputs": inputs}


def execute(settings: Settings, names: tuple[str, ...], reporter: Reporter) -> BuildReport:
    """Make results only: of the notebooks named, or of all."""
    with exclusive.build(settings, reporter):
        store = mended_store(settings, reporter)
        whole = plan_of(sources.read(settings), settings, store)
        notebooks = _execute(_only(whole, names), settings, store, reporter)
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


def store_of(settings: Settings, reporter: Reporter) -> Store:
    """Return the store as it is; what is damaged in it is named."""
    return Store(settings.store, lambda damage: reporter(Note(text=f"  {damage.sentence}", problem=True)))


def mended_store(settings: Settings, reporter: Reporter) -> Store:
    """Return the store for a run that has the folder's lock: what is damaged is named and set aside."""
    return Store(
        settings.store, lambda damage: reporter(Note(text=f"  {damage.sentence}", problem=True)), mend=True
    )


def plan_of(book: Book, settings: Settings, store: Store) -> Plan:
    """Decide for every notebook of a book, whatever store its results are in."""
    last = report.read(settings.report)
    digest = cache(sha256_file)
    around = {each.name: Surroundings(each, settings, digest) for each in book.notebooks}
    return planning.make(
        book,
        kernel.identity(settings) if book.notebooks else None,
        injected(settings),
        records=store.records,
        state=lambda document, path: around[document.name].state(path),
        last={each.name: each for each in (last.notebooks if last else ())},
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


def _execute(plan: Plan, settings: Settings, store: Store, reporter: Reporter) -> tuple[NotebookReport, ...]:
    """Run what the plan says, keep each result as soon as it is there, and report on every notebook."""
    done = _run(plan.to_run, settings, store, reporter) if plan.to_run else {}
    notebooks = tuple(done.get(each.document.name) or _reused(each, store) for each in plan.notebooks)
    for each in notebooks:
        if each.status != Status.FAILED:
            _partial(each.name, settings).unlink(missing_ok=True)
    return notebooks


def _run(
    tasks: tuple[Planned, ...], settings: Settings, store: Store, reporter: Reporter
) -> dict[str, NotebookReport]:
    store.require_writable()
    commit = history.commit(settings.project)
    done: dict[str, NotebookReport] = {}
    unstored: list[Executed] = []

    def keep(outcome: Outcome) -> None:
        name = outcome.planned.document.name
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

    system.require(settings, frozenset({system.EXECUTE}))
    reporter(StageStarted(title="Kernel environment"))
    environment = kernel.environment(settings)
    if environment.made:
        reporter(Note(text="  done    the notebooks' environment was made from its lock"))
    reporter(StageStarted(title="Notebooks", total=len(tasks)))
    try:
        local.run_all(tasks, environment.python, settings, commit=commit, reporter=reporter, keep=keep)
    except BaseException:
        with suppress(StoreError):  # what ended the run is to be told
            _stored_late(unstored, store, commit, settings)
        raise
    done |= _stored_late(unstored, store, commit, settings)
    failed = sum(each.status == Status.FAILED for each in done.values())
    reporter(
        StageFinished(
            summary=f"          {len(done) - failed} notebooks run" + (f", {failed} failed" * bool(failed))
        )
    )
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
    )
    record = store.record(planned.key, record, replace=settings.options.force)
    done = _report(planned, Status.EXECUTED, record, store)
    return msgspec.structs.replace(done, attempts=outcome.attempts)


def _failed(outcome: Failed, settings: Settings, reporter: Reporter) -> NotebookReport:
    planned = outcome.planned
    partial = _partial(planned.document.name, settings)
    try:
        write_atomically(partial, outcome.partial.encode())
    except OSError as error:  # what the notebook failed of is still to be told
        reporter(
            Note(text=f"          its outputs cannot be kept: {partial}: {error.strerror}", problem=True)
        )
    return NotebookReport(
        name=planned.document.name,
        path=planned.document.path,
        status=Status.FAILED,
        reason=planned.because,
        key=planned.key,
        seconds=round(outcome.seconds, 3),
        failure=outcome.failure,
        attempts=outcome.attempts,
    )


def _partial(name: str, settings: Settings) -> Path:
    """Return where the outputs of a failed run are kept, to be opened in Jupyter."""
    return settings.build / "failed" / f"{name}.ipynb"


def _reused(planned: Planned, store: Store) -> NotebookReport:
    assert planned.record is not None, f"{planned.document.name} neither ran nor has a result"  # noqa: S101
    return _report(planned, Status.REUSED, planned.record, store)


def _report(planned: Planned, status: Status, record: Record, store: Store) -> NotebookReport:
    """Report on a result; where it comes from is as the notebook itself says, which its digest vouches for."""
    made = provenance(store.read(record.blob) or b"")
    return NotebookReport(
        name=planned.document.name,
        path=planned.document.path,
        status=status,
        reason=planned.because,
        key=planned.key,
        seconds=record.seconds,
        start=made.start,
        cell_seconds=made.cell_seconds,
        device=made.device,
        versions=made.versions,
        toolchain=made.toolchain,
        commit=made.commit,
        blob=record.blob,
    )


def _results(plan: Plan, notebooks: tuple[NotebookReport, ...], store: Store) -> Iterator[view.Entry]:
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
        yield view.Entry(document=planned.document, blob=notebook.blob, data=data)


def _emit(
    forms: tuple[str, ...],
    book: Book,
    notebooks: tuple[NotebookReport, ...],
    settings: Settings,
    reporter: Reporter,
) -> BuildReport:
    """Make every form; a builder that crashes spoils its own form only."""
    last = report.read(settings.report)
    site = next((each for each in (last.artefacts if last else ()) if each.form == "html"), None)
    identity = kernel.identity(settings) if book.notebooks else None
    results = {each.name: _handed_over(each, settings) for each in notebooks}
    emitter = Emitter(settings, results, state.epoch(settings), state.tools(settings), reporter)
    makers = {
        "html": lambda: [emitter.html(site)],
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
    return BuildReport(
        exit_code=ExitCode.GOOD,
        artefacts=tuple(artefacts),
        findings=emitter.findings,
        dependencies=_dependencies(book, emitter.dependencies, last),
        crashes=tuple(crashes),
    )


def _dependencies(book: Book, shown: set[str], last: BuildReport | None) -> tuple[str, ...]:
    """Return what the build depended on besides the folders that are always looked at."""
    shown |= {path for page in book.documents for path in (*page.declared.data, *page.loaded)}
    shown |= set(last.dependencies if last else ())
    return tuple(sorted(shown))


def _handed_over(notebook: NotebookReport, settings: Settings) -> Result:
    if notebook.blob:
        made = Provenance(
            start=notebook.start,
            seconds=notebook.seconds,
            device=notebook.device,
            versions=notebook.versions,
        )
        return Result(blob=notebook.blob, provenance=made)
    partial = _partial(notebook.name, settings)
    return Result(blob=sha256_file(partial), failure=_said(notebook), partial=str(partial))


def _said(notebook: NotebookReport) -> str:
    """Say in a sentence what a notebook failed of; empty if it did not."""
    failure = notebook.failure
    return f"cell {failure.cell}: {failure.kind}: {failure.message}" if failure else ""


def _finish(settings: Settings, done: BuildReport) -> BuildReport:
    report.write(done, settings.report)
    return done
