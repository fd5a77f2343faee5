"""Sphinx and LaTeX as subprocesses: the site and the PDF."""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import msgspec

import toolchain
from toolchain import guard, latex_failure, logs
from toolchain.errors import BuilderError, ConfigError
from toolchain.files import files_below, sha256_file, sha256_lines
from toolchain.handoff import VARIABLE, Aftermath, Handoff, read_aftermath
from toolchain.launch import FOLDER
from toolchain.model import Artifact, Facts, Finding
from toolchain.progress import Reporter, StageFinished, StageStarted, StageStep
from toolchain.settings import Edition, Settings

SPHINX_STEP = re.compile(
    r"(?P<what>reading sources|writing output|copying images)\.\.\. \[ *(?P<percent>\d+)%\] ?(?P<page>\S*)"
)
LATEX_PASS = re.compile(r"Run number (?P<number>\d+) of rule '(?P<rule>[^']+)'")
TEX = "xelatex"
SECONDS_TO_SAY = 3.0
"""That TeX has, once it is interrupted, to write down where it is."""
XINDY_OPTIONS = re.compile(r"^export XINDYOPTS = (?P<options>.+)$", re.MULTILINE)


class Emitter:
    """Makes the forms that come from Sphinx, in one build, on one set of doctrees."""

    def __init__(self, settings: Settings, told: Handoff, epoch: int, tools: str, reporter: Reporter) -> None:
        """`told` is what Sphinx needs to know of this build; `epoch` is the date that artefacts carry, in seconds since 1970.

        `tools` is a digest of what makes pages: when it changes, every page is made anew.
        """
        self.settings = settings
        self._told = told
        self._epoch = epoch
        self._tools = tools
        self._reporter = reporter
        self._leashes: list[guard.Leash] = []
        self._ending = False
        self._work = settings.build / "sphinx"
        # What was wrong last time is read again in the first run of this build; the next run shares its doctrees.
        self._reread = self._pages_with_findings()
        self.dependencies: set[str] = set()
        """Files that pages were made with, relative to the project."""
        self.warnings: tuple[Finding, ...] = ()
        """What Sphinx has found so far."""
        self.facts = Facts()
        """What the sources say, as Sphinx has read them."""

    def html(self, known: Artifact | None = None, more: Mapping[str, Path] | None = None) -> Artifact:
        """Make the site in _build/html; `known` is what the last build made there.

        `more` are files that its pages offer to download, by their paths in the site.
        """
        out = self.settings.build / "html"
        if known is not None and folder_artifact("html", out, self.settings).sha256 != known.sha256:
            # Somebody has changed the site; Sphinx would take a page that is newer than its source for good.
            shutil.rmtree(out, ignore_errors=True)
        before = read_aftermath(self._work / "html.json")
        seconds, after = self._sphinx("html", out)
        for page in set(before.documents if before else ()) - set(after.documents):
            (out / f"{page}.html").unlink(missing_ok=True)
        shutil.rmtree(out / FOLDER, ignore_errors=True)
        for name, path in (more or {}).items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, out / name)
        return folder_artifact("html", out, self.settings, seconds)

    def pdf(self) -> list[Artifact]:
        """Make the printed book in _build/pdf, in each of its editions."""
        settings = self.settings
        latex, made = settings.build / "latex", settings.build / "pdf"
        seconds, _ = self._sphinx("latex", latex)
        made.mkdir(parents=True, exist_ok=True)
        artefacts = []
        for edition, its_seconds in self._latexmk_each(latex):
            target = made / edition.file
            aside = target.with_suffix(".pdf.part")
            shutil.copyfile(latex / f"{edition.stem}.pdf", aside)
            aside.replace(target)
            artefacts.append(file_artifact("pdf", target, settings, seconds + its_seconds))
            seconds = 0.0  # what all editions share is counted once
        current = {each.file for each in settings.all_editions}
        for path in made.glob(f"{settings.book.slug}*.pdf"):
            if path.name not in current:
                path.unlink()
        return artefacts

    def notebooks(self) -> Path:
        """Write the text of every page for the notebooks; return the folder that it is in."""
        out = self.settings.build / "notebooks-text"
        shutil.rmtree(out, ignore_errors=True)
        self._sphinx("notebooks", out)
        return out

    def _pages_with_findings(self) -> tuple[str, ...]:
        known = [read_aftermath(path) for path in sorted(self._work.glob("*.json"))]
        return tuple(sorted({page for each in known if each for page in each.pages}))

    def _made_by_these_tools(self) -> bool:
        made_by = self._work / "tools"
        return made_by.is_file() and made_by.read_text(encoding="utf-8") == self._tools

    def _sphinx(self, builder: str, out: Path) -> tuple[float, Aftermath]:
        """Run a builder; return its seconds and what it left."""
        settings = self.settings
        self._work.mkdir(parents=True, exist_ok=True)
        aftermath, handoff = self._work / f"{builder}.json", self._work / "handoff"
        unfinished = self._work / "unfinished"
        told = msgspec.structs.replace(self._told, aftermath=str(aftermath), reread=self._reread)
        handoff.write_bytes(msgspec.json.encode(told))
        config = settings.config if (settings.config / "conf.py").is_file() else _default_conf()
        command = [sys.executable, "-m", "sphinx", "-b", builder, "-c", str(config)]
        command += ["-d", str(settings.build / "doctrees"), "--no-color"]
        # A run that was killed may have read pages and kept their doctrees without saying what was wrong with them.
        # Sphinx does not notice that what reads or writes pages has changed.
        fresh = unfinished.exists() or not self._made_by_these_tools()
        command += ["--fresh-env"] if fresh else []
        command += [str(settings.sources), str(out)]
        environment = {
            **os.environ,
            VARIABLE: str(handoff),
            "TOOLCHAIN_PROJECT": str(settings.project),
            "SOURCE_DATE_EPOCH": str(self._epoch),
            "PYTHONHASHSEED": "0",
            # Sphinx leaves its tracebacks in the system's folder for temporary files, and they stay there.
            "TMPDIR": str(self._work),
        }
        unfinished.touch()
        log = self._work / f"{builder}.log"
        self._reporter(StageStarted(title=f"Sphinx {builder}"))
        start = time.monotonic()
        code = self._watch(command, settings.project, environment, log, self._sphinx_step)
        left = read_aftermath(aftermath) if code == 0 else None
        if said := logs.configuration_error(log) if left is None else "":
            raise ConfigError(
                f"{_relative(config / 'conf.py', settings)}: {said}"
                if settings.project in config.parents
                else said,
                remedy="Correct it; nothing was made. Results that are there stay.",
            )
        if left is None:
            raise BuilderError(
                f"Sphinx ({builder}) crashed: {logs.sphinx_error(log)}",
                remedy=f"The whole log: {_relative(log, settings)}",
            )
        (self._work / "tools").write_text(self._tools, encoding="utf-8")
        unfinished.unlink()
        seconds = time.monotonic() - start
        self._reread = ()
        self.dependencies |= set(left.dependencies)
        self.warnings = merge(self.warnings, left.findings)
        self.facts = left.facts
        self._reporter(StageFinished(summary=f"  done    Sphinx {builder}  {seconds:.1f} s"))
        return seconds, left

    def _latexmk_each(self, folder: Path) -> list[tuple[Edition, float]]:
        """Run LaTeX for each edition, as many at a time as may run; return the seconds of each.

        Raises BuilderError if it stopped for one; the others are made nevertheless.
        """
        editions = self.settings.editions
        self._reporter(StageStarted(title="LaTeX"))
        start = time.monotonic()
        with ThreadPoolExecutor(self.settings.jobs) as pool:
            running = [pool.submit(self._latexmk, folder, each.stem) for each in editions]
            try:
                wait(running)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self._end_all()
                raise
        ended = {each.name: its.exception() for each, its in zip(editions, running, strict=True)}
        if failures := {name: error for name, error in ended.items() if error is not None}:
            raise _joined(failures, len(editions))
        done = [(each, its.result()) for each, its in zip(editions, running, strict=True)]
        self._reporter(StageFinished(summary=f"  done    LaTeX  {time.monotonic() - start:.1f} s"))
        return done

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
        environment = {
            **os.environ,
            "SOURCE_DATE_EPOCH": str(self._epoch),
            "FORCE_SOURCE_DATE": "1",
            # What Sphinx's own Makefile would hand to the latexmkrc beside it.
            "LATEXOPTS": "",
            "XINDYOPTS": _xindy_options(folder),
            # TeX breaks the lines of its log at 79 characters otherwise, in the middle of names.
            "max_print_line": "10000",
        }
        start = time.monotonic()
        unfinished = self._work / f"unfinished-{stem}"
        if unfinished.exists():
            _remove_auxiliary(folder, stem)
        unfinished.touch()
        said = self._work / f"{stem}.latexmk.log"
        limit, late = self.settings.toml.pdf.timeout, False
        try:
            code = self._watch(
                command, folder, environment, said, partial(self._latex_step, stem), limit=limit
            )
        except TimeoutError:
            code, late = 1, True
        if code:
            kept = self._keep_log(folder, stem)
            failure = latex_failure.explain(kept, said, folder, self.settings, late=late)
            log = _relative(kept if kept.is_file() else said, self.settings)
            raise BuilderError(failure.message, remedy=f"{failure.remedy}\nThe whole log: {log}".strip())
        unfinished.unlink()
        return time.monotonic() - start

    def _keep_log(self, folder: Path, stem: str) -> Path:
        """Put what LaTeX said aside, and remove the rest of what it left; return where it is."""
        kept = self._work / f"{stem}.log"
        kept.unlink(missing_ok=True)
        if (folder / f"{stem}.log").is_file():
            shutil.copyfile(folder / f"{stem}.log", kept)
        _remove_auxiliary(folder, stem)
        return kept

    def _sphinx_step(self, line: str) -> None:
        if found := SPHINX_STEP.match(line):
            what = f"{found['what']} {found['page']}"
            self._reporter(StageStep(done=int(found["percent"]), total=100, what=what))

    def _latex_step(self, stem: str, line: str) -> None:
        if found := LATEX_PASS.search(line):
            what = f"{stem}: pass {found['number']} of {found['rule'].partition(' ')[0]}"
            self._reporter(StageStep(done=0, what=what))

    def _end_all(self) -> None:
        """End what other threads of ours watch, and what they are about to start."""
        self._ending = True
        for leash in list(self._leashes):
            leash.close()

    def _watch(
        self,
        command: list[str],
        folder: Path,
        environment: dict[str, str],
        log: Path,
        step: Callable[[str], None],
        *,
        limit: float | None = None,
    ) -> int:
        """Run a program, its output into a log and line by line to `step`; end it if we end, however that happens.

        Raises TimeoutError if it runs for more than `limit` seconds; it is ended then, too.
        """
        leash, late = guard.Leash(), threading.Event()
        self._leashes.append(leash)
        with (
            closing(leash),
            log.open("w", encoding="utf-8") as written,
            subprocess.Popen(
                guard.command(command),
                cwd=folder,
                env=environment,
                stdin=leash.stdin,
                start_new_session=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
            ) as process,
        ):
            leash.started()
            if self._ending:
                leash.close()
            alarm = _alarm(limit, process, leash, late)
            try:
                for line in process.stdout or ():
                    written.write(line)
                    step(line)
            except BaseException:
                leash.close()
                if not guard.AVAILABLE:
                    process.kill()
                raise
            finally:
                alarm.cancel()
        if late.is_set():
            raise TimeoutError
        return process.returncode


