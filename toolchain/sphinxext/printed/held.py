"""Formulas that LaTeX moves about, held in commands: in a heading, a caption or an entry of the index many commands break."""

from typing import Any

LETTERS = str.maketrans("0123456789", "abcdefghij")
"""Names of commands have no digits."""


class Held:
    """The formulas of a printed book that the preamble defines."""

    def __init__(self, builder: Any) -> None:
        """Hold nothing yet; `builder` is Sphinx's of LaTeX."""
        self._context: dict[str, Any] = getattr(builder, "context", {})
        self._macros: dict[str, str] = {}

    def macro(self, formula: str) -> str:
        """Return the command that sets a formula."""
        formula = formula.strip()
        if formula not in self._macros:
            name = rf"\bookformula{str(len(self._macros)).translate(LETTERS)}"
            self._context["preamble"] += rf"\protected\def{name}{{\({formula}\)}}" + "\n"
            self._macros[formula] = name
        return f"{self._macros[formula]}{{}}"
