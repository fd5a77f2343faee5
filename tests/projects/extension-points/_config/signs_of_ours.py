"""A directive of a book's own."""

from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx


class Sign(Directive):
    """Words in bold in a paragraph of their own."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the paragraph."""
        return [nodes.paragraph("", "", nodes.strong("", " ".join(self.content)))]


def setup(app: Sphinx) -> dict[str, Any]:
    """Add it, and an option."""
    app.add_directive("sign", Sign)
    app.add_config_value("signs", 1, "env")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