def facts_of(settings: Settings) -> Facts:
    """Return what the sources said when Sphinx last read them."""
    left = sorted((settings.build / "sphinx").glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    return next((known.facts for path in reversed(left) if (known := read_aftermath(path))), Facts())


def merge(known: tuple[Finding, ...], new: Iterable[Finding]) -> tuple[Finding, ...]:
    """Add findings that are not known yet and sort them by their places."""
    return tuple(sorted({*known, *new}, key=lambda each: (each.path, each.line or 0, each.id, each.message)))


def file_artifact(form: str, path: Path, settings: Settings, seconds: float = 0.0) -> Artifact:
    """Describe a file that was made."""
    return Artifact(
        form=form,
        path=_relative(path, settings),
        bytes=path.stat().st_size,
        sha256=sha256_file(path),
        seconds=round(seconds, 3),
    )


def folder_artifact(form: str, folder: Path, settings: Settings, seconds: float = 0.0) -> Artifact:
    """Describe a folder that was made."""
    files = list(files_below(folder))
    return Artifact(
        form=form,
        path=_relative(folder, settings),
        bytes=sum(path.stat().st_size for path in files),
        sha256=sha256_lines(f"{sha256_file(path)} {path.relative_to(folder).as_posix()}" for path in files),
        files=len(files),
        seconds=round(seconds, 3),
    )


def _relative(path: Path, settings: Settings) -> str:
    return path.relative_to(settings.project).as_posix()


def _default_conf() -> Path:
    return Path(toolchain.__file__).parent / "sphinxext" / "default"


def _alarm(
    limit: float | None, process: subprocess.Popen[str], leash: guard.Leash, late: threading.Event
) -> threading.Timer:
    """Have a program ended after so many seconds, and `late` set; TeX first gets the chance to say where it is."""

    def end() -> None:
        late.set()
        guard.interrupt(process.pid, TEX)
        with suppress(subprocess.TimeoutExpired):
            process.wait(SECONDS_TO_SAY)
        leash.close()
        if not guard.AVAILABLE:
            process.kill()

    timer = threading.Timer(limit or 0.0, end)
    timer.daemon = True
    if limit:
        timer.start()
    return timer


def _joined(failures: Mapping[str, BaseException], editions: int) -> BaseException:
    """Return what stopped LaTeX: what several editions have in common once, and which ones, if not all."""
    for each in failures.values():
        if not isinstance(each, BuilderError):
            return each
    alike: dict[str, list[str]] = {}
    remedies: dict[str, str] = {}
    for name, each in failures.items():
        alike.setdefault(str(each), []).append(name)
        remedies.setdefault(str(each), each.remedy if isinstance(each, BuilderError) else "")
    said = []
    for message, names in alike.items():
        which = "" if len(names) == editions else f"in the PDF's edition {' and '.join(names)}: "
        said.append(f"{which}{message}\n{remedies[message]}")
    message, _, remedy = "\n\n".join(said).rpartition("\n")
    return BuilderError(message, remedy=remedy)


def _remove_auxiliary(folder: Path, stem: str) -> None:
    """Remove what half a run left: it would spoil the next one, and latexmk believes an old log."""
    for path in folder.glob(f"{stem}.*"):
        if path.suffix != ".tex":
            path.unlink()


def _xindy_options(folder: Path) -> str:
    """Return the options that Sphinx chose for the index of the book's language: it writes them into a Makefile."""
    found = XINDY_OPTIONS.search((folder / "Makefile").read_text(encoding="utf-8"))
    return found["options"] if found else "-L english -C utf8 -M sphinx.xdy"
