"""Python looks for garbage between pages, where there is little else: within one it would look at all pages again and again.

A tree of nodes refers to itself, so it is freed by the collector alone, which Python starts after so and so many new objects.
Each time it also goes through what was read before; that was two fifths of the time that a book of 56 pages takes.
"""

import gc
from collections.abc import Callable
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.environment import BuildEnvironment

from toolchain.sphinxext.quick.replacing import replace

OLDER_EVERY, OLDEST_EVERY = 2, 20
"""Pages after which what outlived one page, and what outlived some, is looked at as well: Sphinx holds the tree of the page before."""


class _Pages:
    """Counts the pages of this process."""

    count = 0


def between_pages() -> None:
    """Free what the page before has left; from here on, Python does not look by itself."""
    gc.disable()
    _Pages.count += 1
    gc.collect((_Pages.count % OLDER_EVERY == 0) + (_Pages.count % OLDEST_EVERY == 0))


def _rest(*_: Any) -> tuple[()]:
    """Leave it to Python again: what comes now is not made of pages."""
    gc.enable()
    return ()


def _first_between_pages(function: Callable[..., Any]) -> Callable[..., Any]:
    def after_the_page_before(*arguments: Any, **options: Any) -> Any:
        between_pages()
        return function(*arguments, **options)

    return after_the_page_before


def _without_keeping(write: Callable[..., None]) -> Callable[..., None]:
    def write_doctree(builder: Builder, docname: str, doctree: Any, *, _cache: bool = True) -> None:
        # Sphinx would keep the trees of all pages until they are written: a megabyte and more for each.
        write(builder, docname, doctree, _cache=False)

    return write_doctree


def setup(app: Sphinx) -> None:
    """Look before each page is read, and before each is written."""
    replace(Builder, "read_doc", _first_between_pages)
    replace(Builder, "write_doctree", _without_keeping)
    replace(BuildEnvironment, "get_and_resolve_doctree", _first_between_pages)
    app.connect("env-updated", _rest)
    app.connect("html-collect-pages", _rest)
    app.connect("build-finished", _rest)
