"""The checks of a build: of the sources while Sphinx writes, of everything when it is made, and of all that again."""

import time

from toolchain import check
from toolchain.base.errors import ConfigError
from toolchain.base.files import files_below
from toolchain.execute import showing
from toolchain.forms.html.weights import Weights
from toolchain.forms.sphinx_runs import facts_of, merge
from toolchain.messages import report
from toolchain.messages.progress import Note, Reporter, StageFinished, StageStarted
from toolchain.model import Book, Facts, Finding, NotebookReport, PageWeight
from toolchain.project.settings import Settings
from toolchain.sharing import vouching
from toolchain.sources import reading
from toolchain.store.opening import open_store


def ahead(
    forms: tuple[str, ...],
    book: Book,
    notebooks: tuple[NotebookReport, ...],
    shown: showing.Shown,
    settings: Settings,
) -> check.Ahead:
    """Return what checks the sources while Sphinx writes these forms."""

    def read(facts: Facts) -> check.ReadBook:
        return check.ReadBook(settings, book=book, notebooks=notebooks, facts=facts, executed=shown.view)

    return check.Ahead(lambda: check.wanted(settings, frozenset(forms)), read)


def findings(
    built: check.BuiltBook, ids: tuple[str, ...] = (), *, ahead: check.Ahead | None = None
) -> tuple[Finding, ...]:
    """Make every check, or those named."""
    reporter = built.reporter
    reporter(StageStarted(title="checks"))
    start = time.monotonic()
    found = tuple(merge((), check.run(built, ids, ahead)))
    reporter(StageFinished(summary=f"  done    checks  {time.monotonic() - start:.1f} s"))
    return found


def heaviest(built: check.BuiltBook) -> tuple[PageWeight, ...]:
    """Return the pages of the site for which browsers load most; none if it was not made."""
    if not built.site.folder:
        return ()
    return Weights(built.settings.project / built.site.folder, built.site).heaviest()


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
    facts = facts_of(settings)
    _note_what_was_saved_since(settings, reporter)
    book = reading.read(settings, remember=False)
    store = open_store(settings, reporter, remember=True)
    shown = showing.Shown(book, last.notebooks, store, settings, vouching.of_results(store, settings))
    read = check.ReadBook(settings, book=book, notebooks=last.notebooks, facts=facts, executed=shown.view)
    built = check.BuiltBook(
        read, last.artefacts, warnings=last.warnings, external=external, reporter=reporter
    )
    return findings(built, ids)


def _note_what_was_saved_since(settings: Settings, reporter: Reporter) -> None:
    """Say if a source was saved after the build that is checked."""
    built = settings.report.stat().st_mtime_ns
    whole = settings.layout.whole
    files = (path for folder in settings.folders for path in files_below(folder, written=whole))
    saved = next((path for path in files if path.stat().st_mtime_ns > built), None)
    if saved:
        name = saved.relative_to(settings.project).as_posix()
        reporter(Note(text=f"{name} was saved after the last build, which is what is checked", problem=True))
