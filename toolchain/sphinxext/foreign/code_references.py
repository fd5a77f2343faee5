"""References to code where a book describes none: they lead elsewhere, and one piece of advice is enough for all of them."""

from typing import Literal

from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains import Domain
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
DOMAINS = frozenset({"c", "cpp", "js", "py"})
"""Domains of what is written in a language, and described in some documentation."""


def _say(_app: Sphinx, domain: Domain | None, node: addnodes.pending_xref) -> Literal[True] | None:
    """Say what kind of a reference leads nowhere, in place of Sphinx; leave one that may be a slip to it."""
    if domain is None or domain.name not in DOMAINS or any(True for _ in domain.get_objects()):
        return None
    LOGGER.warning(
        "no inventory has {%s}`%s`",
        node["reftype"],
        node["reftarget"],
        location=node,
        type="toolchain",
        subtype="code_reference",
    )
    return True


def setup(app: Sphinx) -> None:
    """Be asked about each reference that nobody could resolve."""
    app.connect("warn-missing-reference", _say)
