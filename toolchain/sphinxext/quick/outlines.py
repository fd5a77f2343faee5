"""Numbers of sections and figures are found again only if an outline has changed: Sphinx numbers the whole book after each edit.

The outline of a page is what it has a part in when the book is numbered: its headings, what it lists, what has a number in it. If
those of the pages that were read are as they were, and no page is new or gone, so are all numbers. Whatever Sphinx says of the
numbers it has to say in each build, and what an extension does to them nobody knows: then the book is numbered as ever.
"""

import re
from collections.abc import Callable

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import CONFIG_OK, BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector

from toolchain.sphinxext import known_extensions
from toolchain.sphinxext.quick import skeletons
from toolchain.sphinxext.same_citations import counted_warnings

NUMBERED = "toolchain_numbered"
"""Attribute of Sphinx's environment: the pages of the book when it was numbered last, and nothing was wrong with the numbers."""
BEFORE = "toolchain_outlines"
"""Attribute of the application: what `_Before` has seen."""
BEFORE_ALL = 1
"""What is read is forgotten first."""
SECTIONS, FIGURES = "toc_secnumbers", "toc_fignumbers"
NUMBER = re.compile(r' secnumber="[^"]*"')


class _Before:
    """The outlines and numbers before pages are read."""

    def __init__(self, env: BuildEnvironment, pages: list[str]) -> None:
        self._read = set(pages)
        self._outlines = {page: _outline(env, page) for page in pages}
        self._numbers = {name: dict(getattr(env, name)) for name in (SECTIONS, FIGURES)}
        self._tocs = {page: env.tocs[page] for page in pages if page in env.tocs}
        self._titles = {page: env.titles[page] for page in pages if page in env.titles}

    def note(self, page: str) -> None:
        """Note that a page is read: it may be one more than those that were to be read."""
        self._read.add(page)

    def is_same(self, env: BuildEnvironment) -> bool:
        """Say whether the outlines are still the same, and no other page was read."""
        return self._read == self._outlines.keys() and all(
            words and words == _outline(env, page) for page, words in self._outlines.items()
        )

    def put_back(self, env: BuildEnvironment) -> None:
        """Give the pages their numbers again, which were forgotten as they were read."""
        for name, table in self._numbers.items():
            setattr(env, name, table)
        for page, title in self._titles.items():
            _copy_number(title, env.titles[page])
        for page, toc in self._tocs.items():
            for before, now in zip(
                toc.findall(nodes.reference), env.tocs[page].findall(nodes.reference), strict=True
            ):
                _copy_number(before, now)


def _copy_number(before: nodes.Element, now: nodes.Element) -> None:
    if "secnumber" in before:
        now["secnumber"] = before["secnumber"]


def _outline(env: BuildEnvironment, page: str) -> tuple[str, ...]:
    """Return the outline of a page in words; nothing if it is not known."""
    parts = [env.titles.get(page), env.tocs.get(page), skeletons.of_page(env, page)]
    return tuple(NUMBER.sub("", part.pformat()) for part in parts if part) if all(parts) else ()


def _remember(app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
    setattr(app, BEFORE, _Before(env, pages))


def _note(app: Sphinx, _env: BuildEnvironment, page: str) -> None:
    before: _Before | None = getattr(app, BEFORE, None)
    if before:
        before.note(page)


def _if_changed(number: Callable[..., list[str]]) -> Callable[..., list[str]]:
    """Return what numbers a book only if it has to be numbered, and returns the pages whose numbers have changed."""

    def get_updated_docs(app: Sphinx, env: BuildEnvironment) -> list[str]:
        before: _Before | None = app.__dict__.pop(BEFORE, None)
        numbered: frozenset[str] | None = env.__dict__.pop(NUMBERED, None)
        is_same = (
            before is not None
            and numbered == env.tocs.keys()
            and env.config_status == CONFIG_OK
            and known_extensions.only(app)
            and before.is_same(env)
        )
        changed: list[str] = []
        if before and is_same:
            before.put_back(env)
        else:
            with counted_warnings() as warnings:
                changed = number(app, env)
            if warnings.count:
                return changed
        setattr(env, NUMBERED, frozenset(env.tocs))
        return changed

    return get_updated_docs


def setup(app: Sphinx) -> None:
    """Look at outlines before pages are read, and when numbers are to be found."""
    listeners = app.events.listeners["env-get-updated"]
    listeners[:] = [
        listener._replace(handler=_if_changed(listener.handler))
        if isinstance(getattr(listener.handler, "__self__", None), TocTreeCollector)
        else listener
        for listener in listeners
    ]
    app.connect("env-before-read-docs", _remember, priority=BEFORE_ALL)
    app.connect("env-purge-doc", _note)
