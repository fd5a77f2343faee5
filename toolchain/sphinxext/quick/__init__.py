"""What Sphinx and its libraries do anew for each page, and need to do once: a module for each, which says what and why.

Pages are to the byte what they are without this room; its tests compare with what the libraries themselves do.
"""

from sphinx.application import Sphinx

from toolchain.sphinxext.quick import (
    collector,
    highlighting,
    navigation,
    plugins,
    skeletons,
    stems,
    templates,
)


def setup(app: Sphinx) -> None:
    """Set up every part."""
    for part in (collector, skeletons, plugins, stems, highlighting, navigation, templates):
        part.setup(app)
