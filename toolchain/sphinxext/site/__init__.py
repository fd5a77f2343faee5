"""The site: its theme, and what readers find on its pages besides the text. A module for each part says what and why."""

from sphinx.application import Sphinx

from toolchain.sphinxext.site import roles, theme


def setup(app: Sphinx) -> None:
    """Set up every part."""
    for part in (roles, theme):
        part.setup(app)
