"""A node that nobody can write ends no builder: it is named with its place, and what is in it is written.

Extensions mark beginnings and ends with nodes of their own, and take them out again where both are there. One that is left
over, as where the fence before it was never closed, would end Sphinx with a name that no author knows.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxTranslator

from toolchain.model.sphinx import current

LOGGER = logging.getLogger(__name__)


def _enter(_translator: SphinxTranslator, node: nodes.Node) -> None:
    LOGGER.warning(
        "nothing is made of the %s here: its extension has left it over; look for what it belongs to",
        type(node).__name__,
        location=_placed(node),
        type="toolchain",
        subtype="left_over",
    )


def _leave(_translator: SphinxTranslator, _node: nodes.Node) -> None:
    """Leave the node as it was entered."""


def _placed(node: nodes.Node) -> nodes.Node:
    """Return the node, or else the nearest one around it, that knows its line."""
    at: nodes.Node | None = node
    while at is not None and not at.line:
        at = at.parent
    return node if at is None else at


def setup(_app: Sphinx) -> None:
    """Have every writer do so where the toolchain builds."""
    if current() is not None:
        # No event tells of such a node.
        for name, visitor in (("unknown_visit", _enter), ("unknown_departure", _leave)):
            setattr(SphinxTranslator, name, visitor)
