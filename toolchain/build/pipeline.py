"""The order of the stages: sources, plan, results, view, forms, checks, report."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from toolchain import __version__, check
from toolchain.base.errors import ConfigError, ExitCode
from toolchain.base.files import files_below
from toolchain.build import executors
from toolchain.build.exit_code import exit_code_of
from toolchain.build.unchanged import FOLDERS, Snapshot, last_report, results_digest
from toolchain.environment import doctor
from toolchain.execute import results
from toolchain.forms import chosen, making
from toolchain.forms.artefacts import file_artifact
from toolchain.forms.form import Form, FormInputs
from toolchain.forms.sphinx_runs import facts_of, merge
from toolchain.messages import report
from toolchain.messages.progress import Note, Reporter, StageFinished, StageStarted
from toolchain.model import Artifact, Book, BuildReport, Facts, Finding, NotebookReport, Status
from toolchain.plan.library import index, package
from toolchain.plan.library.book import gather
from toolchain.project import build_lock, git
from toolchain.project.settings import Settings
from toolchain.sharing import exchange
from toolchain.sources import reading
from toolchain.store import jupyter_cache
from toolchain.store.opening import open_store
from toolchain.store.store import Store

LIBRARY = "library"
"""What the wheel of the book's library is called among the artefacts."""


def build(settings: Settings, snapshot: Snapshot, reporter: Reporter) -> BuildReport:
    """Make the forms asked for, or all of them; `snapshot` is of what they depend on."""
    forms = chosen(settings)
    check.validate(settings)
    doctor.require({form.name: form.requirements(settings) for form in forms})
    with (
        build_lock.hold(settings, reporter) as waited,
        report.recording_failures(settings.report, forms=tuple(form.name for form in forms)),
        executors.choose(settings, reporter) as executor,
    ):
        if waited:
            snapshot = Snapshot(settings, forms)
            if done := last_report(settings, snapshot):  # the other build has done the work
                return done
        before = snapshot.digest
        store = open_store(settings, reporter, mend=True)
        book = reading.read(settings)
        library = gather(book, settings)
        plan = exchange.plan(book, library, settings, store, reporter, gpus=executor.gpus)
        notebooks = results.make(
            plan,
            package.LibraryByPage(library.library, book, settings),
            settings,
            store,
            commit=snapshot.commit,
            executor=executor,
            reporter=reporter,
        )
        if _stops(notebooks, settings):
            return _finish(_stopped(notebooks, forms, settings), settings)
        jupyter_cache.build(settings.jupyter_cache, results.to_show(plan, notebooks, store))
        last = report.read(settings.report)
        wheel = package.build(library.library, book, settings)
        made = making.make(
            forms,
            FormInputs(
                settings=settings,
                book=book,
                notebooks=notebooks,
                kernels=plan.kernels,
                page_results=results.for_pages(notebooks, settings),
                executed=results.executed(notebooks, store),
                inputs=results.inputs(notebooks, store),
                library=index.make(library, book),
                wheel=wheel,
                commit=snapshot.commit,
                epoch=snapshot.epoch,
                tools=snapshot.tools,
                last=last,
                reporter=reporter,
            ),
        )
        unchecked = BuildReport(
            exit_code=exit_code_of(notebooks, (), made.crashes),
            forms=tuple(form.name for form in forms),
            artefacts=(*made.artefacts, *_library_artefacts(wheel, settings)),
            notebooks=notebooks,
            warnings=merge(results.findings(notebooks, settings), made.warnings),
            dependencies=_dependencies(book, made.dependencies, last),
            results=results_digest(store, notebooks),
            crashes=made.crashes,
            notes=made.notes,
            versions={"toolchain": __version__},
        )
        findings = _check(unchecked, made.facts, book, store, settings=settings, reporter=reporter)
        code = exit_code_of(notebooks, findings, made.crashes)
        state = _lasting_state(before, code, unchecked.dependencies, forms, settings)
        done = msgspec.structs.replace(unchecked, exit_code=code, findings=findings, state=state)
        return _finish(done, settings)


