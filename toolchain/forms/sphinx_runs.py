"""Sphinx as a subprocess: one process runs every builder that is wanted, one after the other, on one set of doctrees."""

import os
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TextIO

import msgspec

from toolchain.base import terminal
from toolchain.base.errors import BuilderError, ConfigError, UnwritableError
from toolchain.forms.sphinx_process import LOG, SphinxProcess, Start
from toolchain.messages.progress import Reporter, StageFinished, StageStarted, StageStep
from toolchain.model import Facts, Finding
from toolchain.model.sphinx import (
    UNFINISHED,
    BuilderBegun,
    BuilderEnded,
    BuilderStep,
    SphinxInput,
    SphinxOutput,
    decode_event,
    read_output,
)
from toolchain.processes.logs import last_lines
from toolchain.processes.looked_up import WORK
from toolchain.project.settings import Settings


class _Builder(NamedTuple):
    """A builder at work."""

    name: str
    start: float
    log: TextIO


class _Ended(NamedTuple):
    """How a builder ended."""

    event: BuilderEnded
    seconds: float


class SphinxRuns:
    """What Sphinx makes of the sources in this build, by builder."""

    def __init__(
        self,
        settings: Settings,
        sphinx_input: SphinxInput,
        start: Start,
        reporter: Reporter,
        *,
        process: SphinxProcess,
    ) -> None:
        """Nothing runs yet. `start` is what `process` was started with, or is to be."""
        self._process = process
        self.settings = settings
        self._input = sphinx_input
        self._start = start
        self._reporter = reporter
        self._work = settings.build / WORK
        self._mark = secrets.token_hex(8)
        self._before = {path.stem: output for path in self._outputs() if (output := read_output(path))}
        self._ended: dict[str, _Ended] = {}
        self._at_work: _Builder | None = None
        self.dependencies: frozenset[str] = frozenset()
        """Files that pages were made with, relative to the project."""
        self.warnings: tuple[Finding, ...] = ()
        """What Sphinx has found."""
        self.facts = Facts()
        """What the sources say, as Sphinx has read them."""

    def run(self, builders: Mapping[str, Path], meanwhile: Callable[[], None]) -> None:
        """Run builders, each into its folder, in this order, and do something beside; `of` says how each ended."""
        self._work.mkdir(parents=True, exist_ok=True)
        task = msgspec.structs.replace(
            self._start.task,
            input=self._input,
            builders={builder: str(folder) for builder, folder in builders.items()},
            mark=self._mark,
        )
        self._reporter(StageStarted(title="Sphinx"))
        try:
            self._process.run(task, self._start, self._take_line, meanwhile)
        finally:
            if self._at_work:
                self._at_work.log.close()

    def before(self, builder: str) -> SphinxOutput | None:
        """Return what a builder left in the build before; None if it left nothing."""
        return self._before.get(builder)

    def of(self, builder: str) -> tuple[float, SphinxOutput]:
        """Return a builder's seconds and what it left.

        Raises ConfigError if Sphinx cannot use conf.py, UnwritableError if the system has refused it a file, and
        BuilderError if it crashed.
        """
        ended = self._ended.get(builder)
        output = read_output(self._work / f"{builder}.json") if ended and not ended.event.error else None
        if ended and output is not None:
            self.dependencies |= set(output.dependencies)
            self.warnings = merge(self.warnings, output.findings)
            self.facts = output.facts
            return ended.seconds, output
        if ended and ended.event.configuration:
            config, project = Path(self._start.task.config), self.settings.project
            own = project in config.parents
            where = f"{(config / 'conf.py').relative_to(project).as_posix()}: " if own else ""
            raise ConfigError(
                f"{where}{ended.event.configuration}",
                remedy="Correct it; nothing was made. Results that are there stay.",
            )
        if ended and ended.event.refused:
            number, file = ended.event.refused
            raise UnwritableError(OSError(number, os.strerror(number), file or None), self.settings.build)
        log = self._work / (f"{builder}.log" if ended else LOG)
        error = (ended.event.error if ended else "") or f"\n{last_lines(log)}"
        raise BuilderError(
            f"Sphinx ({builder}) crashed: {error}",
            remedy=f"The whole log: {log.relative_to(self.settings.project).as_posix()}",
        )

    def _take_line(self, line: str) -> None:
        """Report which builder is at work, how far it is and when it is done; give each its own log."""
        printed, event = decode_event(line, self._mark)
        if self._at_work:
            self._at_work.log.write(terminal.message(printed))
        match event:
            case BuilderBegun(builder=name):
                log = (self._work / f"{name}.log").open("w", encoding="utf-8")
                self._at_work = _Builder(name, time.monotonic(), log)
                self._reporter(StageStarted(title=f"Sphinx {name}"))
            case BuilderStep(what=what, done=done, total=total):
                self._reporter(StageStep(done=done, total=total, what=what))
            case BuilderEnded() if self._at_work:
                builder, self._at_work = self._at_work, None
                builder.log.close()
                seconds = time.monotonic() - builder.start
                self._ended[builder.name] = _Ended(event, seconds)
                if not event.error:
                    summary = f"  done    Sphinx {builder.name}  {seconds:.1f} s"
                    self._reporter(StageFinished(summary=summary))

    def _outputs(self) -> list[Path]:
        return sorted(self._work.glob("*.json"))


def distrust(settings: Settings) -> None:
    """Have the next run read and write every page anew, as after one that was killed."""
    with suppress(
        OSError
    ):  # no run has been here yet, or the disk is full: then the next one trusts nothing anyway
        (settings.build / WORK / UNFINISHED).touch()


def facts_of(settings: Settings) -> Facts:
    """Return what the sources said when Sphinx last read them."""
    newest_first = sorted((settings.build / WORK).glob("*.json"), key=lambda path: -path.stat().st_mtime_ns)
    return next((output.facts for path in newest_first if (output := read_output(path))), Facts())


def merge(findings: tuple[Finding, ...], more: Iterable[Finding]) -> tuple[Finding, ...]:
    """Add findings that are not there yet, and sort all by their places."""
    return tuple(
        sorted(
            dict.fromkeys((*findings, *more)),
            key=lambda finding: (finding.path, finding.line or 0, finding.id, finding.message),
        )
    )
