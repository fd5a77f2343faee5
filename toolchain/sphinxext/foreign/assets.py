"""Style sheets that extensions copy when all is written are there before: pages name them with the digest of what is in them."""

from typing import Any

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

EXTENSIONS = ("sphinx_exercise", "sphinx_proof")
COPY = "copy_asset_files"
"""Function of theirs."""


def _copy(app: Sphinx) -> None:
    if not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    for name in EXTENSIONS:
        extension = app.extensions.get(name)
        copy: Any = getattr(extension.module, COPY, None) if extension is not None else None
        if copy is not None:
            copy(app, None)


def setup(app: Sphinx) -> None:
    """Copy them as soon as it is known that a site is made."""
    app.connect("builder-inited", _copy)
