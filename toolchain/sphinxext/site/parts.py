"""The parts of the site, in their order; not in the room's `__init__`, as the rest of Sphinx's extension asks single ones."""

from sphinx.application import Sphinx

from toolchain.sphinxext.site import (
    bare_titles,
    bundles,
    cards,
    dark_plots,
    emphasis,
    figures,
    footer,
    frames,
    mathml,
    metadata,
    needs,
    not_found,
    notices,
    page_contents,
    previews,
    publication,
    roles,
    search,
    solutions,
    styles,
    theme,
    whole_site,
)


def setup(app: Sphinx) -> None:
    """Set up every part."""
    for part in (
        mathml,
        roles,
        theme,
        bare_titles,
        search,
        previews,
        publication,
        metadata,
        cards,
        not_found,
        notices,
        whole_site,
        emphasis,
        frames,
        figures,
        dark_plots,
        footer,
        page_contents,
        solutions,
        styles,
        bundles,
        needs,
    ):
        part.setup(app)
