"""What the writers of the book's front share: the node that marks a place, links to pages and files, and who is at work."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.epub3 import Epub3Builder
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.util.osutil import relative_uri

from toolchain.sphinxext.front.contents import Page


class placeholder(nodes.General, nodes.Element):  # noqa: N801 - as docutils names nodes
    """Stands for what is known when all pages have been read; `kind` says for what."""


def is_site(app: Sphinx) -> bool:
    """Say whether pages of the site are written; those of an EPUB are made as they are, but nobody clicks on them as on a site."""
    return isinstance(app.builder, StandaloneHTMLBuilder) and not isinstance(app.builder, Epub3Builder)


def is_print(app: Sphinx) -> bool:
    """Say whether the printed book is written."""
    return app.builder.format == "latex"


def address(app: Sphinx, page: str, other: str) -> str:
    """Return where a page is, seen from another one, for the builder that is at work."""
    return app.builder.get_relative_uri(page, other)


def link(app: Sphinx, page: str, other: Page, text: str = "") -> nodes.reference:
    """Return a link from a page to another one, by its number and title."""
    return nodes.reference("", text or other.text, internal=True, refuri=address(app, page, other.name))


def file_address(app: Sphinx, page: str, path: str) -> str:
    """Return where a file of the site is, seen from a page; an address elsewhere is as it is."""
    return path if "://" in path else relative_uri(app.builder.get_target_uri(page), path)
