"""The order of the stages: sources, plan, execute, store and view, emit, check, report."""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from toolchain import __version__, check
from toolchain.base.errors import BuilderError, ConfigError, ExitCode, severest
from toolchain.base.files import files_below
from toolchain.build import executors, unchanged
from toolchain.environment import doctor
from toolchain.execute import results
from toolchain.forms.emit import Emitter, file_artifact
from toolchain.forms.notebooks import archive, bundles, launch
from toolchain.forms.pdf.typeset import Typesetter
from toolchain.forms.sphinx_runs import SphinxRuns, facts_of, merge
from toolchain.messages import report
from toolchain.messages.progress import Note, Reporter, StageFinished, StageStarted
from toolchain.model import (
    Artifact,
    Book,
    BuildReport,
    Facts,
    Finding,
    Library,
    NotebookReport,
    Severity,
    Status,
)
from toolchain.model.sphinx import SphinxInput
from toolchain.plan import make
from toolchain.plan.library import index, package, saved
from toolchain.project import git, lock
from toolchain.project.settings import Settings
from toolchain.sharing import exchange
from toolchain.sources import reading
from toolchain.store import jupyter_cache
from toolchain.store.store import Store


def build(settings: Settings, reporter: Reporter) -> BuildReport:
    """Make the forms asked for, or all of them."""
    forms = settings.forms
    check.validate(settings)
    doctor.require(settings, frozenset(forms))
    with (
        lock.build(settings, reporter),
        report.recording_failures(settings.report, forms),
        executors.choose(settings, reporter) as executor,
    ):
        if known := unchanged.unchanged(settings):  # another build was waited for, and it has done the work
            return known
        before = unchanged.current(settings)
        book = reading.read(settings)
        store = make.mended_store(settings, reporter)
        plan = exchange.plan(book, settings, store, reporter, gpus=executor.gpus)
        library = saved.collect(book, settings.toml.library)
        notebooks = results.make(
            plan,
            package.LibraryByPage(library, book, settings),
            settings,
            store,
            executor=executor,
            reporter=reporter,
        )
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
        jupyter_cache.build(settings.view, results.entries(plan, notebooks, store))
        made, facts = _emit(book, library, notebooks, store, settings=settings, reporter=reporter)
        made = msgspec.structs.replace(
            made, warnings=merge(results.findings(notebooks, settings), made.warnings)
        )
        findings = _check(made, facts, book, store, settings=settings, reporter=reporter)
        code = severest(
            [ExitCode.NOTEBOOK] * failed
            + [ExitCode.BUILDER] * bool(made.crashes)
            + [ExitCode.FINDINGS] * any(each.severity == Severity.ERROR for each in findings)
        )
        # A source saved while the book was built must not pass for built: the state counts only if it is still the same.
        lasting = code in (ExitCode.GOOD, ExitCode.FINDINGS) and unchanged.current(settings) == before
        return _finish(
            settings,
            BuildReport(
                exit_code=code,
                state=unchanged.current(settings, made.dependencies) if lasting else "",
                forms=forms,
                artefacts=made.artefacts,
                notebooks=notebooks,
                findings=findings,
                warnings=made.warnings,
                dependencies=made.dependencies,
                results=unchanged.chosen(settings, notebooks),
                crashes=made.crashes,
                notes=made.notes,
                versions={"toolchain": __version__},
            ),
        )


def execute(settings: Settings, names: tuple[str, ...], reporter: Reporter) -> BuildReport:
    """Make results only: of the notebooks named, or of all."""
    with lock.build(settings, reporter), executors.choose(settings, reporter) as executor:
        store = make.mended_store(settings, reporter)
        book = reading.read(settings)
        chosen = exchange.plan(book, settings, store, reporter, names, gpus=executor.gpus)
        library = package.LibraryByPage(saved.collect(book, settings.toml.library), book, settings)
        notebooks = results.make(chosen, library, settings, store, executor=executor, reporter=reporter)
        failed = any(each.status == Status.FAILED for each in notebooks)
        findings = results.findings(notebooks, settings)
        code = severest([ExitCode.NOTEBOOK] * failed + [ExitCode.FINDINGS] * bool(findings))
        return BuildReport(exit_code=code, notebooks=notebooks, findings=findings)


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
    built = settings.report.stat().st_mtime_ns
    folders = (settings.project / each for each in unchanged.FOLDERS)
    saved = [path for folder in folders for path in files_below(folder) if path.stat().st_mtime_ns > built]
    if saved:
        name = saved[0].relative_to(settings.project).as_posix()
        reporter(Note(text=f"{name} was saved after the last build, which is what is checked", problem=True))
    book = reading.read(settings, remember=False)
    store = make.store_of(settings, reporter)
    return _check(
        last,
        facts_of(settings),
        book,
        store,
        settings=settings,
        reporter=reporter,
        ids=ids,
        external=external,
    )


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
    looked_at = check.BuiltBook(
        settings,
        made.artefacts,
        book=book,
        notebooks=made.notebooks,
        facts=facts,
        warnings=made.warnings,
        executed=_executed(made.notebooks, store),
        external=external,
        reporter=reporter,
    )
    findings = merge((), check.run(looked_at, ids))
    reporter(StageFinished(summary=f"  done    checks  {time.monotonic() - start:.1f} s"))
    return findings


