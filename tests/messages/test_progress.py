"""What a terminal shows of a build while it works."""

import io
import os
import pty
import re
import threading
import time
from collections.abc import Callable

import pytest

from toolchain.messages.console import Console
from toolchain.messages.drawn import Terminal
from toolchain.messages.progress import (
    Note,
    NotebookStarted,
    NotebookStopped,
    Plain,
    StageFinished,
    StageStarted,
    StageStep,
    reporter,
)

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


def frames(drawn: io.StringIO) -> str:
    """Return what is on the screen in the end, or nearly: all that was drawn after the last line that lasts."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn.getvalue())


def test_stages_that_run_at_once_have_a_row_and_their_own_steps_each() -> None:
    drawn = io.StringIO()
    begun, over = threading.Barrier(3), threading.Event()
    with Terminal(Console(file=drawn, force_terminal=True, width=80)) as view:

        def work(title: str, done: int, ending: str) -> None:
            view(StageStarted(title=title, total=9))
            begun.wait()
            view(StageStep(done=done, total=9, what=f"of {title}"))
            over.wait()
            view(StageFinished(summary=ending))

        threads = [
            threading.Thread(target=work, args=("Sphinx html", 3, "  done    Sphinx html")),
            threading.Thread(target=work, args=("LaTeX", 7, "  failed  LaTeX: stopped")),
        ]
        for thread in threads:
            thread.start()
        begun.wait()
        until(lambda: "3/9 0 s  of Sphinx html" in frames(drawn) and "7/9 0 s  of LaTeX" in frames(drawn))
        view(Note(text="a line of somebody's log"))
        over.set()
        for thread in threads:
            thread.join()
        view.rows.step(1, 2, "of nothing")  # all are over
    words = frames(drawn)
    lines = [line.strip() for line in re.split(r"[\r\n]", words)]
    for line in ("a line of somebody's log", "done    Sphinx html", "failed  LaTeX: stopped"):
        assert lines.count(line) == 1, lines
    rows = [line for line in lines if " of " in line and "/9" in line]
    assert rows
    assert [row for row in rows if ("Sphinx html" in row) == ("LaTeX" in row)] == []
    assert drawn.getvalue().endswith("\x1b[?25h") or "\x1b[?25h" in drawn.getvalue()[-40:]


def test_a_stage_within_another_gives_its_title_to_nobody_and_ends_before_it() -> None:
    drawn = io.StringIO()
    lines: list[str] = []
    with Terminal(Console(file=drawn, force_terminal=True, width=80)) as view:
        for event in (
            StageStarted(title="Notebooks", total=4),
            StageStarted(title="Kernel environment", within=True),
            NotebookStarted(name="a", cell=1, cells=2),
        ):
            view(event)
            Plain(lines.append)(event)
        until(lambda: "Kernel environment" in frames(drawn))
        view(StageFinished())
        Plain(lines.append)(StageFinished())
        drawn.truncate(0)
        view(NotebookStopped(name="a"))
        until(lambda: "Notebooks" in frames(drawn))
        assert "0/4" in frames(drawn).rpartition("Notebooks")[2]
        assert "Kernel" not in frames(drawn).rpartition("Notebooks")[2]
    assert lines == ["Notebooks ...", "Kernel environment ...", "  run     a (2 cells)"]


def test_a_terminal_without_unicode_is_drawn_on_in_ascii_and_a_long_line_is_left_to_the_terminal() -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii", errors="backslashreplace", write_through=True)
    path = "book/" + "a-folder-with-a-long-name/" * 5 + "page.md"
    with Terminal(Console(file=file, force_terminal=True, width=20)) as view:
        view(StageStarted(title="A stage with a long title"))
        view(StageStep(done=1, total=2, what="reading " + path))
        view(NotebookStarted(name=path, cell=1, cells=2))
        until(lambda: b"cell 1/2" in raw.getvalue() or b"A stage" in raw.getvalue())
        view(Note(text=f"{path}: cannot be read"))
    drawn = raw.getvalue().decode("ascii")
    assert f"{path}: cannot be read" in drawn
    assert "\\u" not in drawn


@pytest.mark.parametrize(("term", "kind"), [("xterm", Terminal), ("dumb", Plain), ("unknown", Plain)])
def test_nothing_is_drawn_where_nothing_can_be(
    term: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller, terminal = pty.openpty()
    monkeypatch.setenv("TERM", term)
    with os.fdopen(terminal, "w") as stream:
        monkeypatch.setattr("sys.stderr", stream)
        assert type(reporter()) is kind
    os.close(controller)
