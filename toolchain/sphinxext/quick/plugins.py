"""Libraries ask every installed distribution, file by file, for each builder, theme, style and lexer; they stay the same."""

from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from typing import Any

import pybtex.plugin
import pygments.plugin
import sphinx.registry
import sphinx.theming
import sphinxcontrib.bibtex.plugin
from myst_nb.core import render
from sphinx.application import Sphinx

from toolchain.sphinxext.quick.replacing import replace

ASKING = (
    (sphinx.registry, "entry_points"),
    (sphinx.theming, "entry_points"),
    (sphinxcontrib.bibtex.plugin, "entry_points"),
    (pybtex.plugin, "entry_points"),
    (render, "entry_points"),
    (pygments.plugin, "iter_entry_points"),
)
"""Functions that ask, by the modules that call them; Pygments' takes a group, the others what to select."""

_all = cache(entry_points)


def _asked_once(_asks: Callable[..., Any]) -> Callable[..., Any]:
    def selected(group: str = "", **what: str) -> Any:
        chosen = {"group": group} if group else {}
        return _all().select(**chosen, **what) if chosen or what else _all()

    return selected


def ask_once() -> None:
    """Ask once for everything."""
    for module, name in ASKING:
        replace(module, name, _asked_once)


def setup(_app: Sphinx) -> None:
    """Ask once for everything, in any process."""
    ask_once()
