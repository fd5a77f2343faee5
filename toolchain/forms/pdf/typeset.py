"""LaTeX as a subprocess: each edition of the printed book, from the text that Sphinx has written."""

import shutil
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import msgspec
import pikepdf

from toolchain.base import refusals
from toolchain.base.errors import BuilderError, UnwritableError
from toolchain.base.files import copy_aside
from toolchain.environment.typesetting import TEX
from toolchain.forms.pdf import cover, latex_failure
from toolchain.forms.pdf.passes import Passes, ProgramError
from toolchain.forms.pdf.place import Place
from toolchain.forms.pdf.postprocess import finish
from toolchain.messages.progress import Reporter, StageFinished, StageStarted, StageStep
from toolchain.model.tags import SUFFIX
from toolchain.processes.logs import last_lines
from toolchain.processes.programs import Programs
from toolchain.project.settings import Edition, Settings

FOLDER = "typeset"
"""In `_build`: the folders of the runs, one for each edition."""
UNFINISHED = "{}-unfinished.pdf"
"""What is left of an edition that LaTeX could not set all of; it goes when it can."""


class Typesetter:
    """Runs LaTeX as often as an edition needs."""

    def __init__(self, settings: Settings, epoch: int, work: Path, reporter: Reporter) -> None:
        """`epoch` is the date that PDFs carry, in seconds since 1970; `work` is a folder for logs."""
        self.settings = settings
        self._epoch = epoch
        self._work = work
        self._reporter = reporter
        self._programs = Programs()

    def editions(self, latex: Path, finished: Path) -> list[tuple[Edition, float]]:
        """Set each edition from what Sphinx has written, as many at a time as may run, and put it into a folder.

        Return the seconds of each. Raises BuilderError if LaTeX stopped for one, or it could not be made ready for its
        printer; the others are made nevertheless. Raises UnwritableError if that was since nothing can be written.
        """
        editions = self.settings.editions
        self._reporter(StageStarted(title="LaTeX"))
        start = time.monotonic()
        with ThreadPoolExecutor(self.settings.jobs) as pool:
            runs = [pool.submit(self._make, latex, edition, finished) for edition in editions]
            try:
                wait(runs)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self._programs.end_all()
                raise
        durations, failures = [], {}
        for edition, run in zip(editions, runs, strict=True):
            try:
                durations.append((edition, run.result()))
            except BuilderError as error:
                failures[edition.name] = error
        if failures:
            raise _joined_failures(failures, len(editions))
        self._reporter(StageFinished(summary=f"  done    LaTeX  {time.monotonic() - start:.1f} s"))
        return durations

    def _make(self, latex: Path, edition: Edition, finished: Path) -> float:
        """Set an edition and make it ready for its printer; return the seconds of that."""
        start, stem = time.monotonic(), edition.stem
        stems = frozenset(edition.stem for edition in self.settings.all_editions)
        folder = self.settings.build / FOLDER / stem
        _remove_what_latexmk_left(latex, stem)
        place = Place(latex=latex, folder=folder, stem=stem, stems=stems, logs=self._work)
        self._set(place, _unfinished(finished / edition.file))
        tags = latex / f"{self.settings.book.slug}{SUFFIX}"
        finish(latex / f"{stem}.pdf", finished / edition.file, edition, self._work, tags=tags)
        if edition.cover:
            self._cover(latex, edition, finished)
        return time.monotonic() - start

    def _cover(self, latex: Path, edition: Edition, finished: Path) -> None:
        """Set the cover of an edition that has been set: in four inks where the edition has no colours of screens."""
        place, target = cover.place(self.settings, edition, self._work), finished / edition.cover
        with pikepdf.open(finished / edition.file) as pdf:
            cover.furnish(place, latex, self.settings, edition, len(pdf.pages))
        self._set(place, _unfinished(target))
        coloured = msgspec.structs.replace(edition, colours="cmyk" if edition.colours else None)
        finish(place.latex / f"{place.stem}.pdf", target, coloured, self._work, tags=cover.tags(place))

    def _set(self, place: Place, unfinished: Path) -> None:
        """Let XeLaTeX and the programs beside it run as often as needed; if they stop, put into a file what can be set."""
        unfinished.unlink(missing_ok=True)
        try:
            limit = self.settings.toml.pdf.timeout
            passes = Passes(place, self._programs, self._epoch, limit, self._step)
            passes.run()
        except ProgramError as error:
            # Before what it has written is removed, and gives room again.
            if refused := refusals.refusal_in(place.folder, last_lines(error.log)):
                raise UnwritableError(refused, place.folder) from error
            raise self._explained(error, place, passes, unfinished) from error
        place.hand_over()

    def _explained(self, error: ProgramError, place: Place, passes: Passes, unfinished: Path) -> BuilderError:
        """Return why a program failed, and keep LaTeX's log and what could be set, but nothing else of the run."""
        latex_log = self._work / f"{place.stem}.log"
        latex_log.unlink(missing_ok=True)
        if place.file(".log").is_file():
            shutil.copyfile(place.file(".log"), latex_log)
        failure = latex_failure.explain(latex_log, error.log, place.latex, self.settings, late=error.late)
        rest = passes.rest() if failure.is_of_text and not error.late else None
        if rest:
            copy_aside(rest, unfinished)
        shutil.rmtree(place.folder, ignore_errors=True)
        log = latex_log if latex_log.is_file() and error.program == TEX else error.log
        shown = log.relative_to(self.settings.project).as_posix()
        others = "\n".join(("What else is wrong:", *failure.others) if failure.others else ())
        left = (
            f"What could be set: {unfinished.relative_to(self.settings.project).as_posix()}" if rest else ""
        )
        remedy = "\n".join(filter(None, (failure.remedy, others, left, f"The whole log: {shown}")))
        return BuilderError(failure.message, remedy=remedy)

    def _step(self, what: str) -> None:
        self._reporter(StageStep(done=0, what=what))


def _unfinished(finished: Path) -> Path:
    """Return the file for what can be set of a PDF whose text LaTeX stops at."""
    return finished.with_name(UNFINISHED.format(finished.stem))


def _joined_failures(failures: Mapping[str, BuilderError], editions: int) -> BuilderError:
    """Return one error for all failures: each message once, with the editions that it is of, if not all."""
    names_by_message: dict[str, list[str]] = {}
    remedies: dict[str, str] = {}
    for name, error in failures.items():
        names_by_message.setdefault(str(error), []).append(name)
        remedies.setdefault(str(error), error.remedy)
    paragraphs = []
    for message, names in names_by_message.items():
        which = "" if len(names) == editions else f"in the PDF's edition {' and '.join(names)}: "
        paragraphs.append(f"{which}{message}\n{remedies[message]}")
    message, _, remedy = "\n\n".join(paragraphs).rpartition("\n")
    return BuilderError(message, remedy=remedy)


def _remove_what_latexmk_left(latex: Path, stem: str) -> None:
    """Remove from Sphinx's folder what an earlier version of ours had LaTeX write there."""
    if (latex / f"{stem}.fdb_latexmk").exists():
        for path in latex.glob(f"{stem}.*"):
            if path.suffix != ".tex":
                path.unlink()
