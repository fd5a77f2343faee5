"""`{prerequisites-graph}`: what builds on what, drawn; from the `prerequisites` in the front matter of pages.

On the site a picture whose boxes are links, and the same as a list, which phones show; in print a drawing, in notebooks the list.
A book with many sections that build on each other has a graph of its chapters.
"""

from collections.abc import Iterator

from docutils import nodes
from msgspec import Struct
from sphinx.application import Sphinx

from toolchain.model.sphinx import current
from toolchain.sphinxext.front import contents, drawing, layered
from toolchain.sphinxext.front.contents import Page
from toolchain.sphinxext.front.place import address, is_print, is_site, link, placeholder
from toolchain.sphinxext.printed.tree import raw
from toolchain.sphinxext.provenance import UNSEARCHED
from toolchain.sphinxext.words import say

MOST = 40
"""Boxes that can still be taken in; of more there is a graph of chapters."""
ALTERNATIVE = "What builds on what: a line leads from each box down to those that build on it."
BUILDS_ON = " builds on "


class Graph(Struct, frozen=True):
    """What builds on what."""

    groups: tuple[tuple[str, tuple[Page, ...]], ...]
    """What belongs together, under a name that may be empty, in reading order."""
    needs: dict[str, tuple[str, ...]]
    """By name, without what follows from the rest."""


def data(app: Sphinx) -> Graph:
    """Return the graph of sections; of chapters if there are too many of those."""
    sphinx_input = current()
    needs = sphinx_input.prerequisites if sphinx_input else {}
    parts = contents.of_book(app.env)
    groups = [group for part in parts for group in _groups(app, part)]
    related = needs.keys() | {other for others in needs.values() for other in others}
    if len(related) > MOST:
        return _of_chapters(parts, needs)
    kept = [(label, tuple(page for page in pages if page.name in related)) for label, pages in groups]
    order = [page.name for _, pages in kept for page in pages]
    return Graph(tuple(group for group in kept if group[1]), layered.reduced(needs, order))


def _groups(app: Sphinx, part: contents.PartOfBook) -> Iterator[tuple[str, tuple[Page, ...]]]:
    """Yield each chapter that has pages below it; those between that have none belong together."""
    alone: list[Page] = []
    for chapter in part.chapters:
        if not chapter.below:
            alone.append(chapter.page)
            continue
        if alone:
            yield "", tuple(alone)
            alone = []
        yield chapter.page.text, (chapter.page, *(contents.page(app.env, name) for name in chapter.below))
    if alone:
        yield "", tuple(alone)


def _of_chapters(parts: list[contents.PartOfBook], needs: dict[str, tuple[str, ...]]) -> Graph:
    chapters = [chapter for part in parts for chapter in part.chapters]
    chapter_of = {name: one.page.name for one in chapters for name in (one.page.name, *one.below)}
    between: dict[str, set[str]] = {}
    for name, others in needs.items():
        own = chapter_of.get(name, "")
        between.setdefault(own, set()).update(chapter_of.get(other, "") for other in others)
    pairs = {own: others - {own, ""} for own, others in between.items() if own}
    related = {own for own, others in pairs.items() if others} | {
        o for others in pairs.values() for o in others
    }
    pages = tuple(chapter.page for chapter in chapters if chapter.page.name in related)
    return Graph((("", pages),) if pages else (), layered.reduced(pairs, [page.name for page in pages]))


def write(app: Sphinx, page: str, shown: Graph, _node: placeholder) -> list[nodes.Node]:
    """Return the graph as the builder that is at work can have it; nothing where nothing builds on anything."""
    if not shown.groups:
        return []
    pages = {one.name: one for _, group in shown.groups for one in group}
    if is_print(app):
        return [raw(drawing.latex(shown.groups, shown.needs))]
    block = nodes.container(classes=["prerequisites", UNSEARCHED])
    if is_site(app):
        uris = {name: address(app, page, name) for name in pages}
        block += nodes.raw("", drawing.svg(shown.groups, shown.needs, uris, say(ALTERNATIVE)), format="html")
    listed = nodes.bullet_list(classes=["prerequisites-list"])
    for one in pages.values():
        line = nodes.paragraph("", "", link(app, page, one))
        for number, other in enumerate(shown.needs.get(one.name, ())):
            line += [
                nodes.Text(", " if number else say(BUILDS_ON)),
                link(app, page, pages[other], pages[other].number),
            ]
        listed += nodes.list_item("", line)
    block += listed
    return [block]
