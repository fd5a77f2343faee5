"""The process in which Sphinx runs: started for a run and gone after it, or kept warm from run to run."""

import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import msgspec

from toolchain.base import refusals, terminal
from toolchain.base.aside import PREFIX, folder_for_now
from toolchain.model.sphinx import (
    Glance,
    Glanced,
    Order,
    Prepare,
    Run,
    RunEnded,
    SphinxTask,
    decode_event,
    read_output,
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


class Warm:
    """Sphinx in a process that has imported everything, and prepares the next run as soon as one is over.

    It is started anew when what makes pages is no longer what it was.
    """

    def __init__(self) -> None:
        """Start nothing yet."""
        self._partner: Partner | None = None
        self._around = ExitStack()
        self._made_with: tuple[object, ...] = ()
        self._number = 0

    def run(
        self, task: SphinxTask, folder: Path, variables: Mapping[str, str], take_line: Callable[[str], None]
    ) -> None:
        """Run a task, and prepare the next."""
        work = Path(task.work)
        partner = self._started(task, folder, variables)
        log = work / LOG
        try:
            with refusals.naming(log), log.open("w", encoding="utf-8") as log_file:
                self._ask(Run(task))
                for line in partner.answers():
                    if isinstance(decode_event(line, task.mark)[1], RunEnded):
                        break
                    log_file.write(terminal.message(line))
                    take_line(line)
        except BaseException:
            self.end()
            raise
        self._prepare(task)

    def glance(self, pages: tuple[str, ...], folder: Path, since: int, mark: str) -> tuple[str, ...]:
        """Have pages written to a folder as the next run will write them; return those that were.

        `since` is the `number` when anything has last changed that is not the text of pages.
        """
        if self._partner is None or since > self._number:
            return ()
        self._ask(Glance(pages=pages, folder=str(folder), since=since, mark=mark))
        events = (decode_event(line, mark)[1] for line in self._partner.answers())
        return next((event.pages for event in events if isinstance(event, Glanced)), ())

    @property
    def number(self) -> int:
        """How many runs were prepared."""
        return self._number

    def end(self) -> None:
        """End the process, if there is one."""
        self._around.close()
        self._around, self._partner = ExitStack(), None

    def _started(self, task: SphinxTask, folder: Path, variables: Mapping[str, str]) -> Partner:
        """Return the process; another one if the one that is there was started with something else."""
        made_with = (task.tools, task.config, task.work, folder, dict(variables))
        if self._partner is None or not self._partner.is_alive() or made_with != self._made_with:
            self.end()
            temporary = self._around.enter_context(folder_for_now(Path(task.work), PREFIX))
            self._partner = Partner(
                [*PROGRAM, "toolchain.sphinxext.warm", REQUESTS],
                folder,
                environment(**variables, TMPDIR=str(temporary)),
            )
            self._around.callback(self._partner.end)
            self._made_with = made_with
        return self._partner

    def _prepare(self, task: SphinxTask) -> None:
        """Begin to prepare the next run, as if nothing but pages changed until then."""
        outputs = (read_output(path) for path in Path(task.work).glob("*.json"))
        reread = sorted({page for output in outputs if output for page in output.pages})
        sphinx_input = msgspec.structs.replace(task.input, reread=tuple(reread))
        self._number += 1
        self._ask(Prepare(self._number, msgspec.structs.replace(task, input=sphinx_input, mark="")))

    def _ask(self, order: Order) -> None:
        if self._partner:
            self._partner.ask(msgspec.json.encode(order))
