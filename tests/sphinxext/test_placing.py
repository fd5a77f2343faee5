"""What takes the place of a node: its places stay, whatever comes instead of it, and classes end no build."""

import pytest
from docutils import nodes

from toolchain.sphinxext.placing import put


@pytest.mark.parametrize(
    "new", [[], [nodes.Text("words")], [nodes.emphasis("", "words")], nodes.literal("", "words")]
)
def test_places_stay(new: nodes.Node | list[nodes.Node]) -> None:
    old = nodes.strong("", "old", classes=["command"], ids=["here"])
    around = nodes.paragraph("", "before ", old)

    put(new, old)

    assert around.astext() == ("before words" if new else "before ")
    assert [node["ids"] for node in around.findall(nodes.Element) if node["ids"]] == [["here"]]


def test_nothing_is_left_of_a_node_without_a_place() -> None:
    old = nodes.container("", classes=["tabs"])
    around = nodes.section("", old)

    put([], old)

    assert around.children == []
