"""What a terminal shows of a build while it works."""

import io
import time
from collections.abc import Callable

from rich.console import Console

from toolchain.messages.progress import NotebookStarted, NotebookStopped, StageStarted, Terminal

DEADLINE = 60.0


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_notebook_whose_worker_was_lost_is_not_shown_as_running() -> None:
    drawn = io.StringIO()
    with Terminal(Console(file=drawn, force_terminal=True, width=80)) as view:
        view(NotebookStarted(name="a/one", cell=2, cells=3, host="lab1"))
        until(lambda: "a/one  cell 2/3  0 s on lab1" in drawn.getvalue())
        view(NotebookStopped(name="a/one"))
        view(StageStarted(title="Later"))
        until(lambda: drawn.getvalue().count("Later") > 1)
        frame = drawn.getvalue().rpartition("Later")[0].rpartition("Later")[2]

    assert "a/one" not in frame
