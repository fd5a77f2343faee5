"""Pictures that open at full size: pages with pictures load the script for that, and no others."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from toolchain.sphinxext.site.dark_plots import suits

SCRIPT = "scripts/figures.js"
"""Among the theme's static files."""


def _load(
    app: Sphinx, _page: str, _template: str, _context: dict[str, Any], tree: nodes.document | None
) -> None:
    if tree is not None and suits(app) and any(True for _ in tree.findall(nodes.image)):
        app.add_js_file(SCRIPT, loading_method="defer")


def setup(app: Sphinx) -> None:
    """Load it when a page is written."""
    app.connect("html-page-context", _load)
