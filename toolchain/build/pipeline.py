"""The order of the stages: sources, plan, results, view, forms, checks, report."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from toolchain import __version__, check
from toolchain.base.errors import ExitCode, saved_meanwhile
from toolchain.build import checking, executors, faults, left_by_others
from toolchain.build.exit_code import exit_code_of
from toolchain.build.unchanged import Snapshot, last_report, results_digest
from toolchain.environment import doctor
from toolchain.execute import results, showing
from toolchain.execute.executor import Executor
from toolchain.forms import chosen, making
from toolchain.forms.artefacts import file_artifact
from toolchain.forms.form import Form, FormInputs
from toolchain.forms.sphinx_process import SphinxProcess
from toolchain.forms.sphinx_runs import merge
from toolchain.messages import report
from toolchain.messages.progress import Note, Reporter
from toolchain.model import Artifact, Book, BuildReport, Facts, FailureKind, NotebookReport, Plan, Status
from toolchain.plan import planning
from toolchain.plan.library import index, package
from toolchain.plan.library.book import BookLibrary, gather
from toolchain.project import build_lock, git
from toolchain.project.settings import Settings, in_its_words
from toolchain.sharing import exchange, vouching
from toolchain.sources import reading
from toolchain.store import jupyter_cache
from toolchain.store.opening import open_store
from toolchain.store.store import Store

LASTING = (ExitCode.GOOD, ExitCode.FINDINGS)
"""What a build ends with that is done again only if something has changed."""
LIBRARY = "library"
"""What the wheel of the book's library is called among the artefacts."""


class Computed(Struct, frozen=True):
    """What is there when every notebook has its result, or has failed: the forms are made from it."""

    book: Book
    library: BookLibrary
    plan: Plan
    notebooks: tuple[NotebookReport, ...]
    store: Store
    shown: showing.Shown


class Manner(Struct, frozen=True):
    """How a build is made, which changes nothing of what it makes."""

    sphinx: SphinxProcess = SphinxProcess()
    """Runs Sphinx; if it has not begun, the run begins it."""
    made: Callable[[BuildReport, Book], None] | None = None
    """Hears what was made, and of what, before it is checked; from then on a build may be broken off."""


ONCE = Manner()
"""As a command does it, of which nothing stays."""


def build(settings: Settings, snapshot: Snapshot, reporter: Reporter, manner: Manner = ONCE) -> BuildReport:
    """Make the forms asked for, or all of them; `snapshot` is of what they depend on."""
    forms = chosen(settings)
    check.validate(settings)
    doctor.require({form.name: form.requirements(settings) for form in forms})
    snapshot.require_date()
    with (
        build_lock.hold(settings, reporter) as waited,
        report.recording_failures(settings.report, forms=_names(forms)),
    ):
        if waited:
            snapshot = Snapshot(settings, forms)
            if finished := last_report(settings, snapshot):  # the other build has done the work
                return finished
        if not snapshot.commit and (refusal := git.refusal(settings.project)):
            reporter(Note(text=f"note: {refusal}", problem=True))
        left_by_others.set_aside(settings, reporter)
        snapshot.look()  # before anything is read
        with faults.explained(settings, snapshot):
            return _build(settings, snapshot, forms, reporter, manner)


def _build(
    settings: Settings,
    snapshot: Snapshot,
    forms: tuple[Form[Any], ...],
    reporter: Reporter,
    manner: Manner,
) -> BuildReport:
    """Go through all stages; `snapshot` is of what they begin with."""
    with executors.choose(settings, reporter) as executor:
        computed = _compute((), snapshot.commit, executor, settings, reporter)
        if _stops(computed.notebooks, settings):
            return _write(_stopped(computed.notebooks, forms, settings), settings)
        jupyter_cache.build(settings.jupyter_cache, computed.shown.for_cache(), snapshot.digests.of)
        ahead = checking.ahead(_names(forms), computed.book, computed.notebooks, computed.shown, settings)
        made, facts = _make_forms(
            forms, computed, snapshot, settings, reporter, sphinx=manner.sphinx, ahead=ahead
        )
        if made.crashes:
            faults.explain_crash("\n".join(crash.said for crash in made.crashes), settings, snapshot)
        if manner.made:
            manner.made(_write(_unchecked(made), settings), computed.book)
        built_book = check.BuiltBook(
            ahead.book(facts), made.artefacts, warnings=made.warnings, reporter=reporter
        )
        findings = checking.findings(built_book, ahead=ahead)
        code = exit_code_of(computed.notebooks, findings, made.crashes)
        state = _lasting_state(code, made.dependencies, snapshot, settings, reporter)
        heaviest = checking.heaviest(built_book)
        return _write(
            msgspec.structs.replace(made, exit_code=code, findings=findings, heaviest=heaviest, state=state),
            settings,
        )


def execute(settings: Settings, names: tuple[str, ...], reporter: Reporter) -> BuildReport:
    """Make results only: of the notebooks named, or of all."""
    with build_lock.hold(settings, reporter), executors.choose(settings, reporter) as executor:
        computed = _compute(names, git.commit(settings.project), executor, settings, reporter)
        notebooks = computed.notebooks
        findings = tuple(
            msgspec.structs.replace(finding, remedy=in_its_words(finding.remedy, settings))
            for finding in (*results.findings(notebooks, settings), *computed.shown.findings)
        )
        code = exit_code_of(notebooks, findings)
        return BuildReport(exit_code=code, notebooks=notebooks, findings=findings)


