r"""Labels of amsmath's environments in the text: the author's `\label`, or else one that the same book gives them each time."""

import re
from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from markdown_it.tree import SyntaxTreeNode
from myst_parser.mdit_to_docutils.sphinx_ import SphinxRenderer
from sphinx.application import Sphinx

from toolchain.sphinxext.quick import replacing

LABEL = re.compile(r"\\label\s*\{\s*([^{}]+?)\s*\}")
TYPED = "toolchain_typed_label"
"""Attribute of MyST's renderer while it is at an environment."""


def _render(theirs: Callable[[SphinxRenderer, SyntaxTreeNode], None]) -> Any:
    def render(renderer: SphinxRenderer, token: SyntaxTreeNode) -> None:
        # It has one number, and so one label.
        typed = LABEL.search(token.content)
        setattr(renderer, TYPED, typed[1] if typed else "")
        theirs(renderer, token)

    return render


def _label(renderer: SphinxRenderer) -> str:
    """Return the label of an environment; one that nothing else has if it has none: of the page, and of how many such it has until here."""
    env = renderer.sphinx_env
    return getattr(renderer, TYPED) or str(
        uuid5(NAMESPACE_URL, f"{env.docname}#{env.new_serialno('amsmath')}")
    )


def setup(_app: Sphinx) -> None:
    """Have MyST ask here: it takes a random one, which the page shows as an anchor."""
    replacing.replace(SphinxRenderer, "render_amsmath", _render)
    replacing.replace(SphinxRenderer, "_random_label", lambda _theirs: _label)
