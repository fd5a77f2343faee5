"""The contents at the side of each page are made once; on a page its own entry is marked, and links lead from where it is.

The theme makes them for each page out of all tables of contents, and reads and writes the HTML of that again to change it: with
every page more, each page costs more. Whatever is out of the ordinary, the theme itself makes as ever; so it does the first
page that has an entry and the first that has none, and if what is made here differs, all others. Contents that have stood this
in one run are those of the next, as long as they say the same.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from pydata_sphinx_theme.toctree import add_toctree_functions
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.util.osutil import relative_uri

from toolchain.sphinxext.quick import contents_file

ALL = 1000
"""Levels, of which there are no more."""
MAKE = "generate_toctree_html"
"""The theme's function in the context of a page."""
NOWHERE = "toolchain-nowhere"
"""A page that is not there, from which links lead as from the first one."""
TAG = re.compile(
    r'(<li class="[^"]*">|</li>|<ul(?: class="[^"]*")?>|</ul>|<details(?: open="open")?>'
    r'|<a class="reference internal" href="[^"]*">)'
)
LINK = re.compile(r'<a class="reference internal" href="([^"]*)">')
ITEM = re.compile(r'<li class="(toctree-l\d+)( has-children)?">')
CURRENT_LINK = '<a class="current reference internal" href="#">'


class _Entry(NamedTuple):
    """Where the parts of an entry stand among the pieces of the HTML; each entry that it is in is on its path."""

    item: int
    link: int
    path: tuple[int, ...]
    """Items and lists that it is in, from the outermost to its own item."""


class Navigation:
    """The contents, as they are on a page that has no entry in them."""

    def __init__(self, html: str, whole: str) -> None:
        """Take them as HTML; `whole` are those of all levels, shown or not."""
        self.html = html
        self.whole = whole
        self._listed = Counter(LINK.findall(whole))
        self._pieces = TAG.split(html)
        self._links = [
            (at, found[1]) for at, piece in enumerate(self._pieces) if (found := LINK.match(piece))
        ]
        self._details: dict[int, int] = {}
        self._entries: dict[str, list[_Entry]] = {}
        for entry in self._found():
            target = LINK.match(self._pieces[entry.link])
            self._entries.setdefault(target[1] if target else "", []).append(entry)
        self._folder: str | None = None
        self._from_folder: list[str] = []

    def _found(self) -> Iterator[_Entry]:
        path: list[int] = []
        linked: set[int] = set()
        for at, piece in enumerate(self._pieces):
            if piece.startswith(("<li ", "<ul")) and TAG.fullmatch(piece):
                path.append(at)
            elif piece in ("</li>", "</ul>"):
                path.pop()
            elif piece.startswith("<details") and path:
                self._details[path[-1]] = at
            elif LINK.match(piece) and path and path[-1] not in linked:
                linked.add(path[-1])
                yield _Entry(path[-1], at, tuple(path))

    def count(self, target: str) -> int | None:
        """Return how many entries a page has, by its address: one or none; None if it has several, or some that is not shown."""
        shown = len(self._entries.get(target, ()))
        return shown if shown == self._listed[target] <= 1 else None

    def on(self, target: str) -> str:
        """Return the contents as they are on a page with one entry, or none."""
        pieces = self._linked_from(target)
        for entry in self._entries.get(target, ()):
            pieces = pieces.copy()
            pieces[entry.link] = CURRENT_LINK
            for at in entry.path:
                pieces[at] = _current(pieces[at])
                if at in self._details:
                    pieces[self._details[at]] = '<details open="open">'
        return "".join(pieces)

    def _linked_from(self, target: str) -> list[str]:
        """Return the pieces with links that lead from the folder of a page; pages are written folder by folder."""
        folder = target.rpartition("/")[0]
        if self._folder != folder:
            self._folder, self._from_folder = folder, self._pieces.copy()
            base = f"{folder}/{NOWHERE}" if folder else NOWHERE
            for at, to in self._links:
                self._from_folder[at] = f'<a class="reference internal" href="{relative_uri(base, to)}">'
        return self._from_folder


def _current(tag: str) -> str:
    if tag == "<ul>":
        return '<ul class="current">'
    if tag.startswith("<ul"):
        return tag.replace('<ul class="', '<ul class="current ', 1)
    return ITEM.sub(r'<li class="\1 current active\2">', tag)


