"""A link that leads nowhere is not written: what is wrong is said of the source, and readers see its words."""

from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from toolchain.handoff import current

ONLY = "toolchain_only"
"""Attribute of Sphinx's environment: page name to the places that are not in every form."""


class WordsOnly(SphinxPostTransform):
    """Leaves the words of links to places that the page does not have: MyST and docutils warn of them and write them."""

    default_priority = 900

    def run(self, **_options: Any) -> None:
        """Look at the links within the page; what `only` keeps out of this form is a lost place, and remains one."""
        ids = {each for node in self.document.findall(nodes.Element) for each in node["ids"]}
        ids |= self._left_out()
        for kind in (nodes.reference, nodes.problematic):
            for node in list(self.document.findall(kind)):
                if node.get("refid") and not node.get("refuri") and node["refid"] not in ids:
                    at = node.parent.index(node)
                    node.parent[at : at + 1] = node.children

    def _left_out(self) -> set[str]:
        """Return the places that are in other forms only."""
        pages = {each["docname"] for each in self.document.findall(addnodes.start_of_file)}
        kept: dict[str, set[str]] = getattr(self.env, ONLY, {})
        return set().union(*(kept.get(page, set()) for page in pages | {self.env.current_document.docname}))


def _note(app: Sphinx, tree: nodes.document) -> None:
    """Remember what stands in `only`, before a form leaves it out."""
    inside = {
        each
        for only in tree.findall(addnodes.only)
        for node in only.findall(nodes.Element)
        for each in node["ids"]
    }
    setattr(app.env, ONLY, dict(getattr(app.env, ONLY, {})) | {app.env.current_document.docname: inside})


def setup(app: Sphinx) -> None:
    """Add the transform where the toolchain builds."""
    if current() is not None:
        app.connect("doctree-read", _note)
        app.add_post_transform(WordsOnly)
