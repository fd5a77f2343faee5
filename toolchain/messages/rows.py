"""The rows that a terminal shows below its lines: a row for each stage that is not over, and for each notebook that runs."""

from threading import get_ident
from typing import Any

from rich.console import Group
from rich.progress import BarColumn, Progress, ProgressColumn, RenderableColumn, TaskID, TextColumn
from rich.spinner import Spinner
from rich.table import Column

from toolchain.messages.console import Console


class Rows:
    """What runs now, each with its time.

    Stages may run at once, in threads of their own: a step is of the stage that its thread began last, or, of a thread that
    has begun none, of the last that anyone began.
    """

    def __init__(self, console: Console) -> None:
        """Draw on a console."""
        self._look = _Look(console)
        self._console = console
        self._stages: dict[int, list[_Stage]] = {}
        """Those that are not over, by their threads; each is within the one before it."""
        self._notebooks = Progress(*self._look.notebook, console=console)
        self._running: dict[str, TaskID] = {}

    @property
    def shown(self) -> Group:
        """All rows, as they are now."""
        # A copy: this is asked for by the thread that draws.
        stages = [stage for stages in list(self._stages.values()) for stage in list(stages)]
        return Group(*(stage.row for stage in stages), self._notebooks)

    def begin(self, title: str, total: int, *, within: bool) -> None:
        """Show a stage `within` the one that its thread has begun before, or in its place."""
        stages = self._stages.pop(get_ident(), [])
        kept = stages if within else []
        self._stages[get_ident()] = [*kept, _Stage(title, total, self._look, self._console)]

    def step(self, done: int, total: int, what: str) -> None:
        """Show how far a stage has come."""
        if stages := self._own():
            stages[-1].update(total=total, completed=done, what=what)

    def end(self) -> None:
        """Drop the stage of this thread, which is over."""
        stages = self._own()
        if stages:
            stages.pop()
        self._stages = {thread: left for thread, left in self._stages.items() if left}

    def notebook(self, name: str, cell: int, cells: int, host: str) -> None:
        """Show which cell of a notebook runs."""
        if name not in self._running:
            self._running[name] = self._notebooks.add_task(name, total=cells, host="")
        self._notebooks.update(self._running[name], completed=cell, host=host)

    def drop(self, name: str, *, finished: bool) -> None:
        """Drop a notebook that does not run any more; one that has finished counts in the stage that counts notebooks."""
        if name in self._running:
            self._notebooks.remove_task(self._running.pop(name))
        counting = [stage for stages in self._stages.values() for stage in stages if stage.declared]
        if finished and counting:
            counting[-1].update(advance=1)

    def _own(self) -> "list[_Stage]":
        """Return the stages of this thread; of a thread that has none, those of the thread that began one last."""
        return self._stages.get(get_ident()) or next(reversed(self._stages.values()), [])


class _Look:
    """The columns of the rows, with characters that the terminal has."""

    def __init__(self, console: Console) -> None:
        # Not MofNCompleteColumn, SpinnerColumn and TimeElapsedColumn: the first pads its numbers, the others stop once all
        # steps are counted, though a stage may go round again and the last cell may have just begun.
        utf8 = console.encoding.startswith("utf")
        self._too_long: Any = "ellipsis" if utf8 else "crop"
        spinner = Spinner("dots" if utf8 else "line")
        self.title = (RenderableColumn(spinner), self._cut("{task.description}", "bold"))
        self.count = (
            BarColumn(24, "bar.back", "green", "green"),
            TextColumn("[green]{task.completed}/{task.total}"),
        )
        self.time = (TextColumn("{task.elapsed:.0f} s "), self._cut("{task.fields[what]}"))
        cell = TextColumn(" cell {task.completed}/{task.total}  {task.elapsed:.0f} s")
        name, host = self._cut("{task.description}"), self._cut("{task.fields[host]}")
        self.notebook = (TextColumn("   "), name, cell, host)

    def _cut(self, text: str, style: str = "none") -> ProgressColumn:
        """Return a column of text that gives way where the terminal is narrow."""
        return TextColumn(text, style, markup=False, table_column=Column(overflow=self._too_long))


class _Stage:
    """A stage that is not over."""

    def __init__(self, title: str, total: int, look: _Look, console: Console) -> None:
        self.declared = total
        self.row = Progress(console=console)
        self._look = look
        self._task = self.row.add_task(title, what="")
        self.update()

    def update(self, *, total: int = 0, **changes: Any) -> None:
        """Change the row; without a `total` the stage has the one that it began with."""
        known = total or self.declared
        self.row.update(self._task, total=known, **changes)
        self.row.columns = (*self._look.title, *(self._look.count if known else ()), *self._look.time)
