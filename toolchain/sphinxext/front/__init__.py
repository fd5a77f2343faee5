"""What the book says of itself on its pages: its front, cards of its chapters, what builds on what, news, contributors.

All of it follows from book.toml, the lists of pages and the front matter; a page has it where one of the directives stands.
"""

from sphinx.application import Sphinx

from toolchain.sphinxext.front import leads, placeholders, relations

__all__ = ["setup"]


def setup(app: Sphinx) -> None:
    """Set up every part."""
    for part in (leads, placeholders, relations):
        part.setup(app)
