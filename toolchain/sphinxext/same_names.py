"""Pages that define the same name are read as a build from nothing reads them: all of them, in their order.

Of two pages that define a name the one read last has it, and it is the one that a warning is given at, where there is one:
Sphinx has none for a paragraph's label, or for terms that differ in their case. So after an edit of the first of them the name
would be its, and when it gives the name up nobody would have it.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from toolchain.model.sphinx import current
from toolchain.sphinxext import shown

BEFORE_ALL_OTHERS = 1

Names = Mapping[str, tuple[str, ...]]
"""By a page: what it defines."""


class _Reading:
    """What one run reads."""

    def __init__(self) -> None:
        self._before: Names | None = None
        """As it was when the run began; None unless pages are being read."""
        self._read: set[str] = set()

    def begin(self, _app: Sphinx, env: BuildEnvironment, *_: object) -> tuple[()]:
        self._before = shown.names(env)
        return ()

    def note(self, _app: Sphinx, _env: BuildEnvironment, pages: list[str]) -> None:
        self._read = set(pages)

    def read_others(self, app: Sphinx, env: BuildEnvironment) -> list[str]:
        """Read the pages again that share a name with one that was read or is gone, and return those that were not read yet."""
        before, self._before = self._before, None
        if before is None or self._read >= env.found_docs:
            return []
        now = shown.names(env)
        gone = before.keys() - env.found_docs
        names = {name for page in self._read | gone for name in (*before.get(page, ()), *now.get(page, ()))}
        unread = env.found_docs - self._read
        others = set(_sharing(names, {page: now.get(page, ()) for page in unread}))
        if others:
            names = {name for page in others for name in now[page]}
            pages = others | {page for page in self._read if names.intersection(now.get(page, ()))}
            # All of them before the first is read: a name is nobody's then.
            for page in pages:
                app.events.emit("env-purge-doc", env, page)
                env.clear_doc(page)
            app.builder._read_serial(sorted(pages))  # noqa: SLF001 - Sphinx reads once, when nobody knows what it will find
        _in_order(env)
        return sorted(others)


def _sharing(names: AbstractSet[str], pages: Names) -> Iterator[str]:
    """Yield the pages that define one of these names, or one that such a page defines."""
    by_name: dict[str, list[str]] = {}
    for page, own in pages.items():
        for name in own:
            by_name.setdefault(name, []).append(page)
    to_do, done = [page for name in names & by_name.keys() for page in by_name[name]], set[str]()
    while to_do:
        page = to_do.pop()
        if page not in done:
            done.add(page)
            yield page
            to_do += [other for name in pages[page] for other in by_name[name]]


def _in_order(env: BuildEnvironment) -> None:
    """Have objects in the order of their pages: a name that ends as several do is given the first of them."""
    objects: dict[str, Any] = env.domains.python_domain.objects
    in_order: Iterable[tuple[str, Any]] = sorted(objects.items(), key=lambda item: str(item[1].docname))
    objects.update({name: objects.pop(name) for name, _ in in_order})


def setup(app: Sphinx) -> None:
    """Look at what is defined before anybody uses it."""
    if current() is None:
        return
    reading = _Reading()
    app.connect("env-get-outdated", reading.begin)
    app.connect("env-before-read-docs", reading.note)
    app.connect("env-updated", reading.read_others, priority=BEFORE_ALL_OTHERS)
