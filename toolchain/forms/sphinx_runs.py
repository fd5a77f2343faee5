"""Sphinx as a subprocess: one process runs every builder that is wanted, one after the other, on one set of doctrees."""

import os
import secrets
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, TextIO

import msgspec

from toolchain.base import terminal
from toolchain.base.decoding import read_whole
from toolchain.base.errors import BuilderError, ConfigError, UnwritableError
from toolchain.forms.form import Meanwhile
from toolchain.forms.sphinx_process import LOG, SphinxProcess, Start
from toolchain.messages.progress import Reporter, StageFinished, StageStarted, StageStep
from toolchain.model import Facts, Finding
from toolchain.model.sphinx import (
    FACTS,
    UNFINISHED,
    BuilderBegun,
    BuilderEnded,
    BuilderRead,
    BuilderStep,
    SphinxInput,
    SphinxOutput,
    decode_event,
    decode_facts,
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
        self._digest_of_facts = b""
        self._meanwhile: Meanwhile | None = None

    def run(self, builders: Mapping[str, Path], meanwhile: Meanwhile) -> None:
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
            self._meanwhile = meanwhile
            self._process.run(task, self._start, self._take_line, meanwhile.begin)
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
            case BuilderRead():
                self._take_facts()
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

    def _take_facts(self) -> None:
        """Take what a builder has read; the next one has mostly read the same."""
        content = read_whole(self._work / FACTS) or b""
        if (digest := sha256(content).digest()) != self._digest_of_facts:
            self._digest_of_facts = digest
            self.facts = decode_facts(content) or Facts()
        if self._meanwhile:
            self._meanwhile.read(self.facts)

    def _outputs(self) -> list[Path]:
        return sorted(self._work.glob("*.json"))


def distrust(settings: Settings) -> None:
    """Have the next run read and write every page anew, as after one that was killed."""
    with suppress(
        OSError
    ):  # no run has been here yet, or the disk is full: then the next one trusts nothing anyway
        (settings.build / WORK / UNFINISHED).touch()


def facts_of(settings: Settings) -> Facts:
    """Return what the sources said when Sphinx last read them.

    Raises ConfigError if that is not there: to look for nothing would find nothing.
    """
    facts = decode_facts(read_whole(settings.build / WORK / FACTS))
    if facts is None:
        raise ConfigError(
            "nothing is built here that could be checked", remedy="Run `toolchain build` first."
        )
    return facts


def merge(findings: tuple[Finding, ...], more: Iterable[Finding]) -> tuple[Finding, ...]:
    """Add findings that are not there yet, and sort all by their places."""
    return tuple(
        sorted(
            dict.fromkeys((*findings, *more)),
            key=lambda finding: (finding.path, finding.line or 0, finding.id, finding.message),
        )
    )
