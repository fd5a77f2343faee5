"""The stem of a word is found once in a book: Sphinx forgets the stems of a page when it has gone into the search index.

They are kept from run to run with the trees, which are made anew when the library is another that finds them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.search import IndexBuilder

from toolchain.base.decoding import decode_msgpack, read_whole
from toolchain.base.files import write_atomically
from toolchain.sphinxext.quick.replacing import replace

NAME = "environment.stems"
"""Beside environment.pickle. Nothing hidden: of that `Kept` takes no digest."""
WORTH_IT = 20
"""New words for which the file is written."""
SPHINXS = "sphinx.search."
"""Begins the modules of languages of which nothing but the library and its options decides what a stem is."""
MEMORY = "toolchain_stems"
"""Attribute of an index."""

Stems = dict[str, dict[str, str]]
"""By what finds them, and by the word."""


class _Memory:
    """The stems that one index knows."""

    def __init__(self, file: Path, finder: str, find: Callable[[str], str]) -> None:
        self._file = file if finder.startswith(SPHINXS) else None
        self._finder = finder
        self._find = find
        before = decode_msgpack(read_whole(file) or b"", Stems) if self._file else None
        self._stems = (before or {}).get(finder, {})
        self._known = len(self._stems)

    def stem(self, word: str) -> str:
        stem = self._stems.get(word)
        if stem is None:
            stem = self._stems[word] = self._find(word)
        return stem

    def save(self) -> None:
        if self._file and len(self._stems) - self._known >= WORTH_IT:
            write_atomically(self._file, msgspec.msgpack.encode({self._finder: self._stems}))


def _with_memory(initialise: Callable[..., None]) -> Callable[..., None]:
    def __init__(  # noqa: N807
        self: IndexBuilder, env: BuildEnvironment, lang: str, options: dict[str, str], scoring: str
    ) -> None:
        initialise(self, env, lang, options, scoring)
        kind: Any = type(self.lang)
        finder = f"{kind.__module__}.{kind.__qualname__} {sorted(options.items())}"
        memory = _Memory(Path(env.doctreedir, NAME), finder, self.lang.stem)
        self.lang.stem = memory.stem  # type: ignore[method-assign] # of this index
        setattr(self, MEMORY, memory)

    return __init__


def _save(app: Sphinx, error: Exception | None) -> None:
    memory: _Memory | None = getattr(getattr(app.builder, "indexer", None), MEMORY, None)
    if memory and error is None:
        memory.save()


def setup(app: Sphinx) -> None:
    """Let each index remember."""
    replace(IndexBuilder, "__init__", _with_memory)
    app.connect("build-finished", _save)
