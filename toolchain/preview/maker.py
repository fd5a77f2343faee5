"""The maker: it does what `toolchain build` does, with Sphinx kept warm, and shows edited pages before all that.

Each build is made in a fork of this process: what one build has remembered, the next does not believe. Edited pages are made
ahead, into a folder of their own from which they are served until the site has them.
"""

import gc
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, Self

import msgspec
from msgspec import Struct

from toolchain.base.aside import PREFIX, folder_for_now
from toolchain.base.errors import ExitCode, ToolchainError
from toolchain.base.files import files_below, remove, sha256_lines
from toolchain.base.refusals import BUILD
from toolchain.build.pipeline import LASTING, Manner
from toolchain.forms.sphinx_process import Ran, SphinxProcess, Warm
from toolchain.model import Book, BuildReport, Document
from toolchain.preview import waiting
from toolchain.preview.making import EARLY, SITE, Channel, Made, Request
from toolchain.preview.plain import build, failed
from toolchain.processes.programs import how_it_ended
from toolchain.project import settings as project_settings
from toolchain.project.settings import WAITING, Settings
from toolchain.sources import parsing, reading

_ = parsing  # `reading` imports it when it is first needed, and that takes long

STEP_SECONDS = 0.05
"""After so long it is asked again whether another request waits."""


class _Built(Struct, frozen=True):
    """What a build in a fork tells of itself."""

    made: Made | None = None
    """None as long as it makes what can be left for later."""
    ran: Ran | None = None
    """What Sphinx was run with, if it was."""
    essences: dict[str, str] = {}
    """What of each page more than its text depends on, by the page's path; empty if nothing was made."""


class WarmMaker:
    """Makes the pages of a project."""

    def __init__(self, project: Path) -> None:
        """Make nothing yet; pages that were shown before their build, by a preview that was killed, are shown no more."""
        self._project = project.resolve()
        self._early = self._project / BUILD / EARLY
        self._meanwhile = self._project / BUILD / WAITING
        remove(self._early)
        self._warm = Warm()
        self._essences: dict[str, str] = {}
        self._since = 0
        """Number of the last request before which anything has changed that is not the text of pages."""
        gc.freeze()

    def make(self, request: Request, channel: Channel) -> Made:
        """Show edited pages, then build as `toolchain build` does: the site, and then whatever else is asked for."""
        start = time.monotonic()
        self._glance(request, channel)
        of_site = msgspec.structs.replace(request, forms=SITE)
        made = self._build(of_site, channel, self._warm) or _ended(request, 0)
        if request.forms != SITE and not (made.error or made.waiting or channel.superseded()):
            channel.answer(msgspec.structs.replace(made, unchecked=True))
            channel.say("making the PDF")
            made = self._build(request, channel, SphinxProcess()) or made
        return msgspec.structs.replace(made, seconds=time.monotonic() - start)

    def close(self) -> None:
        """End what was kept warm."""
        self._warm.end()

    def _glance(self, request: Request, channel: Channel) -> None:
        """Show the edited pages, if nothing but the text of pages has changed."""
        pages = self._edited(request)
        if pages is None:
            self._since = request.number
        self._show(pages or (), self._since, channel)

    def _show(self, pages: tuple[str, ...], since: int | None, channel: Channel) -> None:
        """Show pages ahead of their build; `since` is as in `Warm.glance`."""
        if not pages:
            return
        self._early.mkdir(parents=True, exist_ok=True)
        with folder_for_now(self._early, PREFIX) as folder:
            shown = self._warm.glance(pages, folder, since)
            site = folder / "site"
            for file in files_below(site) if shown else ():
                place = self._early / file.relative_to(site)
                place.parent.mkdir(parents=True, exist_ok=True)
                file.replace(place)
        if shown:
            channel.wrote(shown)

    def _edited(self, request: Request) -> tuple[str, ...] | None:
        """Return the pages whose text was edited; None if anything else has changed, or a page cannot be read."""
        try:
            settings = project_settings.load(self._project)
            return None if request.changed is None else self._pages(request.changed, settings)
        except ToolchainError:  # the build will say so
            return None

    def _pages(self, changed: Iterable[str], settings: Settings) -> tuple[str, ...] | None:
        """Return the pages whose text was edited; None if anything else has changed. Raises SourceError."""
        pages = []
        for path in map(Path, changed):
            essence = self._essences.get(str(path))
            if essence is None or not path.is_file():
                return None
            document = reading.read_page(path, settings)
            if _essence(document) != essence:
                return None
            pages.append(document.name)
        return tuple(pages)

    def _build(self, request: Request, channel: Channel, sphinx: SphinxProcess) -> Made | None:
        """Build in a fork, which is broken off if another request waits and the site is there; None if nothing else was made.

        As long as the site is not there, a notebook may run for long. What is edited meanwhile is shown as it would be in
        the site that is served.
        """
        self._warm.number = shown = request.number
        with _Fork(lambda say: self._built(request, channel, sphinx, say)) as fork:
            built, has_site = _Built(), False
            while (line := fork.said(STEP_SECONDS)) != b"":
                if line:
                    built, has_site = msgspec.json.decode(line, type=_Built), True
                elif has_site and channel.superseded():
                    fork.interrupt()
                elif not has_site and (later := channel.waiting()) and later.number > shown:
                    shown = later.number
                    self._show(self._edited(later) or (), None, channel)
        remove(self._early)
        made = built.made
        if made and made.exit_code in LASTING and not made.waiting:
            remove(self._meanwhile)
        if made is None and fork.is_interrupted:
            return None
        if made is None:
            self._warm.end()
            return _ended(request, fork.code)
        self._essences = built.essences or self._essences
        if built.ran:
            self._warm.go_on(built.ran)
        return made

    def _built(
        self, request: Request, channel: Channel, sphinx: SphinxProcess, say: Callable[[bytes], None]
    ) -> None:
        """Build; say when the site is there, what was made before it is checked, and once more at the end."""
        essences: dict[str, str] = {}

        def tell(made: Made | None = None) -> None:
            say(msgspec.json.encode(_Built(made, self._warm.ran, essences)))

        def made(report: BuildReport, book: Book) -> None:
            essences.update({str(self._project / page.path): _essence(page) for page in book.documents})
            unchecked = _unchecked(report, request)
            remove(self._early)
            if not unchecked.waiting:
                remove(self._meanwhile)
            channel.wrote()
            channel.answer(unchecked)
            tell(unchecked)

        site = tell if request.forms != SITE else None
        tell(build(self._project, request, channel, Manner(sphinx=sphinx, made=made), site))


