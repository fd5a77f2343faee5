"""The process in which Sphinx runs: begun before it is known what it has to do, and kept warm from run to run for the preview."""

import secrets
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from pathlib import Path
from typing import Self

import msgspec
from msgspec import Struct

import toolchain
from toolchain.base import refusals, regexes, terminal
from toolchain.base.aside import PREFIX, folder_for_now
from toolchain.model.sphinx import (
    REGEXES,
    BuilderEnded,
    Glance,
    Glanced,
    Order,
    Prepare,
    Run,
    RunEnded,
    SphinxInput,
    SphinxTask,
    decode_event,
    encode_event,
)
from toolchain.processes.looked_up import WORK
from toolchain.processes.partner import REQUESTS, Partner
from toolchain.processes.programs import environment, how_it_ended
from toolchain.project.settings import Settings

LOG = "sphinx.log"
IN_USE = ".in-use"
PROGRAM = (sys.executable, "-P", "-m", "toolchain.sphinxext", REQUESTS)
"""-P: what lies in the project's folder, another version of us for instance, is no module of this process."""


class Start(Struct, frozen=True):
    """What a process is started with: one that was started with anything else is none for a run."""

    folder: str
    variables: dict[str, str]
    """Besides the person's own."""
    task: SphinxTask
    """All that is known of what the process will have to do."""


def start(settings: Settings, epoch: int, tools: str) -> Start:
    """Return what a process is started with, for any run with these settings.

    `epoch` is the date that artefacts carry, in seconds since 1970. `tools` is a digest of what makes pages: when it changes,
    every page is made anew.
    """
    own = settings.config
    default = Path(toolchain.__file__).parent / "sphinxext" / "default"
    return Start(
        folder=str(settings.project),
        variables={
            "TOOLCHAIN_PROJECT": str(settings.project),
            "SOURCE_DATE_EPOCH": str(epoch),
            "PYTHONHASHSEED": "0",
            REGEXES: str(settings.build / WORK / regexes.FILE),
        },
        task=SphinxTask(
            input=SphinxInput(str(settings.project), "", settings.layout.sources),
            builders={},
            config=str(own if (own / "conf.py").is_file() else default),
            sources=str(settings.sources),
            doctrees=str(settings.build / "doctrees"),
            work=str(settings.build / WORK),
            tools=tools,
            mark="",
            jobs=settings.jobs,
        ),
    )


