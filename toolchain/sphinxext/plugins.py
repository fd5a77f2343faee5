"""Libraries ask every installed distribution, file by file, for each builder, theme, style and lexer; they stay the same.

Some ask while they are imported. So they are given what asks once before any of them is.
"""

import importlib.metadata
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_asks: Any = importlib.metadata.entry_points
_all = cache(_asks)


def entry_points(**what: Any) -> Any:
    """Do what importlib.metadata's function does, which looks everywhere again for each question."""
    return _all().select(**what)


def ask_once() -> None:
    """Have every library ask once that is imported from now on."""
    importlib.metadata.entry_points = entry_points


def setup(_app: "Sphinx") -> None:
    """Have MyST-NB ask here, too: it would ask a copy of Python's library, for which that looks everywhere as well."""
    from myst_nb.core import render  # noqa: PLC0415 - it is a library, and none is imported before `ask_once`

    render.entry_points = entry_points
