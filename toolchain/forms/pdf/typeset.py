"""LaTeX as a subprocess: each edition of the printed book, from the text that Sphinx has written."""

import re
import shutil
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path

from toolchain.base import refusals
from toolchain.base.errors import BuilderError, UnwritableError
from toolchain.forms.pdf import latex_failure
from toolchain.messages.progress import Reporter, StageFinished, StageStarted, StageStep
from toolchain.processes.logs import last_lines
from toolchain.processes.programs import Programs, environment
from toolchain.project.settings import Edition, Settings

LATEX_PASS = re.compile(r"Run number (?P<number>\d+) of rule '(?P<rule>[^']+)'")
TEX = "xelatex"
XINDY_OPTIONS = re.compile(r"^export XINDYOPTS = (?P<options>.+)$", re.MULTILINE)


class Typesetter:
    """Runs LaTeX as often as an edition needs."""

    def __init__(self, settings: Settings, epoch: int, work: Path, reporter: Reporter) -> None:
        """`epoch` is the date that PDFs carry, in seconds since 1970; `work` is a folder for logs."""
        self.settings = settings
        self._epoch = epoch
        self._work = work
        self._reporter = reporter
        self._programs = Programs()

    def editions(self, folder: Path) -> list[tuple[Edition, float]]:
        """Run LaTeX for each edition, as many at a time as may run; return the seconds of each.

        Raises BuilderError if it stopped for one; the others are made nevertheless. Raises UnwritableError if that was
        since nothing can be written.
        """
        editions = self.settings.editions
        self._reporter(StageStarted(title="LaTeX"))
        start = time.monotonic()
        with ThreadPoolExecutor(self.settings.jobs) as pool:
            runs = [pool.submit(self._latexmk, folder, edition.stem) for edition in editions]
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

    def _latexmk(self, folder: Path, stem: str) -> float:
        """Let latexmk run XeLaTeX and the index as often as needed; return its seconds."""
        command = [
            "latexmk",
            "-xelatex",
            "-interaction=nonstopmode",
            "-halt-on-error",
            "-file-line-error",
            f"{stem}.tex",
        ]
        variables = environment(
            SOURCE_DATE_EPOCH=str(self._epoch),
            FORCE_SOURCE_DATE="1",
            # What Sphinx's own Makefile would hand to the latexmkrc beside it.
            LATEXOPTS="",
            XINDYOPTS=_xindy_options(folder),
            # TeX breaks the lines of its log at 79 characters otherwise, in the middle of names.
            max_print_line="10000",
        )
        start = time.monotonic()
        unfinished = self._work / f"unfinished-{stem}"
        if unfinished.exists():
            _remove_auxiliary(folder, stem)
        unfinished.touch()
        latexmk_log = self._work / f"{stem}.latexmk.log"
        limit, timed_out = self.settings.toml.pdf.timeout, False
        try:
            step = partial(self._latex_step, stem)
            code = self._programs.run(
                command, folder, variables, latexmk_log, step, limit=limit, interrupted=TEX
            )
        except TimeoutError:
            code, timed_out = 1, True
        if code:
            # Before what it has written is removed, and gives room again.
            if refused := refusals.refusal_in(folder, last_lines(latexmk_log)):
                raise UnwritableError(refused, folder)
            latex_log = self._keep_log(folder, stem)
            failure = latex_failure.explain(latex_log, latexmk_log, folder, self.settings, late=timed_out)
            log = latex_log if latex_log.is_file() else latexmk_log
            shown = log.relative_to(self.settings.project).as_posix()
            raise BuilderError(failure.message, remedy=f"{failure.remedy}\nThe whole log: {shown}".strip())
        unfinished.unlink()
        return time.monotonic() - start

    def _keep_log(self, folder: Path, stem: str) -> Path:
        """Put the log of LaTeX aside, and remove all other files that it left; return the path of the log."""
        latex_log = self._work / f"{stem}.log"
        latex_log.unlink(missing_ok=True)
        if (folder / f"{stem}.log").is_file():
            shutil.copyfile(folder / f"{stem}.log", latex_log)
        _remove_auxiliary(folder, stem)
        return latex_log

    def _latex_step(self, stem: str, line: str) -> None:
        if match := LATEX_PASS.search(line):
            current_pass = f"{stem}: pass {match['number']} of {match['rule'].partition(' ')[0]}"
            self._reporter(StageStep(done=0, what=current_pass))


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


def _remove_auxiliary(folder: Path, stem: str) -> None:
    """Remove what a broken-off run left: it would spoil the next one, and latexmk believes an old log."""
    for path in folder.glob(f"{stem}.*"):
        if path.suffix != ".tex":
            path.unlink()


def _xindy_options(folder: Path) -> str:
    """Return the options that Sphinx chose for the index of the book's language: it writes them into a Makefile."""
    match = XINDY_OPTIONS.search((folder / "Makefile").read_text(encoding="utf-8"))
    return match["options"] if match else "-L english -C utf8 -M sphinx.xdy"
