"""Pages are read by workers; what each page leaves in Sphinx' environment comes back."""

from collections.abc import Callable, Sequence
from logging import LogRecord
from typing import Any, NamedTuple

from sphinx.application import Sphinx

from toolchain.processes import forks
from toolchain.sphinxext.parallel import changes, told
from toolchain.sphinxext.parallel.environment import state_of

Serial = Callable[[Sequence[str]], None]


class _Read(NamedTuple):
    """What the reading of some pages has left."""

    change: Any
    records: list[LogRecord]


def read(app: Sphinx, serial: Serial, team: forks.Pool, pages: Sequence[str]) -> None:
    """Read pages, as Sphinx does one after the other with `serial`."""
    first, others = pages[:1], pages[1:]
    if not team.workers(others):
        serial(pages)
        return
    # What they have said before is forgotten before the first of them is read: no worker is to meet it.
    for page in pages:
        app.events.emit("env-purge-doc", app.env, page)
        app.env.clear_doc(page)
    serial(first)  # what is loaded and compiled at the first page is then there for all workers
    app.env._write_doc_doctree_cache.clear()  # noqa: SLF001 - trees are read back by whoever writes the page
    for piece, result in team.results(others, lambda piece: _read(app, serial, piece)):
        state = state_of(app.env)
        if result is None or not changes.fits(state, result.change):
            serial(piece)
        else:
            changes.make(state, result.change)
            state.put_back()
            told.again(result.records)


def _read(app: Sphinx, serial: Serial, pages: Sequence[str]) -> _Read:
    before = changes.snapshot(state_of(app.env))
    with told.kept() as records:
        serial(pages)
    app.env._write_doc_doctree_cache.clear()  # noqa: SLF001 - as above
    return _Read(changes.between(before, state_of(app.env)), records)
