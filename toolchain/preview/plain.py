"""The maker that does what `toolchain build` does, in a process that has imported it already."""

import gc
import os
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import msgspec

from toolchain.base import refusals, terminal
from toolchain.base.errors import ExitCode, ToolchainError
from toolchain.build import pipeline, unchanged
from toolchain.forms import PDF, chosen
from toolchain.messages import report
from toolchain.messages.progress import (
    Event,
    Note,
    NotebookFinished,
    NotebookStarted,
    Plain,
    StageFinished,
    StageStep,
)
from toolchain.model import BuildReport
from toolchain.plan import planning
from toolchain.preview.making import SITE, Channel, Made, Request
from toolchain.processes.programs import how_it_ended
from toolchain.project import settings as project_settings
from toolchain.project.settings import Options, Settings

WRITING = "writing "
"""Begins what a builder says of the page that it writes."""
LONGEST = 1 << 26
"""Bytes that a report may have."""


class PlainMaker:
    """Makes each request in a fork of this process: what one build has remembered, the next does not believe."""

    def __init__(self, project: Path) -> None:
        """Make the pages of a project."""
        self._project = project
        gc.freeze()

    def make(self, request: Request, channel: Channel) -> Made:
        """Build as `toolchain build` does: the site, and then whatever else is asked for."""
        made = self._timed(msgspec.structs.replace(request, forms=SITE), channel)
        if request.forms == SITE or made.error or made.waiting:
            return made
        channel.answer(msgspec.structs.replace(made, unchecked=True))
        channel.say("making the PDF")
        return self._timed(request, channel)

    def _timed(self, request: Request, channel: Channel) -> Made:
        start = time.monotonic()
        made = _forked(lambda: build(self._project, request, channel), request)
        return msgspec.structs.replace(made, seconds=time.monotonic() - start)

    def close(self) -> None:
        """There is nothing that was kept."""


def build(project: Path, request: Request, channel: Channel, manner: pipeline.Manner = pipeline.ONCE) -> Made:
    """Go through the stages of a build; what is expected to fail is returned as it is told."""
    try:
        options = Options(forms=request.forms)
        settings = project_settings.load(project, options)
        heard = _Heard(channel)
        if waiting := _waiting(settings, request, heard):
            return _made(report.read(settings.report), request, waiting=waiting)
        snapshot = unchanged.Snapshot(settings, chosen(settings))
        built = unchanged.last_report(settings, snapshot) or pipeline.build(settings, snapshot, heard, manner)
        return _made(built, request, pages=tuple(heard.pages))
    except ToolchainError as error:
        return failed(request, error.exit_code, error.message, error.remedy)
    except Exception as error:
        refused = error if isinstance(error, OSError) else refusals.refusal(error)
        if refused is None:
            raise
        place = Path("system")
        return failed(
            request, ExitCode.USAGE, refusals.sentence(refused, place), refusals.remedy(refused, place)
        )


def failed(request: Request, code: ExitCode, message: str, remedy: str = "") -> Made:
    """Return what has become of a request that ended before anything was made."""
    return Made(request.number, code, error=terminal.message(message), remedy=terminal.message(remedy))


def _made(
    built: BuildReport | None, request: Request, *, pages: tuple[str, ...] = (), waiting: tuple[str, ...] = ()
) -> Made:
    if built is None:  # notebooks wait, and nothing was built before
        return Made(request.number, ExitCode.GOOD, waiting=waiting)
    return Made(
        request.number,
        built.exit_code,
        pages=pages,
        findings=built.findings,
        notebooks=built.notebooks,
        waiting=waiting,
        crashes=built.crashes,
        dependencies=built.dependencies,
        artefacts=tuple(made.path for made in built.artefacts if made.form == PDF.name),
    )


def _waiting(settings: Settings, request: Request, heard: "_Heard") -> tuple[str, ...]:
    """Return the notebooks that would run and have to be asked for."""
    if request.run or settings.toml.serve.execute != "ask":
        return ()
    return tuple(planned.document.name for planned in planning.plan(settings, heard).to_run)


class _Heard:
    """Tells of a build what somebody who writes wants to know: notebooks, problems, and that the pages are there."""

    def __init__(self, channel: Channel) -> None:
        self.pages: dict[str, None] = {}
        self._channel = channel
        self._lines = Plain(lambda line: channel.say(line.strip()))

    def __call__(self, event: Event, /) -> None:
        match event:
            case StageStep(what=what) if what.startswith(WRITING):
                self.pages[what.removeprefix(WRITING)] = None
            case StageFinished(summary=summary) if "Sphinx html" in summary:
                self._channel.wrote(self.pages)
            case NotebookStarted() | NotebookFinished():
                self._lines(event)
            # What was saved meanwhile is built next, and needs no word.
            case Note(problem=True) if not self._channel.superseded():
                self._lines(event)
            case _:
                pass


def _forked(work: Callable[[], Made], request: Request) -> Made:
    """Do some work in a process of its own, and return what it returns there."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work_and_exit(work, writing)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as stream:
            said = stream.read(LONGEST)
    finally:  # an interrupt reaches it, too: it is in the same group
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with suppress(msgspec.MsgspecError, UnicodeDecodeError):
        return msgspec.json.decode(said, type=Made)
    return failed(
        request,
        ExitCode.DEFECT,
        f"what makes the pages has ended: {how_it_ended(code)}",
        "Save again; the details are in _build/preview.log.",
    )


def _work_and_exit(work: Callable[[], Made], writing: int) -> NoReturn:
    """Do some work and end this process, whatever happens."""
    code = int(ExitCode.DEFECT)
    try:
        said = msgspec.json.encode(work())
        with os.fdopen(writing, "wb") as stream:
            stream.write(said)
        code = 0
    except KeyboardInterrupt:
        code = int(ExitCode.INTERRUPTED)
    except BaseException:  # noqa: BLE001 - this process ends here
        traceback.print_exc()
    finally:
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
