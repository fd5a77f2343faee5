"""What sphinx-design draws on the site, in print: a card is a box with its title."""

from docutils import nodes

CARD, TITLE = "card", "card-title"
EDGES = frozenset({"card-header", "card-footer"})


def set_cards(doctree: nodes.document) -> None:
    """Make a box of every card."""
    for card in [node for node in doctree.findall(nodes.container) if _component(node) == CARD]:
        titles = [node for node in card.findall(nodes.container) if _component(node) == TITLE]
        words = [node.deepcopy() for title in titles[:1] for part in title.children for node in part.children]
        for title in titles[:1]:
            title.parent.remove(title)
        for edge in [node for node in card.findall(nodes.container) if _component(node) in EDGES]:
            # Their words stand in no paragraph.
            edge.children = [
                nodes.paragraph("", "", child)
                if isinstance(child, nodes.TextElement) and _is_bare(child)
                else child
                for child in edge.children
            ]
        card.replace_self(nodes.admonition("", nodes.title("", "", *words), *card.children))


def _component(node: nodes.Element) -> str:
    return str(node.get("design_component", ""))


def _is_bare(node: nodes.TextElement) -> bool:
    return type(node).__name__ == "PassthroughTextElement"
