"""What Sphinx and its libraries do anew for each page, or in each run, and need to do once: a module for each says what and why.

Pages are to the byte what they are without this room; its tests compare with what the libraries themselves do.
"""

from sphinx.application import Sphinx

from toolchain.sphinxext.quick import (
    collector,
    highlighting,
    navigation,
    outlines,
    selecting,
    skeletons,
    static_files,
    stems,
    templates,
)


def setup(app: Sphinx) -> None:
    """Set up every part."""
    for part in (
        collector,
        skeletons,
        outlines,
        static_files,
        stems,
        highlighting,
        navigation,
        selecting,
        templates,
    ):
        part.setup(app)
