"""A build for the preview: what `toolchain build` does, told as the preview tells it."""

from collections.abc import Callable
from pathlib import Path

from toolchain.base import refusals, terminal
from toolchain.base.errors import ExitCode, ToolchainError
from toolchain.build import pipeline, unchanged
from toolchain.forms import PDF, chosen
from toolchain.messages.progress import (
    Event,
    Note,
    NotebookFinished,
    NotebookStarted,
    Plain,
    StageFinished,
    StageStarted,
    StageStep,
)
from toolchain.model import BuildReport
from toolchain.preview import waiting
from toolchain.preview.making import Channel, Made, Request
from toolchain.project import settings as project_settings
from toolchain.project.settings import Options, in_words_of

WRITING = "writing "
"""Begins what a builder says of the page that it writes."""


def build(
    project: Path,
    request: Request,
    channel: Channel,
    manner: pipeline.Manner = pipeline.ONCE,
    site: Callable[[], None] | None = None,
) -> Made:
    """Go through the stages of a build; what is expected to fail is returned as it is told. `site` hears when that is done."""
    try:
        options = Options(forms=request.forms, retry=request.run)
        settings = project_settings.load(project, options)
        heard = _Heard(channel, site)
        asks = settings.toml.serve.execute == "ask" and not request.run
        if asks and waiting.notebooks(settings, heard):
            settings = waiting.begun(settings, heard)
        snapshot = unchanged.Snapshot(settings, chosen(settings))
        built = unchanged.last_report(settings, snapshot) or pipeline.build(settings, snapshot, heard, manner)
        return _made(built, request, tuple(heard.pages))
    except ToolchainError as error:
        said = (in_words_of(project, text) for text in (error.message, error.remedy))
        return failed(request, error.exit_code, *said)
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


def _made(built: BuildReport, request: Request, pages: tuple[str, ...]) -> Made:
    return Made(
        request.number,
        built.exit_code,
        pages=pages,
        findings=built.findings,
        notebooks=built.notebooks,
        waiting=waiting.among(built.notebooks),
        crashes=tuple(crash.said for crash in built.crashes),
        dependencies=built.dependencies,
        artefacts=tuple(made.path for made in built.artefacts if made.form == PDF.name),
    )


class _Heard:
    """Tells of a build what somebody who writes wants to know: notebooks, problems, and that the pages are there."""

    def __init__(self, channel: Channel, site: Callable[[], None] | None) -> None:
        self.pages: dict[str, None] = {}
        self._site, self._has_site = site, False
        self._channel = channel
        self._lines = Plain(lambda line: channel.say(line.strip()))

    def __call__(self, event: Event, /) -> None:
        match event:
            case StageStep(what=what) if what.startswith(WRITING):
                self.pages[what.removeprefix(WRITING)] = None
            case StageFinished(summary=summary) if "Sphinx html" in summary:
                self._channel.wrote(self.pages)
                self._has_site = True
            case StageStarted() if (
                self._has_site and self._site
            ):  # Sphinx itself is done with the site only then
                self._site()
            case NotebookStarted() | NotebookFinished():
                self._lines(event)
            # What was saved meanwhile is built next, and needs no word.
            case Note(problem=True) if not self._channel.superseded():
                self._lines(event)
            case _:
                pass