class _Contents:
    """Gives templates the function that makes contents."""

    def __init__(self) -> None:
        self._made: dict[str, Navigation | None] = {}
        self._compared: dict[str, set[int]] = {}
        self._digest: str | None = None
        self._is_kept = False

    def forget(self, *_: Any) -> None:
        """Forget all: pages may have been read."""
        self._made.clear()
        self._compared.clear()
        self._digest = None

    def are_kept(self, app: Sphinx) -> bool:
        """Say whether there are contents that the last run has made."""
        if self._digest is None:
            self._digest = contents_file.digest_of(app)
            kept = contents_file.read(app, self._digest)
            self._is_kept = bool(kept)
            self._made |= {how: Navigation(made.html, made.whole) for how, made in kept.items()}
            self._compared |= {how: set(made.compared) for how, made in kept.items()}
        return self._is_kept

    def save(self, app: Sphinx, error: Exception | None) -> None:
        """Keep what was made and compared for the next run."""
        if error is None and self._digest and not self._is_kept:
            made = {
                how: contents_file.Made(
                    navigation.html, navigation.whole, tuple(sorted(self._compared.get(how, ())))
                )
                for how, navigation in self._made.items()
                if navigation
            }
            contents_file.write(app, self._digest, made)

    def add_functions(
        self, app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
    ) -> None:
        """Have the theme add its functions to a page's context, and take the place of the one for contents."""
        add_toctree_functions(app, page, template, context, doctree)
        theirs: Callable[..., Any] = context[MAKE]
        target = app.builder.get_target_uri(page)

        def make(kind: str, startdepth: int = 1, show_nav_level: int = 1, **options: Any) -> Any:
            options |= {"kind": kind, "startdepth": startdepth, "show_nav_level": show_nav_level}
            how = repr(sorted(options.items()))
            self.are_kept(app)
            if how not in self._made:
                self._made[how] = _navigation(app, template, context, options)
            navigation = self._made[how]
            count = navigation.count(target) if navigation else None
            if navigation is None or count is None:
                return theirs(**options)
            compared = self._compared.setdefault(how, set())
            if count in compared:
                return navigation.on(target)
            compared.add(count)
            self._is_kept = False
            made = theirs(**options)
            if str(made) != navigation.on(target):
                self._made[how] = None
            return made

        context[MAKE] = make


def _navigation(
    app: Sphinx, template: str, context: dict[str, Any], options: dict[str, Any]
) -> Navigation | None:
    """Return contents for all pages; None if they are such that the theme has to make them for each."""
    builder, kind = app.builder, type(app.builder)
    is_whole = options["kind"] == "sidebar" and options["startdepth"] == 0 and options["show_nav_level"] > 0
    if (
        not isinstance(builder, StandaloneHTMLBuilder)
        or kind.get_relative_uri is not Builder.get_relative_uri
        or kind.get_target_uri is not StandaloneHTMLBuilder.get_target_uri
        or not is_whole
        or options.get("collapse", True)
        or not options.get("titles_only")
        or contents_file.has_exceptions(app)
    ):
        return None
    nowhere = context | {"toctree": partial(builder._get_local_toctree, NOWHERE)}  # noqa: SLF001 - as in a page's context
    add_toctree_functions(app, NOWHERE, template, nowhere, None)
    # A page that is below what is shown has the entries above it marked.
    return Navigation(*(str(nowhere[MAKE](**options | deep)) for deep in ({}, {"maxdepth": ALL})))


def _take_place(app: Sphinx) -> None:
    """Put our handler where the theme's stands among all others."""
    contents = _Contents()
    listeners = app.events.listeners["html-page-context"]
    listeners[:] = [
        listener._replace(handler=contents.add_functions)
        if listener.handler is add_toctree_functions
        else listener
        for listener in listeners
    ]
    app.connect("env-updated", contents.forget)
    app.connect("write-started", contents.forget)
    app.connect("build-finished", contents.save)


def leave_to_theme(app: Sphinx) -> None:
    """Let the theme itself make the contents again, unless they are known: for a single page that takes half the time."""
    listeners = app.events.listeners["html-page-context"]
    for at, listener in enumerate(listeners):
        contents = getattr(listener.handler, "__self__", None)
        if isinstance(contents, _Contents) and not contents.are_kept(app):
            listeners[at] = listener._replace(handler=add_toctree_functions)


def setup(app: Sphinx) -> None:
    """Take the theme's place when it has taken its own."""
    app.connect("builder-inited", _take_place)
