"""The search of the site: an index made with the pages, and an engine of ours that reads it in the browser.

Sphinx's own knows neither sections nor typing errors, and loads with every page. It stays where a book has another theme.
"""

from pathlib import Path
from typing import Any

import msgspec
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.builders.singlehtml import SingleFileHTMLBuilder

from toolchain.base.decoding import decode_msgpack, read_whole
from toolchain.base.files import write_atomically
from toolchain.model.sphinx import SEARCH_FOLDER, SEARCH_INDEX
from toolchain.sphinxext.site.search import index
from toolchain.sphinxext.site.search.kinds import kinds
from toolchain.sphinxext.site.search.parts import Part, Reader
from toolchain.sphinxext.site.theme import FOLDER as THEME_FOLDER
from toolchain.sphinxext.words import say

FILE = "environment.search"
"""Beside environment.pickle: the parts of all pages, as the last run has left them."""
SEARCH = "toolchain_search"
"""Attribute of a builder."""
PARTS = "toolchain_search_parts"
"""Attribute of Sphinx's environment while pages are written: the parts of those, encoded; workers hand it back with the rest."""
OPENER = "scripts/search-open.js"
RESULTS, ONE, SEVERAL = "Search Results", "{} result", "{} results"
SPHINXS = ("searchtools.js", "language_data.js")
"""Scripts of Sphinx's own search, which every theme copies."""


def is_ours(app: Sphinx) -> bool:
    """Say whether the site has this search: its theme is ours, or inherits from it."""
    builder = app.builder
    return (
        isinstance(builder, StandaloneHTMLBuilder)
        and not isinstance(builder, SingleFileHTMLBuilder)
        and builder.search
        and THEME_FOLDER in map(Path, builder.theme.get_theme_dirs())
    )


def lacks(app: Sphinx, page: str) -> bool:
    """Say whether the index would not know a page unless it is written."""
    search: _Search | None = getattr(app.builder, SEARCH, None)
    return search is not None and page not in search.kept


class _Search:
    """Takes the place of what a builder does for Sphinx's search."""

    def __init__(self, app: Sphinx, builder: StandaloneHTMLBuilder) -> None:
        self._app, self._builder = app, builder
        self.kept = decode_msgpack(read_whole(self._file) or b"", dict[str, Part]) or {}
        builder.load_indexer = lambda docnames: None  # type: ignore[method-assign] # noqa: ARG005
        builder.copy_stemmer_js = lambda: None  # type: ignore[method-assign]
        builder.index_page = self.read  # type: ignore[method-assign]
        builder.dump_search_index = self.write  # type: ignore[method-assign]
        builder.searchindex_filename = SEARCH_INDEX

    def read(self, pagename: str, doctree: nodes.document, title: str) -> None:  # noqa: ARG002 - Sphinx's
        """Keep the part of a page, and write its text."""
        env = self._app.env
        metadata = env.metadata.get(pagename, {})
        part, text = Part((), {}), list[list[str]]()
        if "no-search" not in metadata and "nosearch" not in metadata and self._builder.indexer:
            part, text = Reader(env, pagename, self._builder.indexer.lang).read(doctree)
        index.write_text(self._folder, pagename, text)
        _new(env)[pagename] = msgspec.msgpack.encode(part)

    def write(self) -> None:
        """Write the index of all pages."""
        env, builder = self._app.env, self._builder
        new = {
            page: msgspec.msgpack.decode(part, type=Part) for page, part in vars(env).pop(PARTS, {}).items()
        }
        known = {**self.kept, **new}
        parts = {page: known[page] for page in sorted(env.found_docs) if page in known}
        write_atomically(self._file, msgspec.msgpack.encode(parts))
        relations = env.collect_relations()
        pages = [
            index.Page(page, builder.get_target_uri(page), (relations.get(page) or [None])[0] or "")
            for page in parts
        ]
        stop = sorted(builder.indexer.lang.stopwords) if builder.indexer else []
        told = {"kinds": kinds(env), "stop": " ".join(stop), "said": _said()}
        index.write(self._folder, pages, parts, told)
        for name in SPHINXS:
            Path(builder.outdir, "_static", name).unlink(missing_ok=True)

    @property
    def _folder(self) -> Path:
        return Path(self._builder.outdir, SEARCH_FOLDER)

    @property
    def _file(self) -> Path:
        return Path(self._app.doctreedir, FILE)


def _new(env: Any) -> dict[str, bytes]:
    if not hasattr(env, PARTS):
        setattr(env, PARTS, {})
    new: dict[str, bytes] = getattr(env, PARTS)
    return new


def _said() -> dict[str, str]:
    """Return what the search says, in the language of the book as far as Sphinx has words for it."""
    results = say(RESULTS)
    one, several = say(ONE), say(SEVERAL)
    if several == SEVERAL and results != RESULTS:  # a language of Sphinx's for which there is no table
        one = several = f"{results}: {{}}"
    return {
        "search": say("Search"),
        "results": results,
        "one": one,
        "several": several,
        "close": say("Close"),
    }


def _begin(app: Sphinx) -> None:
    if is_ours(app) and isinstance(app.builder, StandaloneHTMLBuilder):
        setattr(app.builder, SEARCH, _Search(app, app.builder))
        app.add_js_file(OPENER, loading_method="defer")


def setup(app: Sphinx) -> None:
    """Take the place when the theme is known, before it is chosen which pages are written."""
    app.connect("builder-inited", _begin, priority=400)
