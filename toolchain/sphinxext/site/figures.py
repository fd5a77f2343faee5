"""Pictures that open at full size, by a script of the theme's."""

from sphinx.application import Sphinx

from toolchain.model.sphinx import THEME
from toolchain.sphinxext.front.place import is_site

SCRIPT = "scripts/figures.js"
"""Among the theme's static files."""


def _load(app: Sphinx) -> None:
    if is_site(app) and app.config.html_theme == THEME:
        app.add_js_file(SCRIPT, loading_method="defer")


def setup(app: Sphinx) -> None:
    """Load it on every page: it is in the bundle."""
    app.connect("builder-inited", _load)
