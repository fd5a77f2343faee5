"""What a terminal shows of a build while it works."""

import io
import time
from collections.abc import Callable

from toolchain.messages.console import Console
from toolchain.messages.progress import NotebookStarted, NotebookStopped, StageStarted, StageStep, Terminal

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


def test_a_bar_is_drawn_once_it_is_known_how_many_steps_there_are() -> None:
    drawn = io.StringIO()
    with Terminal(Console(file=drawn, force_terminal=True, width=80)) as view:
        view(StageStarted(title="Sphinx html"))
        view(StageStep(done=0, what="reads [all]"))
        until(lambda: "0 s  reads [all]" in drawn.getvalue())
        assert "━" not in drawn.getvalue()
        view(StageStep(done=3, total=140))
        until(lambda: "3/140" in drawn.getvalue())

    assert "━" in drawn.getvalue()


def test_a_narrow_terminal_cuts_names_and_shows_each_notebook_in_a_line() -> None:
    drawn = io.StringIO()
    with Terminal(Console(file=drawn, force_terminal=True, width=40)) as view:
        view(NotebookStarted(name="chapter_appendix/a-notebook-with-a-long-name", cell=11, cells=33))
        view(NotebookStarted(name="b/two", cell=1, cells=2))
        until(lambda: "cell 1/2" in drawn.getvalue())

    assert "    chapter_appendix…  cell 11/33  0 s" in drawn.getvalue()
    assert "    b/two              cell 1/2  0 s" in drawn.getvalue()
