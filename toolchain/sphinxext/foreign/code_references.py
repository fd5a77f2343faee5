"""References that lead to other documentation which is not known here: one piece of advice is enough for all of them.

These are references to code where a book describes none, and all that name an inventory that could not be read.
"""

import re
from typing import Literal

from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains import Domain
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
DOMAINS = frozenset({"c", "cpp", "js", "py"})
"""Domains of what is written in a language, and described in some documentation."""
KIND = "toolchain.code_reference"
"""Type and subtype of what is said of them."""
SAID = "no inventory has %s"
OF_INVENTORIES = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"unknown document: '(?P<target>(?P<name>[^:']+):.*)'",
        r"undefined label: '(?P<target>(?P<name>[^:']+):.*)'",
        r"No matches for '(?P<target>(?P<name>[^:']+):.*)'",
        r"inventory for external cross-reference not found: '(?P<target>(?P<name>.+))'",
        r"external [\w:]+ reference target not found: (?P<target>.*)",
    )
)
"""What Sphinx and MyST say of a reference that names an inventory, or that any of them could have."""


def of_unread_inventory(message: str, env: BuildEnvironment) -> str:
    """Return what is to be said in the place of a warning, if an inventory that could not be read may have its target."""
    mapped: dict[str, object] = getattr(env.config, "intersphinx_mapping", {})
    unread = mapped.keys() - getattr(env, "intersphinx_named_inventory", {}).keys()
    matches = (pattern.fullmatch(message) for pattern in OF_INVENTORIES if unread)
    match = next(filter(None, matches), None)
    if match is None or match.groupdict().get("name") not in {None, *unread}:
        return ""
    return SAID % f"`{match['target']}`"


def _say(_app: Sphinx, domain: Domain | None, node: addnodes.pending_xref) -> Literal[True] | None:
    """Say what kind of a reference leads nowhere, in place of Sphinx; leave one that may be a slip to it."""
    if domain is None or domain.name not in DOMAINS or any(True for _ in domain.get_objects()):
        return None
    kind, _, part = KIND.partition(".")
    LOGGER.warning(
        SAID, f"{{{node['reftype']}}}`{node['reftarget']}`", location=node, type=kind, subtype=part
    )
    return True


def setup(app: Sphinx) -> None:
    """Be asked about each reference that nobody could resolve."""
    app.connect("warn-missing-reference", _say)