class SphinxProcess:
    """Sphinx in a process that has imported all that is slow to import by the time that it is told what to do.

    The process that has made this object begins and ends it; a fork of that one may run tasks.
    """

    def __init__(self) -> None:
        """Start nothing yet."""
        self._partner: Partner | None = None
        self._started_with: Start | None = None
        self._around = ExitStack()

    def begin(self, start: Start) -> None:
        """Start the process, if it can be started: a run that needs it says what the matter is."""
        self.end()
        with suppress(OSError), ExitStack() as around:
            self._partner = _started(start, around)
            self._started_with = start
            self._around = around.pop_all()

    def run(
        self,
        task: SphinxTask,
        start: Start,
        take_line: Callable[[str], None],
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:
        """Run a task, the only one, and give each line that is printed; the process ends beside what comes after.

        It is another process if this one was started with something else. `meanwhile` is done when the task is given, before
        its first line is taken: it takes no longer than a page. What ends a run before it has told so itself, the lines do
        not tell. Raises OSError.
        """
        self._run_order(Run(task, alone=True), start, take_line, meanwhile)
        if self._partner:
            self._partner.let_end()

    def _run_order(
        self,
        order: Run,
        start: Start,
        take_line: Callable[[str], None],
        meanwhile: Callable[[], None],
    ) -> None:
        """Run a task."""
        if self._partner and self._started_with == start and _run(self._partner, order, take_line, meanwhile):
            return
        Path(order.task.work).mkdir(parents=True, exist_ok=True)
        with ExitStack() as around:
            _run(_started(start, around), order, take_line, meanwhile)

    def end(self) -> None:
        """End the process, if there is one."""
        self._around.close()
        self._around, self._partner = ExitStack(), None

    def __enter__(self) -> Self:
        """Keep the process."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End it."""
        self.end()


class Ran(Struct, frozen=True):
    """What Sphinx was run with, for whoever prepares the next run."""

    task: SphinxTask
    """As the next run has it if nothing but pages changes until then."""
    start: Start


class Warm(SphinxProcess):
    """A process that prepares the next run as soon as one is over.

    Of what a fork has changed here that has run a task, `ran` is all that the process has to know that ends it. Before the
    fork has begun with that, pages can be looked at ahead here: they have the process in turn.
    """

    def __init__(self) -> None:
        """Start nothing yet."""
        super().__init__()
        self.number = 0
        """Of the run that is next, counted upwards."""
        self.ran: Ran | None = None
        """What the last run was made with; None before the first."""

    def run(
        self,
        task: SphinxTask,
        start: Start,
        take_line: Callable[[str], None],
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:
        """Run a task, and prepare the next."""
        with self._in_turn(wait=True):
            self._run_order(Run(task), start, take_line, meanwhile)
            self.ran = Ran(msgspec.structs.replace(task, mark=""), start)
            if self._partner and self._started_with == start:
                _ask(self._partner, Prepare(self.number, self.ran.task))

    def go_on(self, ran: Ran) -> None:
        """Be warm for the next run, as a fork has run the last one: if that could not use the process, start another."""
        if self._partner and self._partner.is_alive() and self._started_with == ran.start:
            return
        self.begin(ran.start)
        if self._partner:
            _ask(self._partner, Prepare(self.number, ran.task))

    def glance(self, pages: tuple[str, ...], folder: Path, since: int | None) -> tuple[str, ...]:
        """Have pages written to a folder as the next run will write them; return those that were: none while a run is on.

        `since` is the number of the last run before which anything has changed that is not the text of pages; None if all
        other pages are to be as they are in the site.
        """
        if self._partner is None:
            return ()
        mark = secrets.token_hex(8)
        from filelock import Timeout  # noqa: PLC0415 - Sphinx begins before whatever is slow to import

        with suppress(Timeout), self._in_turn(wait=False):
            _ask(self._partner, Glance(pages=pages, folder=str(folder), since=since, mark=mark))
            events = (decode_event(line, mark)[1] for line in self._partner.answers())
            return next((event.pages for event in events if isinstance(event, Glanced)), ())
        return ()

    def _in_turn(self, *, wait: bool) -> AbstractContextManager[object]:
        """Have the process alone: a fork of this one may speak to it. Raises Timeout if it does, and is not waited for."""
        if self._started_with is None:
            return nullcontext()
        from filelock import FileLock  # noqa: PLC0415 - as above

        return FileLock(Path(self._started_with.task.work, IN_USE), timeout=-1 if wait else 0)


def _started(start: Start, around: ExitStack) -> Partner:
    """Start a process, which ends with what is `around`."""
    work = Path(start.task.work)
    work.mkdir(parents=True, exist_ok=True)
    # Whatever Sphinx and its extensions leave there goes with it.
    temporary = around.enter_context(folder_for_now(work, PREFIX))
    variables = environment(**start.variables, TMPDIR=str(temporary))
    partner = Partner(list(PROGRAM), Path(start.folder), variables)
    around.callback(partner.end)
    return partner


def _run(
    partner: Partner, order: Run, take_line: Callable[[str], None], meanwhile: Callable[[], None]
) -> bool:
    """Run a task in a process; say whether it has begun: the process may have ended by now.

    If the process ends before the run, that has ended the builder that is at work.
    """
    log, begun, mark = Path(order.task.work, LOG), False, order.task.mark
    with refusals.naming(log), log.open("w", encoding="utf-8") as log_file:
        _ask(partner, order)
        meanwhile()
        for line in partner.answers():
            begun = True
            if isinstance(decode_event(line, mark)[1], RunEnded):
                return True
            log_file.write(terminal.message(line))
            take_line(line)
    if begun:
        take_line(encode_event(BuilderEnded(error=how_it_ended(partner.ended())), mark))
    return begun


def _ask(partner: Partner, order: Order) -> None:
    partner.ask(msgspec.json.encode(order))
