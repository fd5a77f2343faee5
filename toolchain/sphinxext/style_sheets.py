"""MyST-NB's style sheet is there before the pages, so that its address has the checksum of its content on all of them.

MyST-NB itself writes it after them: the pages of a first build would name it otherwise than those that are written later.
"""

from pathlib import Path

from myst_nb.sphinx_ext import add_global_html_resources
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.builders.html import StandaloneHTMLBuilder


def _write(app: Sphinx, builder: Builder) -> None:
    if isinstance(builder, StandaloneHTMLBuilder):
        Path(app.outdir, "_static").mkdir(parents=True, exist_ok=True)
        add_global_html_resources(app, None)


def setup(app: Sphinx) -> None:
    """Write it when all has been read."""
    app.connect("write-started", _write)
