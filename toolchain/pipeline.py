"""The order of the stages: sources, plan, execute, store and view, emit, check, report."""

from collections.abc import Iterator
from pathlib import Path

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
from toolchain.errors import BuilderError, ConfigError, ExitCode, severest
from toolchain.execute import local, scratch
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
    system.require(settings, frozenset(forms))
    with exclusive.build(settings, reporter):
        if known := state.unchanged(settings):  # another build was waited for, and it has done the work
            return known
        before = state.current(settings)
        book = sources.read(settings)
        plan = _plan(book, settings)
        notebooks = _execute(plan, settings, reporter)
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
        view.build(settings.view, _results(plan, notebooks, settings))
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
    with exclusive.build(settings, reporter):
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


def _execute(plan: Plan, settings: Settings, reporter: Reporter) -> tuple[NotebookReport, ...]:
    """Run what the plan says, keep each result as soon as it is there, and report on every notebook."""
    done = _run(plan.to_run, settings, reporter) if plan.to_run else {}
    notebooks = tuple(done.get(each.document.name) or _reused(each) for each in plan.notebooks)
    for each in notebooks:
        if each.status != Status.FAILED:
            _partial(each.name, settings).unlink(missing_ok=True)
    return notebooks


def _run(tasks: tuple[Planned, ...], settings: Settings, reporter: Reporter) -> dict[str, NotebookReport]:
    store = Store(settings.store)
    commit = history.commit(settings.project)
    done: dict[str, NotebookReport] = {}

    def keep(outcome: Outcome) -> None:
        match outcome:
            case Executed():
                done[outcome.planned.document.name] = _stored(outcome, store, commit, settings)
            case Failed():
                done[outcome.planned.document.name] = _failed(outcome, settings)

    system.require(settings, frozenset({system.EXECUTE}))
    reporter(StageStarted(title="Kernel environment"))
    environment = kernel.environment(settings)
    if environment.made:
        reporter(Note(text="  done    the notebooks' environment was made from its lock"))
    reporter(StageStarted(title="Notebooks", total=len(tasks)))
    local.run_all(tasks, environment.python, settings, commit=commit, reporter=reporter, keep=keep)
    failed = sum(each.status == Status.FAILED for each in done.values())
    reporter(
        StageFinished(
            summary=f"          {len(done) - failed} notebooks run" + (f", {failed} failed" * bool(failed))
        )
    )
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
    )
    record = store.record(planned.key, record, replace=settings.options.force)
    return _report(planned, Status.EXECUTED, record)


def _failed(outcome: Failed, settings: Settings) -> NotebookReport:
    planned = outcome.planned
    write_atomically(_partial(planned.document.name, settings), outcome.partial.encode())
    return NotebookReport(
        name=planned.document.name,
        path=planned.document.path,
        status=Status.FAILED,
        reason=planned.because,
        key=planned.key,
        seconds=round(outcome.seconds, 3),
        failure=outcome.failure,
    )


def _partial(name: str, settings: Settings) -> Path:
    """Return where the outputs of a failed run are kept, to be opened in Jupyter."""
    return settings.build / "failed" / f"{name}.ipynb"


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
        return Result(blob=notebook.blob)
    partial = _partial(notebook.name, settings)
    return Result(blob=sha256_file(partial), failure=_said(notebook), partial=str(partial))


def _said(notebook: NotebookReport) -> str:
    """Say in a sentence what a notebook failed of; empty if it did not."""
    failure = notebook.failure
    return f"cell {failure.cell}: {failure.kind}: {failure.message}" if failure else ""


def _finish(settings: Settings, done: BuildReport) -> BuildReport:
    report.write(done, settings.report)
    return done
