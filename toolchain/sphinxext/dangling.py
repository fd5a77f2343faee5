"""A link that leads nowhere is not written: checks of the sources report it, readers see its words."""

from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from toolchain.model import PageFacts
from toolchain.model.sphinx import current
from toolchain.sphinxext import facts, numbers
from toolchain.sphinxext.of_env import application

ONLY = "toolchain_only"
"""Attribute of Sphinx's environment: page name to the identifiers of places that are not in every form."""
UNNUMBERED = "Failed to create a cross reference. The section has no number: %s"


UNWRITTEN = addnodes.glossary | addnodes.acks | addnodes.hlist
"""Elements whose own place is in no tag."""
LOGGER = logging.getLogger(__name__)
BEFORE_REFERENCES = 8


class TitleInstead(SphinxPostTransform):
    """Refers to a section without a number by its title, and warns: Sphinx would write a number that is another's, or none."""

    default_priority = BEFORE_REFERENCES

    def run(self, **_options: Any) -> None:
        """Look at each reference to a number."""
        for node in self.document.findall(addnodes.pending_xref):
            if node["reftype"] == "numref" and self._lacks_number(node["reftarget"]):
                LOGGER.warning(UNNUMBERED, node["reftarget"], location=node, type="ref", subtype="numref")
                node["reftype"], node["refexplicit"] = "ref", False

    def _lacks_number(self, label: str) -> bool:
        """Say whether a label is that of a section without a number."""
        page, identifier, _ = self.env.domains.standard_domain.labels.get(label, ("", "", ""))
        on_page = facts.of_page(self.env, page) or PageFacts(path="")
        sections = (
            target for target in on_page.targets if target.kind == "section" and identifier in target.ids
        )
        section = next(sections, None)
        return section is not None and not numbers.section(
            self.env, page, section.ids, first=section in on_page.tops[:1]
        )


class WordsOnly(SphinxPostTransform):
    """Replaces links to places that the page lacks by their words; MyST and docutils warn and write them."""

    default_priority = 900

    def run(self, **_options: Any) -> None:
        """Replace such links within the page, but not those to places that `only` keeps out of this form."""
        ids = {identifier for node in self.document.findall(nodes.Element) for identifier in node["ids"]}
        ids |= self._ids_in_other_forms()
        for kind in (nodes.reference, nodes.problematic):
            for node in list(self.document.findall(kind)):
                if node.get("refid") and not node.get("refuri") and node["refid"] not in ids:
                    at = node.parent.index(node)
                    node.parent[at : at + 1] = node.children

    def _ids_in_other_forms(self) -> set[str]:
        """Return the identifiers of places that need not be in this form."""
        pages = {start["docname"] for start in self.document.findall(addnodes.start_of_file)}
        ids_by_page: dict[str, set[str]] = getattr(self.env, ONLY, {})
        return set().union(
            *(ids_by_page.get(page, set()) for page in pages | {self.env.current_document.docname})
        )


class PlacesOfLists(SphinxPostTransform):
    """Keeps places at which HTML has nothing: Sphinx writes what is in a glossary, and nothing for the glossary itself."""

    default_priority = 900

    def run(self, **_options: Any) -> None:
        """Put such a place before what it is of."""
        if application(self.env).builder.format == "html":
            for node in list(self.document.findall(nodes.Element)):
                if isinstance(node, UNWRITTEN) and node["ids"]:
                    ids, node["ids"] = node["ids"], []
                    node.parent.insert(node.parent.index(node), nodes.target("", "", ids=ids))


def _record_ids_in_only(app: Sphinx, tree: nodes.document) -> None:
    """Store the identifiers of places inside `only`, before a form leaves them out."""
    ids = {
        identifier
        for only in tree.findall(addnodes.only)
        for node in only.findall(nodes.Element)
        for identifier in node["ids"]
    }
    setattr(app.env, ONLY, dict(getattr(app.env, ONLY, {})) | {app.env.current_document.docname: ids})


def setup(app: Sphinx) -> None:
    """Add the transforms where the toolchain builds."""
    if current() is not None:
        app.connect("doctree-read", _record_ids_in_only)
        app.add_post_transform(TitleInstead)
        app.add_post_transform(WordsOnly)
        app.add_post_transform(PlacesOfLists)
