"""The preview as a whole: what is saved is made, browsers and the terminal are told, and Ctrl-C ends it all."""

import asyncio
import threading
import webbrowser
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from toolchain.base import aside
from toolchain.base.files import remove
from toolchain.forms import HTML, PDF
from toolchain.preview import shown, watching, wire
from toolchain.preview.clients import Clients
from toolchain.preview.making import EARLY, SITE, Made, Request
from toolchain.preview.process import BuilderProcess, EndedError
from toolchain.preview.server import Server
from toolchain.preview.shown import Shown
from toolchain.preview.site import OURS, SETTLING_SECONDS, Site
from toolchain.preview.terminal import Keys, Terminal
from toolchain.processes import signals
from toolchain.project.settings import WAITING, Settings

SECONDS_BETWEEN_LOOKS = 1.0
"""At what a build beside ours has left."""


class Preview:
    """The site of a project as it is written, served on this machine.

    Requests are sent to the builder as they come; it takes together those that have come meanwhile.
    """

    def __init__(self, settings: Settings, terminal: Terminal, port: int | None) -> None:
        """Listen; nothing is made yet. Raises ConfigError if the port is not free."""
        self._settings = settings
        self._terminal = terminal
        build, meanwhile = settings.build, settings.build / WAITING
        self._site = Site(build / HTML.folder, build / EARLY, meanwhile / HTML.folder)
        self._clients = Clients(self._site, self._shown)
        self._server = Server(port, self._site, self._clients, self)
        self._places = watching.Places(settings)
        self._builder: BuilderProcess | None = None
        self._asked: asyncio.Queue[Request] = asyncio.Queue()
        self._number = 0
        self._made: Made | None = None
        self._told: Made | None = None
        """What of that the terminal has said last."""
        self._doing = ""
        self._beside: watching.Look = None
        """The report of the book's own build as it was when something was asked for last."""
        self._defect: asyncio.Future[None]
        self._wants_pdf = False
        """Whether a PDF was asked for that is not made yet; whatever is saved goes before it."""

    @property
    def address(self) -> str:
        """Where the first page is."""
        return self._server.address

    async def run(self, *, open_browser: bool) -> None:
        """Serve until a signal, or a key, ends it."""
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in signals.handled_signals():
            loop.add_signal_handler(number, ended.set)
        self._defect = loop.create_future()
        keys = Keys({"": self.run_waiting, "p": self.make_pdf, "c": self.leave_pdf, "q": ended.set})
        work = (self._build(), self._watch(), self._look_beside(), ended.wait())
        tasks = [*map(_task, work), self._defect]
        self._ask()
        if open_browser:  # some wait until the browser is closed
            threading.Thread(target=webbrowser.open, args=(self.address,), daemon=True).start()
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # a defect of ours
        finally:
            keys.close()
            await self._end(tasks)

    def run_waiting(self) -> None:
        """Run the notebooks that wait to be asked for; without any, make everything again that has changed."""
        self._ask(run=True)

    def make_pdf(self) -> None:
        """Make the PDF, unless it is being made, or notebooks wait that it takes."""
        if self._made and self._made.waiting:
            self._terminal.note("the PDF takes the notebooks that wait: run them first, with Enter")
        elif not self._wants_pdf:
            self._ask_for_pdf(wanted=True)

    def leave_pdf(self) -> None:
        """Make the PDF no more."""
        if self._wants_pdf:
            self._ask_for_pdf(wanted=False)

    def _ask_for_pdf(self, *, wanted: bool) -> None:
        """Have the PDF made, or not: a request that comes while it is made breaks that off."""
        self._wants_pdf = wanted
        self._ask(())
        self._clients.tell_state()

    def pdf(self, name: str) -> Path | None:
        """Return a finished PDF by its name; None if there is none."""
        known = {Path(path).name: path for path in (self._made.artefacts if self._made else ())}
        path = self._settings.project / known.get(name, "")
        return path if name in known and path.is_file() else None

    def _ask(self, changed: tuple[str, ...] | None = None, *, run: bool = False) -> None:
        forms = (*SITE, PDF.name) if self._wants_pdf else SITE
        self._number += 1
        self._asked.put_nowait(Request(self._number, changed, run, forms))

    async def _watch(self) -> None:
        async for changed in watching.changes(self._places, told=self._terminal.note):
            self._ask(tuple(sorted(map(str, changed))))

    async def _look_beside(self) -> None:
        """Look again once a build beside ours has ended: notebooks that wait here may have run there."""
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
            if self._made and not self._doing and watching.look(self._settings.report) != self._beside:
                self._ask(())

    async def _build(self) -> None:
        """Send every request to a builder; one that has ended is replaced for the next request."""
        while True:
            request = await self._asked.get()
            builder = self._builder
            if builder is None:
                try:
                    builder = BuilderProcess(self._settings.project, self._settings.build)
                except OSError as error:  # a full disk, say: the next save tries again
                    self._answer(shown.refused(request.number, error, self._settings.build))
                    continue
                self._builder = builder
                _task(self._hear(builder))
                request = Request(request.number, None, request.run, request.forms)
            self._doing = self._doing or "making pages"
            self._beside = watching.look(self._settings.report)
            self._clients.tell_state()
            await builder.ask(request)

    async def _hear(self, builder: BuilderProcess) -> None:
        """Take what a builder says until it ends."""
        try:
            while True:
                self._take(await builder.hear())
        except EndedError as error:
            if self._builder is builder:
                self._builder = None
                self._answer(shown.ended(self._number, str(error)))
        except Exception as error:  # noqa: BLE001 - a defect of ours, which `run` raises
            self._defect.set_exception(error)

    def _take(self, message: wire.Message) -> None:
        match message:
            case wire.Said(text=text):
                self._doing = text
                self._terminal.line(text)
                self._clients.tell_state()
            case wire.Wrote():
                self._clients.look()
            case wire.Answer(made=made):
                self._answer(made)
            case _:
                pass

    def _answer(self, made: Made) -> None:
        """Show what has become of a request; what a later one may have mended is not worth a word."""
        if made.number == self._number and not made.unchecked:
            self._wants_pdf = False
        self._places.add(made.dependencies)
        if made.number == self._number or not made.error:
            self._made = shown.kept(made, self._made)
            if made.number == self._number and not made.unchecked:
                self._doing = ""
                if (
                    not made.waiting
                ):  # else it was made in another place, and the report is of a build beside it
                    self._beside = watching.look(self._settings.report)
                self._terminal.show(self._made, before=self._told)
                self._told = self._made
        self._clients.look()
        self._clients.tell_state()
        # Of files that pages show, those that were written just now count from then on.
        asyncio.get_running_loop().call_later(2 * SETTLING_SECONDS, self._clients.look)

    def _shown(self, page: str) -> Shown:
        pdfs = tuple(
            f"/{OURS}/pdf/{Path(path).name}" for path in (self._made.artefacts if self._made else ())
        )
        return shown.of_page(
            page,
            self._made,
            self._settings.layout,
            doing=self._doing,
            busy=bool(self._doing),
            waiting=self._made.waiting if self._made else (),
            making_pdf=self._wants_pdf,
            pdfs=pdfs,
        )

    async def _end(self, tasks: list[asyncio.Future[Any]]) -> None:
        """Leave nothing: no process, no lock, no folder for the moment."""
        for task in tasks:
            task.cancel()
        self._clients.end()
        builder, self._builder = self._builder, None
        if builder:
            await builder.close()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.close()
        with suppress(OSError):
            aside.sweep(self._settings.build)  # of a builder that had to be killed
        for folder in (EARLY, WAITING):
            remove(self._settings.build / folder)


_tasks: set[asyncio.Task[Any]] = set()


def _task(work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """Begin some work, and hold it until it is done: the loop itself does not."""
    task = asyncio.ensure_future(work)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return task