def execute(settings: Settings, names: tuple[str, ...], reporter: Reporter) -> BuildReport:
    """Make results only: of the notebooks named, or of all."""
    with build_lock.hold(settings, reporter), executors.choose(settings, reporter) as executor:
        store = open_store(settings, reporter, mend=True)
        book = reading.read(settings)
        library = gather(book, settings)
        plan = exchange.plan(book, library, settings, store, reporter, names=names, gpus=executor.gpus)
        notebooks = results.make(
            plan,
            package.LibraryByPage(library.library, book, settings),
            settings,
            store,
            commit=git.commit(settings.project),
            executor=executor,
            reporter=reporter,
        )
        findings = results.findings(notebooks, settings)
        return BuildReport(
            exit_code=exit_code_of(notebooks, findings), notebooks=notebooks, findings=findings
        )


def recheck(
    settings: Settings, ids: tuple[str, ...], reporter: Reporter, *, external: bool = False
) -> tuple[Finding, ...]:
    """Check again what the last build made; what Sphinx itself found is as that build left it.

    With `external` the links that lead out of the book are followed.

    Raises ConfigError if there was no build.
    """
    check.validate(settings)
    last = report.read(settings.report)
    if last is None or not last.artefacts:
        raise ConfigError(
            "nothing is built here that could be checked", remedy="Run `toolchain build` first."
        )
    _note_what_was_saved_since(settings, reporter)
    book = reading.read(settings, remember=False)
    store = open_store(settings, reporter)
    facts = facts_of(settings)
    return _check(last, facts, book, store, settings=settings, reporter=reporter, ids=ids, external=external)


def _stops(notebooks: tuple[NotebookReport, ...], settings: Settings) -> bool:
    """Say whether a notebook failed and the forms are to stay as they are."""
    failed = any(notebook.status == Status.FAILED for notebook in notebooks)
    return failed and not settings.options.keep_going


def _stopped(
    notebooks: tuple[NotebookReport, ...], forms: tuple[Form[Any], ...], settings: Settings
) -> BuildReport:
    """Return the report of a build that makes nothing; the forms of an earlier build are still there."""
    last = report.read(settings.report)
    return BuildReport(
        exit_code=exit_code_of(notebooks, ()),
        forms=tuple(form.name for form in forms),
        artefacts=last.artefacts if last else (),
        notebooks=notebooks,
        stopped=True,
    )


def _library_artefacts(wheel: Path | None, settings: Settings) -> tuple[Artifact, ...]:
    return (file_artifact(LIBRARY, wheel, settings),) if wheel else ()


def _dependencies(book: Book, shown: Iterable[str], last: BuildReport | None) -> tuple[str, ...]:
    """Return what the build depended on besides the folders that are always looked at."""
    read = {path for page in book.documents for path in (*page.declared.data, *page.loaded)}
    return tuple(sorted(read.union(shown, last.dependencies if last else ())))


def _check(
    made: BuildReport,
    facts: Facts,
    book: Book,
    store: Store,
    *,
    settings: Settings,
    reporter: Reporter,
    ids: tuple[str, ...] = (),
    external: bool = False,
) -> tuple[Finding, ...]:
    """Make every check, or those named."""
    reporter(StageStarted(title="checks"))
    start = time.monotonic()
    built_book = check.BuiltBook(
        settings,
        made.artefacts,
        book=book,
        notebooks=made.notebooks,
        facts=facts,
        warnings=made.warnings,
        executed=results.executed(made.notebooks, store),
        external=external,
        reporter=reporter,
    )
    findings = merge((), check.run(built_book, ids))
    reporter(StageFinished(summary=f"  done    checks  {time.monotonic() - start:.1f} s"))
    return findings


def _lasting_state(
    before: str,
    code: ExitCode,
    dependencies: tuple[str, ...],
    forms: tuple[Form[Any], ...],
    settings: Settings,
) -> str:
    """Return the digest that lets the next build do nothing; empty if it has something to do.

    A source saved while the book was built must not pass for built: the state counts only if it is still the same.
    """
    if code not in (ExitCode.GOOD, ExitCode.FINDINGS):
        return ""
    after = Snapshot(settings, forms)
    return after.with_dependencies(dependencies) if after.digest == before else ""


def _note_what_was_saved_since(settings: Settings, reporter: Reporter) -> None:
    """Say if a source was saved after the build that is checked."""
    built = settings.report.stat().st_mtime_ns
    files = (path for folder in FOLDERS for path in files_below(settings.project / folder))
    saved = next((path for path in files if path.stat().st_mtime_ns > built), None)
    if saved:
        name = saved.relative_to(settings.project).as_posix()
        reporter(Note(text=f"{name} was saved after the last build, which is what is checked", problem=True))


def _finish(done: BuildReport, settings: Settings) -> BuildReport:
    report.write(done, settings.report)
    return done
