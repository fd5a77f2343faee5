"""The order of the stages: sources, plan, execute, store and view, emit, check, report."""

from functools import cache

from toolchain import (
    __version__,
    bundles,
    check,
    exclusive,
    kernel,
    planning,
    report,
    results,
    sources,
    state,
    system,
    view,
)
from toolchain.emit import Emitter, file_artifact, merge
from toolchain.errors import BuilderError, ConfigError, ExitCode, severest
from toolchain.execute.scratch import Surroundings
from toolchain.execute.start import injected
from toolchain.files import sha256_file
from toolchain.model import (
    Artifact,
    Book,
    BuildReport,
    DeviceClass,
    Finding,
    KernelIdentity,
    NotebookReport,
    Plan,
    Status,
)
from toolchain.report import Note, Reporter
from toolchain.settings import Settings
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
        store = mended_store(settings, reporter)
        plan = plan_of(book, settings, store)
        notebooks = results.make(plan, settings, store, reporter)
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
        view.build(settings.view, results.entries(plan, notebooks, store))
        made = _emit(forms, book, notebooks, settings, reporter)
        found = (*results.findings(notebooks, settings), *check.run(settings, made.artefacts))
        findings = merge(made.findings, found)
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
        notebooks = results.make(_only(whole, names), settings, store, reporter)
        failed = any(each.status == Status.FAILED for each in notebooks)
        findings = results.findings(notebooks, settings)
        code = severest([ExitCode.NOTEBOOK] * failed + [ExitCode.FINDINGS] * bool(findings))
        return BuildReport(exit_code=code, notebooks=notebooks, findings=findings)


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
    digest = cache(sha256_file)
    around = {each.name: Surroundings(each, settings, digest) for each in book.notebooks}
    known = planning.Known(
        kernels=_kernels(book, settings),
        injected=injected(settings),
        records=store.records,
        state=lambda document, path: around[document.name].state(path),
        last=results.last(settings),
        force=frozenset(each.name for each in book.notebooks if settings.options.force),
        gpus=len(system.gpus(settings)) if any(each.declared.gpus for each in book.notebooks) else 0,
    )
    return planning.make(book, known)


def _kernels(book: Book, settings: Settings) -> dict[DeviceClass, KernelIdentity]:
    """Return what the results of this book's notebooks depend on, for what they can be computed on."""
    declared = [each.declared for each in book.notebooks]
    needed = {DeviceClass.GPU for each in declared if each.gpus}
    needed |= {DeviceClass.CPU for each in declared if each.cpu_fallback or not each.gpus}
    return {device: kernel.identity(settings, device) for device in sorted(needed)}


def _only(whole: Plan, names: tuple[str, ...]) -> Plan:
    """Return the part of a plan that is named: by page, by file, or all if nothing is."""
    wanted = {name.removeprefix("book/").removesuffix(".md").removesuffix(".ipynb") for name in names}
    unknown = wanted - {each.document.name for each in whole.notebooks}
    if unknown:
        known = ", ".join(each.document.name for each in whole.notebooks) or "none"
        raise ConfigError(f"no notebook {', '.join(sorted(unknown))}", remedy=f"The notebooks: {known}")
    return Plan(tuple(each for each in whole.notebooks if not wanted or each.document.name in wanted))


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
    shown = {each.name: results.handed_over(each, settings) for each in notebooks}
    emitter = Emitter(settings, shown, state.epoch(settings), state.tools(settings), reporter)
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


def _finish(settings: Settings, done: BuildReport) -> BuildReport:
    report.write(done, settings.report)
    return done
