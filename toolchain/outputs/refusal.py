"""What the gate says of an output that it does not let through as it came."""

import re

from msgspec import Struct

ADDRESS = re.compile(r"(?:stream )?<[^<>]* at 0x[0-9a-f]+>:?\s*|\(<string>, line \d+\)")
"""Where something lies in memory, which is another place each time."""


class NotAdmittedError(Exception):
    """One form of an output, such as its `image/png`, is not shown as it came."""

    def __init__(self, reason: str, *, instead: object = None, asked_for: bool = False) -> None:
        """Keep the reason, words that go on after `image/png: `, and what is shown in place of it, if anything is.

        What the book itself asks for is worth a finding only where nothing else is left of the output.
        """
        super().__init__(reason)
        self.reason = reason
        self.instead = instead
        self.asked_for = asked_for


class Rules(Struct, frozen=True):
    """What a page lets through."""

    static: bool = False
    """Whether no script of an output may reach a reader."""
    most: int = 20_000_000
    """Characters of one form of an output."""
    free_latex: bool = False
    """Whether LaTeX that is not admitted is let through: the author wants it, and somebody vouches for the result."""
    saved: bool = False
    """Whether the outputs are those in the file of a notebook that is not run: nobody can have more of them."""
    libraries: tuple[str, ...] = ()
    """What draws charts on the site: `vega`, `plotly`."""


class Problem(Struct, frozen=True):
    """Something in a notebook that is not shown as it came."""

    reason: str
    cell: int = 0
    """Number of the code cell, counted from 1; 0 for the notebook as a whole."""
    output: int = 0
    """Number of the cell's output, counted from 1; 0 for the cell as a whole."""
    kind: str = ""
    """Its mime type, if it has one."""
    expression: str = ""
    """Source of the expression in the text, after that cell, if it is the value of one."""

    @property
    def sentence(self) -> str:
        """Where it is, and what is wrong with it."""
        if self.expression:
            where = [f"{{eval}}`{self.expression}`"]
            return ": ".join([", ".join([*where, *[self.kind] * bool(self.kind)]), self.reason])
        where = [f"cell {self.cell}"] * bool(self.cell) + [f"output {self.output}"] * bool(self.output)
        return ": ".join([", ".join([*where, *[self.kind] * bool(self.kind)]) or "its result", self.reason])


def words_of(error: Exception) -> str:
    """Return in a line what a program says that cannot read something, the same each time."""
    lines = ADDRESS.sub("", str(error)).strip().splitlines()
    return lines[0][:100] if lines else type(error).__name__
