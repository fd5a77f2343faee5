"""Nodes in the place of others, whatever these were called."""

from collections.abc import Iterable

from docutils import nodes


def put(new: nodes.Node | Iterable[nodes.Node], old: nodes.Element) -> None:
    """Put nodes, or none, in the place of another: its places stay, also where the first of them is mere text.

    docutils gives them to the first, and ends the build where that can have none; classes are of what is replaced.
    """
    found = [new] if isinstance(new, nodes.Node) else list(new)
    if found and isinstance(found[0], nodes.Element):
        old.replace_self(found)
        return
    places = [nodes.target("", "", ids=old["ids"], names=old["names"])] if old["ids"] else []
    where = old.parent.index(old)
    old.parent[where : where + 1] = [*places, *found]
