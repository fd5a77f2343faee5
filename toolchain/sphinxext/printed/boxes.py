"""Boxes, lone titles, paragraphs and lists in print: each has its place, and a box without a title has an empty one, which LaTeX would look for in its first words."""

from docutils import nodes
from sphinx.builders.latex.nodes import HYPERLINK_SUPPORT_NODES

PLACELESS = (
    *(nodes.Admonition, nodes.rubric, nodes.paragraph, nodes.inline, nodes.block_quote),
    *(nodes.bullet_list, nodes.enumerated_list, nodes.definition_list),
)
"""What Sphinx writes without the names that it has."""


def prepare(doctree: nodes.document) -> None:
    """Give boxes, and titles that stand alone, what Sphinx does not give them."""
    for box in [node for node in doctree.findall(nodes.Element) if isinstance(node, PLACELESS)]:
        if isinstance(box, nodes.admonition) and not any(
            isinstance(child, nodes.title) for child in box.children
        ):
            box.insert(0, nodes.title())
        placed = _places_before(box)
        if isinstance(box, nodes.inline) and _is_moved(box):
            continue
        if missing := [identifier for identifier in box["ids"] if identifier not in placed]:
            box.parent.insert(box.parent.index(box), nodes.target("", "", ids=missing))
    for target in doctree.findall(nodes.target):
        following = target.next_node(ascend=True)
        if isinstance(following, HYPERLINK_SUPPORT_NODES):
            # Sphinx leaves it to what follows to have the place, which does so only for a target that it was made for.
            following["ids"].extend(name for name in target["ids"] if name not in following["ids"])


def _is_moved(node: nodes.Element) -> bool:
    """Say whether LaTeX repeats a text elsewhere, so that nothing in it can be a place: a heading, a caption."""
    at: nodes.Element | None = node
    while at is not None and not isinstance(at, nodes.title | nodes.caption):
        at = at.parent
    return at is not None


def _places_before(box: nodes.Element) -> set[str]:
    """Return the places of a box that stand before it already."""
    places: set[str] = set()
    for node in reversed(box.parent.children[: box.parent.index(box)]):
        if not isinstance(node, nodes.target):
            break
        places |= {node.get("refid", ""), *node["ids"]}
    return places