def _unchecked(report: BuildReport, request: Request) -> Made:
    return Made(
        request.number,
        report.exit_code,
        findings=report.findings,
        notebooks=report.notebooks,
        crashes=tuple(crash.said for crash in report.crashes),
        dependencies=report.dependencies,
        waiting=waiting.among(report.notebooks),
        unchecked=True,
    )


def _essence(page: Document) -> str:
    """Return a digest of all of a page that more than its own text depends on: its cells, what it declares, its name."""
    essence = msgspec.structs.replace(
        page,
        title="",
        number="",
        listed=True,
        notebook="",
        slips=(),
        cells=tuple(msgspec.structs.replace(cell, line=0) for cell in page.cells),
        expressions=tuple(msgspec.structs.replace(expression, line=0) for expression in page.expressions),
    )
    return sha256_lines([msgspec.json.encode(essence, order="sorted").decode()])


def _ended(request: Request, code: int) -> Made:
    return failed(
        request,
        ExitCode.DEFECT,
        f"what makes the pages has ended: {how_it_ended(code)}",
        "Save again; the details are in _build/preview.log.",
    )


class _Fork:
    """A fork of this process that does some work, and says what comes of it, in lines."""

    def __init__(self, work: Callable[[Callable[[bytes], None]], None]) -> None:
        """Begin. `work` is given what says a line."""
        self.code = 0
        """Of its end."""
        self.is_interrupted = False
        """Whether it was broken off."""
        reading, writing = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            os.close(reading)
            _work_and_exit(work, writing)
        os.close(writing)
        self._lines = os.fdopen(reading, "rb")

    def said(self, seconds: float) -> bytes | None:
        """Return the next line; None if there is none within some seconds, nothing when the work has ended."""
        ready = select.select([self._lines], [], [], seconds)[0]
        return self._lines.readline() if ready else None

    def interrupt(self) -> None:
        """Break the work off, once."""
        if not self.is_interrupted:
            self.is_interrupted = True
            os.kill(self._process, signal.SIGINT)

    def __enter__(self) -> Self:
        """Work."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Wait for the end. An interrupt of ours reaches the fork, too: it is in the same group."""
        self._lines.close()
        self.code = os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])


def _work_and_exit(work: Callable[[Callable[[bytes], None]], None], writing: int) -> NoReturn:
    """Do some work and end this process, whatever happens."""
    code = int(ExitCode.DEFECT)
    try:
        with os.fdopen(writing, "wb") as lines:

            def say(line: bytes) -> None:
                lines.write(line + b"\n")
                lines.flush()

            work(say)
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
