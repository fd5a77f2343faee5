"""What an extension says of its own nodes in notebooks: `app.add_node(node, notebooks=(visit, depart))`, as for any builder."""

from collections.abc import Callable, Mapping
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

KNOWN = ("docutils.", "sphinx.addnodes.", "sphinx.builders.latex.nodes.", "sphinx_design.", "toolchain.")
"""Modules whose nodes the writer knows by the names of their classes."""

Markdown = Callable[[nodes.Element], str]
Visitor = Callable[["Written", nodes.Element], object]


class Written:
    """The first argument of a visitor: it appends Markdown to `body`, a block at a time, or within a line a piece.

    What is in the node is written after it, unless the visitor raises `SkipNode` or `SkipChildren`; then `depart` is called,
    unless it raises `SkipNode` or `SkipDeparture`.
    """

    def __init__(self, builder: Any, children: Markdown) -> None:
        """Begin with nothing."""
        self.builder = builder
        self.body: list[str] = []
        self.descends = True
        self.departs = True
        self._children = children

    def markdown(self, node: nodes.Element) -> str:
        """Return what is in a node as Markdown within a line."""
        return self._children(node)


class Hook:
    """The two visitors of a kind of node."""

    def __init__(self, builder: Any, visit: Visitor | None, depart: Visitor | None) -> None:
        """Keep them."""
        self._builder, self._visit, self._depart = builder, visit, depart

    def begin(self, node: nodes.Element, children: Markdown) -> Written:
        """Return what is written before the children of a node, and whether these follow."""
        written = Written(self._builder, children)
        try:
            if self._visit is not None:
                self._visit(written, node)
        except nodes.SkipNode:
            written.descends = written.departs = False
        except nodes.SkipChildren:
            written.descends = False
        except nodes.SkipDeparture:
            written.departs = False
        return written

    def end(self, node: nodes.Element, written: Written) -> list[str]:
        """Return what is written after them."""
        written.body = []
        if written.departs and self._depart is not None:
            self._depart(written, node)
        return written.body


class Hooks:
    """All visitors that extensions have for a builder."""

    def __init__(self, app: Sphinx, builder: Any) -> None:
        """Look them up as Sphinx does for its own builders."""
        self._builder = builder
        self._handlers: Mapping[str, tuple[Any, Any]] = app.registry.translation_handlers.get(
            builder.format, {}
        )

    def of(self, node: nodes.Node) -> Hook | None:
        """Return the visitors for a node: those of its class, or of the nearest one that this is derived from."""
        if not self._handlers:
            return None
        names = (kind.__name__ for kind in type(node).__mro__)
        handlers = next((self._handlers[name] for name in names if name in self._handlers), None)
        return Hook(self._builder, *handlers) if handlers else None
