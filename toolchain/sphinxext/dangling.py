"""A link that leads nowhere is not written: what is wrong is said of the source, and readers see its words."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from toolchain.handoff import current


class WordsOnly(SphinxPostTransform):
    """Leaves the words of links to places that the page does not have: MyST and docutils warn of them and write them."""

    default_priority = 900

    def run(self, **_options: Any) -> None:
        """Look at the links within the page."""
        ids = {each for node in self.document.findall(nodes.Element) for each in node["ids"]}
        for kind in (nodes.reference, nodes.problematic):
            for node in list(self.document.findall(kind)):
                if node.get("refid") and not node.get("refuri") and node["refid"] not in ids:
                    at = node.parent.index(node)
                    node.parent[at : at + 1] = node.children


def setup(app: Sphinx) -> None:
    """Add the transform where the toolchain builds."""
    if current() is not None:
        app.add_post_transform(WordsOnly)