def _compute(
    names: tuple[str, ...], commit: str, executor: Executor, settings: Settings, reporter: Reporter
) -> Computed:
    """Read the sources, plan, and run what the plan says: of the notebooks named, or of all."""
    store = open_store(settings, reporter, mend=True, remember=True)
    book = planning.asked_for(reading.read(settings), names, settings)
    library = gather(book, settings)
    plan = exchange.plan(book, library, settings, store, reporter, names=names, gpus=executor.gpus)
    files_by_page = package.LibraryByPage(library.library, book, settings)
    notebooks = results.make(
        plan, files_by_page, settings, store, commit=commit, executor=executor, reporter=reporter
    )
    shown = showing.Shown(book, notebooks, store, settings, vouching.of_results(store, settings))
    return Computed(book, library, plan, notebooks, store, shown)


def _stops(notebooks: tuple[NotebookReport, ...], settings: Settings) -> bool:
    """Say whether a notebook failed and the forms are to stay as they are."""
    failed = any(
        notebook.status == Status.FAILED and not _was_never_begun(notebook) for notebook in notebooks
    )
    return failed and not settings.options.keep_going


def _was_never_begun(notebook: NotebookReport) -> bool:
    """Say whether a notebook names a kernel that is not there: its page says so, and the others are right."""
    return notebook.failure is not None and notebook.failure.kind == FailureKind.UNKNOWN_KERNEL


def _stopped(
    notebooks: tuple[NotebookReport, ...], forms: tuple[Form[Any], ...], settings: Settings
) -> BuildReport:
    """Return the report of a build that makes nothing; the forms of an earlier build are still there."""
    last = report.read(settings.report)
    return BuildReport(
        exit_code=exit_code_of(notebooks, ()),
        forms=_names(forms),
        artefacts=last.artefacts if last else (),
        notebooks=notebooks,
        stopped=True,
    )


def _unchecked(made: BuildReport) -> BuildReport:
    """Return the report of a build that was broken off before its checks: the next one has to make them."""
    return msgspec.structs.replace(
        made, exit_code=ExitCode.INTERRUPTED, findings=made.warnings, error="broken off before the checks"
    )


def _make_forms(
    forms: tuple[Form[Any], ...],
    computed: Computed,
    snapshot: Snapshot,
    settings: Settings,
    reporter: Reporter,
    *,
    sphinx: SphinxProcess,
    ahead: check.Ahead,
) -> tuple[BuildReport, Facts]:
    """Make every form; return what is to be reported before it is checked, and what Sphinx has read of the sources."""
    book, notebooks, store = computed.book, computed.notebooks, computed.store
    last = report.read(settings.report)
    wheel = package.build(computed.library.library, book, settings)
    made = making.make(
        forms,
        FormInputs(
            settings=settings,
            book=book,
            notebooks=notebooks,
            kernels=computed.plan.kernels,
            page_results=computed.shown.for_pages(),
            executed=computed.shown.outputs,
            inputs=results.inputs(notebooks, store),
            library=index.make(computed.library, book),
            wheel=wheel,
            commit=snapshot.commit,
            epoch=snapshot.epoch,
            history=snapshot.history,
            tools=snapshot.tools,
            digests=snapshot.digests,
            last=last,
            reporter=reporter,
            sphinx=sphinx,
            meanwhile=ahead,
        ),
    )
    unchecked = BuildReport(
        exit_code=exit_code_of(notebooks, (), made.crashes),
        forms=_names(forms),
        artefacts=(*made.artefacts, *_library_artefacts(wheel, settings)),
        notebooks=notebooks,
        warnings=merge((*results.findings(notebooks, settings), *computed.shown.findings), made.warnings),
        dependencies=_dependencies(book, made.dependencies, last),
        results=results_digest(store, notebooks, snapshot.digests),
        crashes=made.crashes,
        notes=tuple(in_its_words(note, settings) for note in made.notes),
        versions={"toolchain": __version__},
    )
    return unchecked, made.facts


def _library_artefacts(wheel: Path | None, settings: Settings) -> tuple[Artifact, ...]:
    return (file_artifact(LIBRARY, wheel, settings),) if wheel else ()


def _dependencies(book: Book, shown: Iterable[str], last: BuildReport | None) -> tuple[str, ...]:
    """Return what the build depended on besides the folders that are always looked at."""
    read = {path for page in book.documents for path in (*page.declared.data, *page.loaded)}
    return tuple(sorted(read.union(shown, last.dependencies if last else ())))


def _lasting_state(
    code: ExitCode,
    dependencies: tuple[str, ...],
    before: Snapshot,
    settings: Settings,
    reporter: Reporter,
) -> str:
    """Return the digest that lets the next build do nothing; empty if it has something to do.

    A source saved while the book was built must not pass for built: the state counts only if it is still the same.
    """
    after = before.again()
    if saved := after.saved_since(before, dependencies):
        faults.distrust(saved, settings)
        reporter(Note(text=f"{saved_meanwhile(saved)}: build again", problem=True))
        return ""
    lasts = code in LASTING and after.digest == before.digest
    return after.with_dependencies(dependencies) if lasts else ""


def _names(forms: tuple[Form[Any], ...]) -> tuple[str, ...]:
    return tuple(form.name for form in forms)


def _write(finished: BuildReport, settings: Settings) -> BuildReport:
    report.write(finished, settings.report)
    return finished
