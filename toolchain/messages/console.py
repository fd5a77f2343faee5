"""The console that results and progress are printed on: words of others are words to it, and nothing else."""

import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console as RichConsole
from rich.console import ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from toolchain.base import terminal

LOG_WIDTH = 160


class Console(RichConsole):
    """A console that reads no markup in what it prints, and prints no character that a terminal obeys but its own."""

    def __init__(self, *, stderr: bool = False, **options: Any) -> None:
        """Print to standard output, or to standard error; `options` are rich's."""
        # Beside what looks through all that is written: a console has colours to set and a cursor to move.
        file = getattr(sys.stderr if stderr else sys.stdout, "unfiltered", None)
        quiet = {"markup": False, "emoji": False, "highlight": False}
        super().__init__(**{"file": file, "stderr": stderr, **quiet, **options})

    def render_str(self, text: str, **options: Any) -> Text:
        """Return a text, as wide as it will be shown."""
        return super().render_str(terminal.message(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render something; this is what all else of a console goes through."""
        for segment in super().render(renderable, options):
            style = segment.style
            if style and (
                style.link or style.conceal
            ):  # which a library's own colours can have, and ours never
                style = None
            yield segment if segment.control else Segment(terminal.message(segment.text), style)

    def print(self, *objects: Any, **options: Any) -> None:
        """Print objects; of a text what lets somebody in is taken before it is broken into lines.

        On a terminal the texts of tables are broken, so that their columns stay below each other.
        """
        if self.is_terminal and any(isinstance(printed, Table) for printed in objects):
            options = {"soft_wrap": False, "crop": False, **options}
        super().print(*map(_without_secrets, objects), **options)


def _without_secrets(printed: Any) -> Any:
    """Return what is to be printed; a text that has secrets is one without them."""
    if not isinstance(printed, Text):
        return terminal.message(printed) if isinstance(printed, str) else printed
    text = terminal.message(printed.plain)
    return printed if text == printed.plain else Text(text, style=printed.style)


def results_console() -> Console:
    """Return the console for results: coloured on a terminal, plain text elsewhere.

    No line is broken but by the terminal itself: a path or a command that is copied from there is then whole.
    """
    if sys.stdout.isatty():
        return Console(soft_wrap=True)
    return Console(soft_wrap=True, width=LOG_WIDTH)
