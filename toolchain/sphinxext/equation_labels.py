"""Equations that nobody has labelled, as amsmath's environments in the text: the same book gives them the same labels each time."""

from uuid import NAMESPACE_URL, uuid5

from myst_parser.mdit_to_docutils.sphinx_ import SphinxRenderer
from sphinx.application import Sphinx

from toolchain.sphinxext.quick import replacing


def _label(renderer: SphinxRenderer) -> str:
    """Return a label that nothing else has: of the page, and of how many such equations it has until here."""
    env = renderer.sphinx_env
    return str(uuid5(NAMESPACE_URL, f"{env.docname}#{env.new_serialno('amsmath')}"))


def setup(_app: Sphinx) -> None:
    """Have MyST ask here: it takes a random one, which the page shows as an anchor."""
    replacing.replace(SphinxRenderer, "_random_label", lambda _theirs: _label)
