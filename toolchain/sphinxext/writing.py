"""Of the site, only those pages are written that would not be as they are.

Sphinx writes what it has read, pages that list such pages, and the first one. Here a digest of all that a page shows is kept
with each page that is written, and what its file looked like then.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.builders.singlehtml import SingleFileHTMLBuilder

from toolchain.base.decoding import read_json
from toolchain.base.files import write_atomically
from toolchain.model.sphinx import current
from toolchain.sphinxext.page_digests import PageDigests
from toolchain.sphinxext.site import search

SUFFIX = ".written"
CHOSEN = "toolchain_chosen"
"""Attribute of the builder: the pages that it writes in this run."""

Look = tuple[int, int]
"""Size of a file, and its time."""


class _Page(Struct, frozen=True, array_like=True):
    """A page as it was written last."""

    digest: str
    look: Look


class _Written(Struct, frozen=True):
    """The site as it was written last."""

    pages: dict[str, _Page] = {}
    index: Look | None = None
    """Of the search index, from which Sphinx takes what it does not write anew."""


def chosen(app: Sphinx) -> frozenset[str] | None:
    """Return the pages that are written in this run; None if all are."""
    pages: frozenset[str] | None = getattr(app.builder, CHOSEN, None)
    return pages


class _Writing:
    """Chooses the pages of the site that one builder writes."""

    def __init__(self, app: Sphinx, builder: StandaloneHTMLBuilder) -> None:
        self._app = app
        self._builder = builder
        self._digests: dict[str, str] = {}
        self._prepare = builder.prepare_writing
        builder.prepare_writing = self._prepare_writing  # type: ignore[method-assign,assignment] # no event can choose

    def _prepare_writing(self, docnames: set[str]) -> None:
        """Prepare what is to be written instead of what Sphinx would write.

        It is the same set that Sphinx then writes, and whose words it leaves out of the search index until then.
        """
        digests, env = PageDigests(self._app, self._builder), self._app.env
        self._digests = {page: digests.of(page) for page in sorted(env.found_docs)}
        docnames.clear()
        docnames.update(self._different())
        setattr(self._builder, CHOSEN, frozenset(docnames))
        self._prepare(docnames)

    def _different(self) -> Iterator[str]:
        last = read_json(self._file, _Written) or _Written()
        index_is_whole = last.index is not None and last.index == self._look(self._index)
        for page, digest in self._digests.items():
            now = _Page(digest, self._look(self._path(page)) or (0, 0))
            if not index_is_whole or last.pages.get(page) != now or search.lacks(self._app, page):
                yield page

    def save(self, _app: Sphinx, error: Exception | None) -> None:
        """Remember what is there now."""
        if error is None and self._digests:
            pages = {
                page: _Page(digest, look)
                for page, digest in self._digests.items()
                if (look := self._look(self._path(page)))
            }
            written = _Written(pages, self._look(self._index))
            write_atomically(self._file, msgspec.json.encode(written))

    @property
    def _file(self) -> Path:
        sphinx_input = current()
        return Path(sphinx_input.output if sphinx_input else "").with_suffix(SUFFIX)

    @property
    def _index(self) -> Path:
        return Path(self._builder.outdir, self._builder.searchindex_filename)

    def _path(self, page: str) -> Path:
        return Path(self._builder.get_output_path(page))

    @staticmethod
    def _look(path: Path) -> Look | None:
        try:
            stat = path.stat()
        except OSError:
            return None
        return stat.st_size, stat.st_mtime_ns


def _begin(app: Sphinx) -> None:
    builder = app.builder
    if isinstance(builder, StandaloneHTMLBuilder) and not isinstance(builder, SingleFileHTMLBuilder):
        app.connect("build-finished", _Writing(app, builder).save)


def setup(app: Sphinx) -> None:
    """Come between Sphinx and what it would write."""
    if current() is not None:
        app.connect("builder-inited", _begin)
