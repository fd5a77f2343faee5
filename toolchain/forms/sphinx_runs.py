"""Sphinx as a subprocess: one process runs every builder that is wanted, one after the other, on one set of doctrees."""

import os
import re
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

import msgspec

import toolchain
from toolchain.base.errors import BuilderError, ConfigError
from toolchain.messages.progress import Reporter, StageFinished, StageStarted, StageStep
from toolchain.model import Facts, Finding
from toolchain.model.sphinx import BEGIN, END, SphinxInput, SphinxOutput, SphinxTask, read_output
from toolchain.processes import logs
from toolchain.processes.programs import Programs
from toolchain.project.settings import Settings

STEP = re.compile(
    r"(?P<what>reading sources|writing output|copying images)\.\.\. \[ *(?P<percent>\d+)%\] ?(?P<page>\S*)"
)


class SphinxRuns:
    """What Sphinx has made of the sources in this build, by builder."""

    def __init__(
        self, settings: Settings, told: SphinxInput, epoch: int, tools: str, reporter: Reporter
    ) -> None:
        """`told` is what Sphinx needs to know of this build; `epoch` is the date that artefacts carry, in seconds since 1970.

        `tools` is a digest of what makes pages: when it changes, every page is made anew.
        """
        self.settings = settings
        self._told = told
        self._epoch = epoch
        self._tools = tools
        self._reporter = reporter
        self._work = settings.build / "sphinx"
        self._codes: dict[str, int] = {}
        self._seconds: dict[str, float] = {}
        self._now: tuple[str, float, TextIO] | None = None
        self.dependencies: set[str] = set()
        """Files that pages were made with, relative to the project."""
        self.warnings: tuple[Finding, ...] = ()
        """What Sphinx has found."""
        self.facts = Facts()
        """What the sources say, as Sphinx has read them."""

    def run(self, builders: dict[str, Path]) -> None:
        """Run builders, each into its folder, in this order; `of` says how each ended."""
        self._work.mkdir(parents=True, exist_ok=True)
        # What was wrong last time is read again in the first run of this build; the next run shares its doctrees.
        told = msgspec.structs.replace(self._told, reread=self._pages_with_findings())
        task = SphinxTask(
            told=told,
            builders={builder: str(out) for builder, out in builders.items()},
            config=str(self._config()),
            sources=str(self.settings.sources),
            doctrees=str(self.settings.build / "doctrees"),
            work=str(self._work),
            tools=self._tools,
        )
        file = self._work / "task"
        file.write_bytes(msgspec.json.encode(task))
        environment = {
            **os.environ,
            "TOOLCHAIN_PROJECT": str(self.settings.project),
            "SOURCE_DATE_EPOCH": str(self._epoch),
            "PYTHONHASHSEED": "0",
            # Sphinx leaves its tracebacks in the system's folder for temporary files, and they stay there.
            "TMPDIR": str(self._work),
        }
        self._reporter(StageStarted(title="Sphinx"))
        command = [sys.executable, "-m", "toolchain.sphinxext", str(file)]
        said = self._work / "sphinx.log"
        try:
            Programs().run(command, self.settings.project, environment, said, self._hear)
        finally:
            if self._now:
                self._now[2].close()

    def of(self, builder: str) -> tuple[float, SphinxOutput]:
        """Return a builder's seconds and what it left.

        Raises ConfigError if Sphinx cannot use conf.py, BuilderError if it crashed.
        """
        log = self._work / f"{builder}.log"
        left = read_output(self._work / f"{builder}.json") if self._codes.get(builder) == 0 else None
        if left is not None:
            self.dependencies |= set(left.dependencies)
            self.warnings = merge(self.warnings, left.findings)
            self.facts = left.facts
            return self._seconds[builder], left
        log = log if builder in self._codes else self._work / "sphinx.log"
        if said := logs.configuration_error(log):
            config, project = self._config(), self.settings.project
            own = project in config.parents
            where = f"{(config / 'conf.py').relative_to(project).as_posix()}: " if own else ""
            raise ConfigError(
                f"{where}{said}", remedy="Correct it; nothing was made. Results that are there stay."
            )
        raise BuilderError(
            f"Sphinx ({builder}) crashed: {logs.sphinx_error(log)}",
            remedy=f"The whole log: {log.relative_to(self.settings.project).as_posix()}",
        )

    def _hear(self, line: str) -> None:
        """Tell which builder is at work, how far it is and when it is done; give each its own log."""
        if line.startswith(BEGIN):
            builder = line.removeprefix(BEGIN).strip()
            self._now = builder, time.monotonic(), (self._work / f"{builder}.log").open("w", encoding="utf-8")
            self._reporter(StageStarted(title=f"Sphinx {builder}"))
        elif line.startswith(END) and self._now:
            builder, start, log = self._now
            log.close()
            self._now = None
            self._codes[builder] = int(line.removeprefix(END))
            seconds = self._seconds[builder] = time.monotonic() - start
            if self._codes[builder] == 0:
                self._reporter(StageFinished(summary=f"  done    Sphinx {builder}  {seconds:.1f} s"))
        elif self._now:
            self._now[2].write(line)
            if found := STEP.match(line):
                what = f"{found['what']} {found['page']}"
                self._reporter(StageStep(done=int(found["percent"]), total=100, what=what))

    def _config(self) -> Path:
        """Return the folder of conf.py: the project's, or ours if it has none."""
        own = self.settings.config
        return (
            own if (own / "conf.py").is_file() else Path(toolchain.__file__).parent / "sphinxext" / "default"
        )

    def _pages_with_findings(self) -> tuple[str, ...]:
        known = [read_output(path) for path in sorted(self._work.glob("*.json"))]
        return tuple(sorted({page for each in known if each for page in each.pages}))


def facts_of(settings: Settings) -> Facts:
    """Return what the sources said when Sphinx last read them."""
    left = sorted((settings.build / "sphinx").glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    return next((known.facts for path in reversed(left) if (known := read_output(path))), Facts())


def merge(known: tuple[Finding, ...], new: Iterable[Finding]) -> tuple[Finding, ...]:
    """Add findings that are not known yet and sort them by their places."""
    return tuple(sorted({*known, *new}, key=lambda each: (each.path, each.line or 0, each.id, each.message)))
