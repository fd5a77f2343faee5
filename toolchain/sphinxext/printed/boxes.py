"""Boxes and lone titles in print: each has its place, and one without a title has an empty one, which LaTeX would look for in its first words."""

from docutils import nodes

PLACELESS = (nodes.Admonition, nodes.rubric)


def prepare(doctree: nodes.document) -> None:
    """Give boxes, and titles that stand alone, what Sphinx does not give them."""
    for box in [node for node in doctree.findall(nodes.Element) if isinstance(node, PLACELESS)]:
        if isinstance(box, nodes.admonition) and not any(
            isinstance(child, nodes.title) for child in box.children
        ):
            box.insert(0, nodes.title())
        placed = _places_before(box)
        if missing := [identifier for identifier in box["ids"] if identifier not in placed]:
            box.parent.insert(box.parent.index(box), nodes.target("", "", ids=missing))


def _places_before(box: nodes.Element) -> set[str]:
    """Return the places of a box that stand before it already."""
    places: set[str] = set()
    for node in reversed(box.parent.children[: box.parent.index(box)]):
        if not isinstance(node, nodes.target):
            break
        places |= {node.get("refid", ""), *node["ids"]}
    return places
