"""Templates are compiled once in a book: Jinja would compile those of the theme in each run, all that a page is made of.

What they are compiled to is kept with the trees, where nobody else writes. Jinja knows from their text whether it still holds; as
it may also depend on what an extension has added to Jinja, nothing is kept if there is one that is not known.
"""

from pathlib import Path
from typing import Any

from jinja2 import FileSystemBytecodeCache
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

from toolchain.model.sphinx import current
from toolchain.sphinxext import known_extensions

NAME = "environment.templates"
"""Beside environment.pickle. Nothing hidden: of that `Kept` takes no digest."""


def _keep(app: Sphinx) -> None:
    if not isinstance(app.builder, StandaloneHTMLBuilder) or not known_extensions.only(app):
        return
    folder = Path(app.doctreedir, NAME)
    folder.mkdir(parents=True, exist_ok=True)
    templates: Any = app.builder.templates
    templates.environment.bytecode_cache = FileSystemBytecodeCache(str(folder))


def setup(app: Sphinx) -> None:
    """Keep them when all extensions are there."""
    if current() is not None:
        app.connect("builder-inited", _keep, priority=900)
