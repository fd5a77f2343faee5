"""Mathematics of the site and of EPUB: MathML Core, made when pages are written; browsers set it without a script."""

from sphinx.application import Sphinx

from toolchain.sphinxext.site.mathml import in_outputs, rendering


def setup(app: Sphinx) -> None:
    """Set up how formulas are written."""
    rendering.setup(app)
    in_outputs.setup(app)
