"""Pages are resolved, translated and written by workers; what a page leaves in its builder comes back."""

from collections.abc import Callable, Sequence
from logging import LogRecord
from typing import Any, NamedTuple

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.search import IndexBuilder

from toolchain.base.aside import sweep
from toolchain.processes import forks
from toolchain.sphinxext.parallel import changes, told
from toolchain.sphinxext.parallel.environment import state_of

Serial = Callable[[Sequence[str]], None]
INDEX = ("_all_titles", "_filenames", "_index_entries", "_mapping", "_title_mapping", "_titles")
"""What the search index has of pages: tables by page, or of the pages by word."""
FILES = ("images", "dlfiles")
"""Tables of the environment by which names are chosen: a page that is written adds to them only when it makes a file."""


class _Written(NamedTuple):
    """What the writing of some pages has left."""

    change: Any
    images: dict[str, str]
    """Those that they show, with their names in the site."""
    words: dict[str, dict[str, Any]]
    """What is added to the search index."""
    records: list[LogRecord]


def write(app: Sphinx, serial: Serial, team: forks.Pool, pages: Sequence[str]) -> None:
    """Write pages, as Sphinx does one after the other with `serial`."""
    # The first page of the book, with all its contents, takes more memory than others: it waits until the workers have ended.
    whole = {app.config.root_doc}.intersection(pages[1:-1])
    first, others, last = pages[:1], [page for page in pages[1:-1] if page not in whole], pages[-1:]
    if not team.workers(others):
        serial(pages)
        return
    serial(first)  # what is loaded and compiled at the first page is then there for all workers
    done = True
    for piece, result in team.results(others, lambda piece: _write(app, serial, piece)):
        state = state_of(app.env)
        done = done and result is not None
        if result is None or not changes.fits(state, result.change):
            serial(piece)
        else:
            changes.make(state, result.change)
            state.put_back()
            _take(app, result)
            told.again(result.records)
    if not done:  # a worker that was killed may have left what it was writing
        sweep(app.outdir)
    serial([*whole, *last])  # the builder is left at the last one


def _write(app: Sphinx, serial: Serial, pages: Sequence[str]) -> _Written | None:
    index = _index(app)
    app.builder.images = {}
    for name in INDEX if index else ():
        setattr(index, name, {})
    before = changes.snapshot(state_of(app.env))
    with told.kept() as records:
        serial(pages)
    app.env._pickled_doctree_cache.clear()  # noqa: SLF001 - of these pages nobody asks again here
    change = changes.between(before, state_of(app.env))
    if change is not None and not change.changed.keys().isdisjoint(FILES):
        return None
    added = {name: getattr(index, name) for name in INDEX if index}
    return _Written(change, app.builder.images, added, records)


def _take(app: Sphinx, written: _Written) -> None:
    app.builder.images.update(written.images)
    index = _index(app)
    for name, added in written.words.items():
        table = getattr(index, name)
        for key, value in added.items():
            if isinstance(value, set):
                table.setdefault(key, set()).update(value)
            else:
                table[key] = value


def _index(app: Sphinx) -> IndexBuilder | None:
    """Return the builder's search index, if it makes one."""
    return app.builder.indexer if isinstance(app.builder, StandaloneHTMLBuilder) else None
