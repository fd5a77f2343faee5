"""Links to pages by the addresses that they have on the site, as `:link: chapter/page.html` of a card: right in every form."""

import posixpath
import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.errors import NoUri
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform

from toolchain.sphinxext.of_env import application
from toolchain.sphinxext.placing import put

ADDRESS = re.compile(r"(?![a-z][a-z0-9+.-]*:|[/#%])(?P<page>[^#?]+)\.html(?P<place>#.*)?", re.IGNORECASE)
NAMED = "toolchain_named_page"
"""Attribute of such a link: the page as it would be called from the folder of all pages, and the place on it."""
AFTER_REFERENCES = 20
"""When pages have been found, and before writers ask where a link leads."""
ALSO_FIRST = "index"
"""Where Jupyter Book has a page that leads on to the first one."""


class NamePages(SphinxTransform):
    """Notes which page such a link means: in print nobody knows any longer on which one it stands."""

    default_priority = 800

    def apply(self, **_options: Any) -> None:
        """Look at every link of a page."""
        folder = posixpath.dirname(self.env.current_document.docname)
        for link in self.document.findall(nodes.reference):
            if address := ADDRESS.fullmatch(str(link.get("refuri", ""))):
                page = posixpath.normpath(posixpath.join(folder, address["page"]))
                link[NAMED] = (page, address["place"] or "")


class LeadToPages(SphinxPostTransform):
    """Gives such a link the address that the page has in the form at hand."""

    default_priority = AFTER_REFERENCES

    def run(self, **_options: Any) -> None:
        """Look at every link that was noted."""
        if isinstance(application(self.env).builder, StandaloneHTMLBuilder):
            return
        here = self.env.current_document.docname
        for link in [link for link in self.document.findall(nodes.reference) if NAMED in link]:
            page, place = link[NAMED]
            page = self.config.root_doc if page == ALSO_FIRST not in self.env.found_docs else page
            if page not in self.env.found_docs:
                continue
            try:
                link["refuri"] = application(self.env).builder.get_relative_uri(here, page) + place
            except NoUri:  # this form does not have the page
                put(link.children, link)


def setup(app: Sphinx) -> None:
    """Look at each page as it is read, and again as a form is made of it."""
    app.add_transform(NamePages)
    app.add_post_transform(LeadToPages)
