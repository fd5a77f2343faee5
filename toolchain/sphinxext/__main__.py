"""Sphinx ready to run: `python -m toolchain.sphinxext ORDERS`, as toolchain.forms.sphinx_process starts it.

Two builds in one process do not go well with Sphinx and its extensions. So this process builds nothing. It has imported
everything, and copies itself for each run. For the preview it copies itself once more before: into a process that makes an
application ahead of the next run, with the environment read back and templates compiled, and waits; what it is ordered to do,
it has a copy of itself do. Each run is so the first of its process, and what crashes in it is gone with it.

Orders are lines of JSON on a pipe, ORDERS is its number; answers are events on standard output, among what Sphinx prints.
"""

import os
import select
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import msgspec
from sphinx.builders.html import StandaloneHTMLBuilder

from toolchain.base.decoding import decode_json, read_json
from toolchain.model.sphinx import Glance, Glanced, Order, Prepare, Run, RunEnded, encode_event
from toolchain.sphinxext import glance, remember_regexes
from toolchain.sphinxext.application import NotForItError, Prepared, prepared
from toolchain.sphinxext.running import import_all, import_likely, run

BUILDER = StandaloneHTMLBuilder.name
READY = "ready"
"""What a process says that has prepared a run."""
NOTHING = "\n"
"""What it answers to an order that takes another process."""
LOG = "ahead.log"
NOT_FOR_IT = 75
"""Exit code of a run that needs a process which has prepared nothing, or something else."""


class Ahead:
    """The process that has prepared a run, or is about to, as the one that has started it sees it."""

    def __init__(self, order: Prepare) -> None:
        """Start it."""
        self.number = order.number
        self.is_ready = False
        orders, self._orders = os.pipe()
        answers, answer_end = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            os.close(self._orders)
            os.close(answers)
            _and_exit(lambda: _be_ahead(order, orders, answer_end))
        os.close(orders)
        os.close(answer_end)
        self._answers = os.fdopen(answers, encoding="utf-8")

    def look(self, *, wait: bool) -> bool:
        """Say whether it can take orders; with `wait` when it has got there, or cannot."""
        if not self.is_ready and (wait or select.select([self._answers], [], [], 0)[0]):
            self.is_ready = self._answers.readline() == f"{READY}\n"
        return self.is_ready

    def give(self, order: Order) -> tuple[str, ...] | None:
        """Have it carry out an order; return the words of its answer, None if it cannot, or has ended."""
        with suppress(OSError):
            os.write(self._orders, msgspec.json.encode(order) + b"\n")
        line = self._answers.readline()
        return decode_json(line, tuple[str, ...]) if line != NOTHING else None

    def end(self) -> None:
        """End it."""
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        self._answers.close()
        os.close(self._orders)


class Warm:
    """Carries out orders by processes of their own."""

    def __init__(self) -> None:
        """Have none."""
        self._now: Ahead | None = None
        self._next: Ahead | None = None

    def prepare(self, order: Prepare) -> None:
        """Begin to prepare a run; what was prepared before still serves for a look ahead meanwhile."""
        self._change(wait=False)
        if self._next:
            self._next.end()
        self._next = Ahead(order)

    def glance(self, order: Glance) -> None:
        """Make pages ahead of their run, if there is a process for it that knows enough."""
        since = order.since or 0
        self._change(wait=self._now is None or self._now.number < since)
        pages = self._now.give(order) if self._now and self._now.number >= since else None
        _tell(encode_event(Glanced(pages=pages or ()), order.mark))

    def run(self, order: Run) -> None:
        """Run a task, in the process that has prepared it if it is still the same."""
        self._change(wait=True)
        answer = self._now.give(order) if self._now else None
        if order.alone:
            run(order.task, alone=True)
            remember_regexes()
            code = 0
        else:
            code = int(answer[0]) if answer else _in_copy(lambda: run(order.task))
        _tell(encode_event(RunEnded(code=code), order.task.mark))

    def _change(self, *, wait: bool) -> None:
        """Have the process that was started last take the other's place, as soon as it is ready."""
        if self._next and self._next.look(wait=wait):
            if self._now:
                self._now.end()
            self._now, self._next = self._next, None


def main(orders: int) -> None:
    """Carry out orders until there are no more."""
    import_all()
    import_likely(lambda: bool(select.select([orders], [], [], 0)[0]))
    warm = Warm()
    for order in _orders(orders):
        match order:
            case Prepare():
                warm.prepare(order)
            case Glance():
                warm.glance(order)
            case Run():
                warm.run(order)


def _orders(pipe: int) -> Iterator[Order]:
    with os.fdopen(pipe, "rb") as lines:
        for line in lines:
            yield msgspec.json.decode(line, type=Order)


def _be_ahead(order: Prepare, orders: int, answers: int) -> None:
    """Prepare a run, then carry out orders, each in a copy of this process."""
    # What Sphinx prints is told in the run; whoever started us reads nothing until then.
    printed = os.dup(1), os.dup(2)
    _print_to(Path(order.task.work, LOG))
    with prepared(order.task, BUILDER) as ready:
        _flush()
        os.dup2(printed[0], 1)
        os.dup2(printed[1], 2)
        if ready is None:
            return
        os.write(answers, f"{READY}\n".encode())
        for asked in _orders(orders):
            answer = _carried_out(asked, ready)
            os.write(answers, msgspec.json.encode(answer) + b"\n" if answer is not None else NOTHING.encode())


def _carried_out(order: Order, ready: Prepared) -> tuple[str, ...] | None:
    """Carry out an order; return the answer to it, None if it takes another process."""
    match order:
        case Glance() if ready.is_as_made():
            written = Path(order.folder, "written")
            _in_copy(lambda: _glance(order, ready, written))
            return read_json(written, tuple[str, ...]) or ()
        case Run() if ready.is_as_made():
            code = _in_copy(lambda: run(order.task, ready))
            return None if code == NOT_FOR_IT else (str(code),)
    return None


def _glance(order: Glance, ready: Prepared, written: Path) -> None:
    _print_to(Path(order.folder, LOG))
    pages = glance.write(ready.app, order.pages, Path(order.folder), others=order.since is not None)
    written.write_bytes(msgspec.json.encode(pages))


def _print_to(file: Path) -> None:
    """Have what this process prints written to a file."""
    _flush()
    log = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)


def _in_copy(do: Callable[[], None]) -> int:
    """Do something in a copy of this process; return its exit code."""
    _flush()
    copy = os.fork()
    if copy == 0:
        _and_exit(do)
    return os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1])


def _and_exit(do: Callable[[], None]) -> NoReturn:
    """Do something and end this process, whatever happens."""
    code = 1
    try:
        do()
        code = 0
    except NotForItError:
        code = NOT_FOR_IT
    except BaseException:  # noqa: BLE001 - this process ends here
        traceback.print_exc()
    finally:
        with suppress(OSError):
            _flush()
        os._exit(code)


def _tell(line: str) -> None:
    _flush()
    sys.stdout.write(line)
    _flush()


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
