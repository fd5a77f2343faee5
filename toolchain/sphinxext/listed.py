"""What lists of pages show: those beside the text of every page, and those in it."""

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.environment import BuildEnvironment

ENDLESS = 1 << 30


class Listed:
    """What the lists of a book show of its pages."""

    def __init__(self, env: BuildEnvironment) -> None:
        """Look at nothing yet."""
        self._env = env
        self._heads_by_page: dict[str, list[str]] = {}

    def navigation(self) -> Iterator[Any]:
        """Yield the titles of all pages in the order of the contents, with the lists that they are in."""
        to_do, done = [self._env.config.root_doc], set[str]()
        while to_do:
            page = to_do.pop()
            if page in done or page not in self._env.tocs:
                continue
            done.add(page)
            yield page, self._env.metadata[page].get("tocdepth"), self._env.titles[page].pformat()
            yield from self._heads(page)
            for toctree in self._env.tocs[page].findall(addnodes.toctree):
                yield toctree.get("caption"), toctree["entries"]
                to_do += [name for _, name in toctree["entries"]]

    def _heads(self, page: str) -> list[str]:
        """Return the headings of a page that stand for it in contents."""
        if page not in self._heads_by_page:
            children = self._env.tocs[page].children
            self._heads_by_page[page] = [_head(node).pformat() for node in children]
        return self._heads_by_page[page]

    def on(self, page: str) -> Iterator[Any]:
        """Yield what the lists on a page show."""
        for toctree in self._env.tocs[page].findall(addnodes.toctree):
            depth = toctree.get("maxdepth", -1)
            yield from self._of(toctree, (page,), depth if depth > 0 else ENDLESS, toctree)

    def _of(
        self, toctree: addnodes.toctree, above: tuple[str, ...], depth: int, outer: addnodes.toctree
    ) -> Iterator[Any]:
        """Yield what a list shows of its pages, down to a depth."""
        yield toctree.get("hidden"), toctree.get("caption"), toctree["entries"]
        if depth < 1 or (toctree.get("hidden") and not outer.get("includehidden")):
            return
        for _, name in toctree["entries"]:
            if name in above or name not in self._env.tocs:
                yield name, name in self._env.tocs
            else:
                yield name, self._env.metadata[name].get("tocdepth")
                yield from self._contents(self._env.tocs[name], (*above, name), depth, outer)

    def _contents(
        self, contents: nodes.Element, above: tuple[str, ...], depth: int, outer: addnodes.toctree
    ) -> Iterator[Any]:
        """Yield the headings that a list shows of a page, and what the page's own lists add to it."""
        if outer.get("titlesonly"):
            yield from self._heads(above[-1])
            for inner in contents.findall(addnodes.toctree):
                yield from self._of(inner, above, depth - 1, outer)
            return
        for node in contents.children:
            if isinstance(node, addnodes.toctree):
                yield from self._of(node, above, depth, outer)
            elif isinstance(node, nodes.list_item) and node.children:
                yield node.children[0].pformat()
                if depth > 1:
                    for below in node.children[1:]:
                        yield from self._contents_of(below, above, depth - 1, outer)
            else:
                yield from self._contents_of(node, above, depth, outer)

    def _contents_of(
        self, node: nodes.Node, above: tuple[str, ...], depth: int, outer: addnodes.toctree
    ) -> Iterator[Any]:
        if isinstance(node, addnodes.toctree):
            yield from self._of(node, above, depth, outer)
        elif isinstance(node, nodes.Element):
            yield from self._contents(node, above, depth, outer)


def _head(node: nodes.Node) -> nodes.Node:
    return node.children[0] if isinstance(node, nodes.list_item) and node.children else node
