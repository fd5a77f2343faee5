"""What sphinx-design draws on the site, in print: a card is a box with its title."""

from docutils import nodes

CARD, TITLE = "card", "card-title"
EDGES = frozenset({"card-header", "card-footer"})


def set_cards(doctree: nodes.document) -> None:
    """Make a box of every card."""
    for card in [each for each in doctree.findall(nodes.container) if _component(each) == CARD]:
        titles = [each for each in card.findall(nodes.container) if _component(each) == TITLE]
        words = [node.deepcopy() for each in titles[:1] for part in each.children for node in part.children]
        for each in titles[:1]:
            each.parent.remove(each)
        for edge in [each for each in card.findall(nodes.container) if _component(each) in EDGES]:
            # Their words stand in no paragraph.
            edge.children = [
                nodes.paragraph("", "", each)
                if isinstance(each, nodes.TextElement) and _is_bare(each)
                else each
                for each in edge.children
            ]
        card.replace_self(nodes.admonition("", nodes.title("", "", *words), *card.children))


def _component(node: nodes.Element) -> str:
    return str(node.get("design_component", ""))


def _is_bare(node: nodes.TextElement) -> bool:
    return type(node).__name__ == "PassthroughTextElement"