def _emit(
    book: Book,
    library: Library | None,
    notebooks: tuple[NotebookReport, ...],
    store: Store,
    *,
    settings: Settings,
    reporter: Reporter,
) -> tuple[BuildReport, Facts]:
    """Make every form and return what was said of the sources on the way; a builder that crashes spoils its own form only."""
    last = report.read(settings.report)
    site = next((each for each in (last.artefacts if last else ()) if each.form == "html"), None)
    listed = index.make(library, book, make.uses_of(book, library, settings)) if library else None
    wheel = package.build(library, book, settings)
    with_notebooks = "notebooks" in settings.forms
    told = SphinxInput(
        project=str(settings.project),
        commit=git.commit(settings.project),
        epoch=unchanged.epoch(settings),
        view=str(settings.view),
        results={each.name: results.handed_over(each, settings) for each in notebooks},
        library=listed,
        # Without its notebooks a site, as one that is only looked at while writing, offers none.
        buttons=launch.buttons(book, archive.names_of(book.documents), settings) if with_notebooks else {},
    )
    runs = SphinxRuns(settings, told, unchanged.epoch(settings), unchanged.tools(settings), reporter)
    typesetter = Typesetter(settings, unchanged.epoch(settings), settings.build / "sphinx", reporter)
    emitter = Emitter(settings, runs, typesetter)
    emitter.write(site)
    makers: dict[str, Callable[[], list[Artifact]]] = {
        "html": lambda: [emitter.html(bundles.for_site(settings) if with_notebooks else {})],
        "pdf": emitter.pdf,
        "notebooks": lambda: [
            file_artifact("notebooks", path, settings)
            for path in bundles.write(settings, book, _material(book, notebooks, emitter, wheel, store))
        ],
    }
    artefacts = [file_artifact("library", wheel, settings)] if wheel else []
    crashes: list[str] = []
    # The site offers the notebooks, so they are there before it.
    for form in sorted(settings.forms, key=lambda each: each != "notebooks"):
        try:
            artefacts += makers[form]()
        except BuilderError as error:
            crashes.append(f"{error.message}\n{error.remedy}")
    made = BuildReport(
        exit_code=ExitCode.GOOD,
        notebooks=notebooks,
        artefacts=tuple(sorted(artefacts, key=lambda each: (*settings.forms, "library").index(each.form))),
        notes=launch.notes(settings) if with_notebooks else (),
        warnings=runs.warnings,
        dependencies=_dependencies(book, runs.dependencies, last),
        crashes=tuple(crashes),
    )
    return made, runs.facts


def _material(
    book: Book, notebooks: tuple[NotebookReport, ...], emitter: Emitter, wheel: Path | None, store: Store
) -> bundles.Material:
    """Return what the notebooks to download are made of."""
    return bundles.Material(
        folder=emitter.notebooks(),
        kernels=make.kernels_of(book, emitter.settings, all_locks=True),
        inputs=results.inputs(notebooks, store),
        executed=_executed(notebooks, store),
        wheel=wheel,
    )


def _executed(notebooks: tuple[NotebookReport, ...], store: Store) -> Callable[[str], bytes | None]:
    """Return what gives the result that a page shows."""
    blobs = {each.name: each.blob for each in notebooks}
    return lambda page: store.read(blobs.get(page, ""))


def _dependencies(book: Book, shown: set[str], last: BuildReport | None) -> tuple[str, ...]:
    """Return what the build depended on besides the folders that are always looked at."""
    shown |= {path for page in book.documents for path in (*page.declared.data, *page.loaded)}
    shown |= set(last.dependencies if last else ())
    return tuple(sorted(shown))


def _finish(settings: Settings, done: BuildReport) -> BuildReport:
    report.write(done, settings.report)
    return done
