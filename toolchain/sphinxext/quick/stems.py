"""The stem of a word is found once in a book: Sphinx forgets the stems of a page when it has gone into the search index."""

from collections.abc import Callable
from functools import cache
from typing import Any

from sphinx.application import Sphinx
from sphinx.search import IndexBuilder

from toolchain.sphinxext.quick.replacing import replace


def _with_memory(initialise: Callable[..., None]) -> Callable[..., None]:
    def __init__(self: IndexBuilder, *arguments: Any, **options: Any) -> None:  # noqa: N807
        initialise(self, *arguments, **options)
        self.lang.stem = cache(self.lang.stem)  # type: ignore[method-assign] # of this index

    return __init__


def setup(_app: Sphinx) -> None:
    """Let each index remember."""
    replace(IndexBuilder, "__init__", _with_memory)
