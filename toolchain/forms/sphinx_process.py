"""The process in which Sphinx runs: started for a run and gone after it, or kept warm from run to run."""

import secrets
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import Struct

from toolchain.base import refusals, terminal
from toolchain.base.aside import PREFIX, folder_for_now
from toolchain.model.sphinx import (
    Glance,
    Glanced,
    Order,
    Prepare,
    Run,
    RunEnded,
    SphinxInput,
    SphinxTask,
    decode_event,
)
from toolchain.processes.partner import REQUESTS, Partner
from toolchain.processes.programs import Programs, environment

LOG = "sphinx.log"
PROGRAM = (sys.executable, "-P", "-m")
"""-P: what lies in the project's folder, another version of us for instance, is no module of these processes."""


class SphinxProcess(Protocol):
    """Runs Sphinx."""

    def run(
        self, task: SphinxTask, folder: Path, variables: Mapping[str, str], take_line: Callable[[str], None]
    ) -> None:
        """Run a task in a folder, with these variables besides the person's own, and give each line that is printed.

        What ends a run before it has told so itself, the lines do not tell.
        """


class Started:
    """Sphinx in a process that is started for a run and ends with it."""

    def run(
        self, task: SphinxTask, folder: Path, variables: Mapping[str, str], take_line: Callable[[str], None]
    ) -> None:
        """Run a task."""
        work = Path(task.work)
        file = work / "task"
        with refusals.naming(file):
            file.write_bytes(msgspec.json.encode(task))
        # Whatever Sphinx and its extensions leave there goes with it.
        with folder_for_now(work, PREFIX) as temporary:
            Programs().run(
                [*PROGRAM, "toolchain.sphinxext", str(file)],
                folder,
                environment(**variables, TMPDIR=str(temporary)),
                work / LOG,
                take_line,
            )


class Ran(Struct, frozen=True):
    """What Sphinx was run with, for whoever prepares the next run."""

    task: SphinxTask
    """As the next run has it if nothing but pages changes until then."""
    folder: str
    variables: dict[str, str]

    @property
    def foundation(self) -> "Ran":
        """What a warm process has been started with: with anything else it is another one."""
        return msgspec.structs.replace(
            self, task=msgspec.structs.replace(self.task, input=SphinxInput("", ""), builders={}, mark="")
        )


class Warm:
    """Sphinx in a process that has imported everything, and prepares the next run as soon as one is over.

    The process that has made this object starts and ends it. A fork of that one may run tasks: of what that has changed here,
    `ran` is all that the other has to know.
    """

    def __init__(self) -> None:
        """Start nothing yet."""
        self._partner: Partner | None = None
        self._around = ExitStack()
        self._started_with: Ran | None = None
        self.number = 0
        """Of the run that is next, counted upwards."""
        self.ran: Ran | None = None
        """What the last run was made with; None before the first."""

    def run(
        self, task: SphinxTask, folder: Path, variables: Mapping[str, str], take_line: Callable[[str], None]
    ) -> None:
        """Run a task, and prepare the next; in a process of its own if the warm one was started with something else."""
        ran = Ran(task, str(folder), dict(variables))
        is_warm = self._partner is not None and self._started_with == ran.foundation
        if not (is_warm and self._run_in(task, take_line)):
            Started().run(task, folder, variables, take_line)
        self.ran = msgspec.structs.replace(ran, task=msgspec.structs.replace(task, mark=""))
        if is_warm:
            self._ask(Prepare(self.number, self.ran.task))

    def go_on(self, ran: Ran) -> None:
        """Be warm for the next run, as a fork has run the last one: if that could not use the process, start another."""
        if self._partner and self._partner.is_alive() and self._started_with == ran.foundation:
            return
        self.end()
        temporary = self._around.enter_context(folder_for_now(Path(ran.task.work), PREFIX))
        self._partner = Partner(
            [*PROGRAM, "toolchain.sphinxext.warm", REQUESTS],
            Path(ran.folder),
            environment(**ran.variables, TMPDIR=str(temporary)),
        )
        self._around.callback(self._partner.end)
        self._started_with = ran.foundation
        self._ask(Prepare(self.number, ran.task))

    def glance(self, pages: tuple[str, ...], folder: Path, since: int) -> tuple[str, ...]:
        """Have pages written to a folder as the next run will write them; return those that were.

        `since` is the number of the last run before which anything has changed that is not the text of pages.
        """
        if self._partner is None:
            return ()
        mark = secrets.token_hex(8)
        self._ask(Glance(pages=pages, folder=str(folder), since=since, mark=mark))
        events = (decode_event(line, mark)[1] for line in self._partner.answers())
        return next((event.pages for event in events if isinstance(event, Glanced)), ())

    def end(self) -> None:
        """End the process, if there is one."""
        self._around.close()
        self._around, self._partner = ExitStack(), None

    def _run_in(self, task: SphinxTask, take_line: Callable[[str], None]) -> bool:
        """Run a task in the warm process; say whether it has begun: it may have ended since the last run."""
        log, begun = Path(task.work, LOG), False
        with refusals.naming(log), log.open("w", encoding="utf-8") as log_file:
            self._ask(Run(task))
            for line in self._partner.answers() if self._partner else ():
                begun = True
                if isinstance(decode_event(line, task.mark)[1], RunEnded):
                    break
                log_file.write(terminal.message(line))
                take_line(line)
        return begun

    def _ask(self, order: Order) -> None:
        if self._partner:
            self._partner.ask(msgspec.json.encode(order))
