"""The site: its theme, and what readers find on its pages besides the text. A module for each part says what and why."""

from sphinx.application import Sphinx

from toolchain.sphinxext.site import (
    bare_titles,
    cards,
    dark_plots,
    emphasis,
    figures,
    metadata,
    not_found,
    publication,
    theme,
    whole_site,
)


def setup(app: Sphinx) -> None:
    """Set up every part."""
    for part in (
        theme,
        bare_titles,
        publication,
        metadata,
        cards,
        not_found,
        whole_site,
        emphasis,
        figures,
        dark_plots,
    ):
        part.setup(app)
