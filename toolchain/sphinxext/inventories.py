"""What the inventories of other documentation have, which pages lead to: when that changes, so do these pages.

Sphinx looks names up as a page is written. MyST does so for addresses such as `inv:name#place` as the page is read.
"""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from toolchain.base.decoding import read_loosely
from toolchain.base.files import sha256_lines
from toolchain.model.sphinx import current

READ = "toolchain_inventories"
"""Attribute of Sphinx's environment: the digest of what they had when pages were read."""
ADDRESS = "inv:"
"""Begins an address that MyST looks up in them."""


def _digest(env: BuildEnvironment) -> str:
    """Return a digest of all that the inventories have; empty without any."""
    named: dict[str, dict[str, dict[str, object]]] = getattr(env, "intersphinx_named_inventory", {})
    if not named:
        return ""
    return sha256_lines(
        f"{name} {kind} {target} {place}"
        for name, kinds in sorted(named.items())
        for kind, targets in sorted(kinds.items())
        for target, place in sorted(targets.items())
    )


def _outdated(
    _app: Sphinx, env: BuildEnvironment, _added: set[str], _changed: set[str], _removed: set[str]
) -> list[str]:
    now = _digest(env)
    if getattr(env, READ, "") == now:
        return []
    setattr(env, READ, now)
    return [page for page in env.found_docs & env.all_docs.keys() if _leads_elsewhere(env, page)]


def _leads_elsewhere(env: BuildEnvironment, page: str) -> bool:
    files = [Path(env.doc2path(page)), *(Path(env.srcdir, path) for path in env.dependencies.get(page, ()))]
    return any(ADDRESS in (read_loosely(file)) for file in files if file.suffix != ".bib")


def setup(app: Sphinx) -> None:
    """Look at them before pages are read, when they are loaded."""
    if current() is not None:
        app.connect("env-get-outdated", _outdated)
