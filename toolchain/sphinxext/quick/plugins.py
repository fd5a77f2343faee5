"""pybtex asks every installed distribution, file by file, for each style that it is to load; they stay the same."""

from functools import cache

from pybtex import plugin
from sphinx.application import Sphinx

from toolchain.sphinxext.quick.replacing import replace


def setup(_app: Sphinx) -> None:
    """Ask once for each style."""
    replace(plugin, "entry_points", cache)
