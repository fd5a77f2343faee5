"""In SLUG.tex a comment before each block says which line of which source it comes from.

LaTeX names lines of what it reads; with the comments a person is told the line of what they wrote. A comment on a line
of its own leaves no trace in the PDF.
"""

from functools import cached_property
from pathlib import Path
from typing import Any, TypeGuard

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.latex.nodes import footnotetext
from sphinx.util.template import LaTeXRenderer
from sphinx.writers.latex import LaTeXTranslator

from toolchain.model.sphinx import project_of

MARK = "%% "
"""Begins such a comment; the path, relative to the project, a colon and the line follow."""
END = r"\end{sphinxuseclass}"
"""After it, the next block begins a line."""
BLOCKS = (
    nodes.section,
    nodes.paragraph,
    nodes.math_block,
    nodes.literal_block,
    nodes.raw,
    nodes.figure,
    nodes.image,
    nodes.table,
    nodes.bullet_list,
    nodes.enumerated_list,
    nodes.definition_list_item,
    nodes.list_item,
    nodes.block_quote,
    nodes.Admonition,
    nodes.container,
)

NOTES = nodes.footnote | footnotetext
"""Out of these nothing can float: LaTeX stops there."""


class PlacingTranslator(LaTeXTranslator):
    """Sphinx's writer of LaTeX, and the comments."""

    _last_place = ""
    """Of the comment that was written last."""

    def render(self, template_name: str, variables: dict[str, Any]) -> str:
        """Fill a template of Sphinx's; it is compiled once, where Sphinx would compile it for each table."""
        if self.config.templates_path:  # the book may have its own
            return super().render(template_name, variables)
        return self._renderer.render(template_name, variables)

    @cached_property
    def _renderer(self) -> LaTeXRenderer:
        return LaTeXRenderer(latex_engine=self.config.latex_engine)

    def dispatch_visit(self, node: nodes.Node) -> None:
        """Write where a block comes from, then the block; where that would need a new line, its first words come first."""
        place = _place(node, project_of(self.builder.srcdir)) if self._gets_comment(node) else ""
        self._comment(place)
        self.no_latex_floats += isinstance(node, NOTES)
        super().dispatch_visit(node)
        self._comment(place)

    def dispatch_departure(self, node: nodes.Node) -> None:
        """Write the end of a block; after a note figures may float again."""
        super().dispatch_departure(node)
        self.no_latex_floats -= isinstance(node, NOTES)

    def _gets_comment(self, node: nodes.Node) -> TypeGuard[nodes.Element]:
        return isinstance(node, BLOCKS) and self.table is None

    def _comment(self, place: str) -> None:
        """Write a comment if the last one names another place, and if it has a line of its own.

        A caption, for one, is gathered elsewhere, from nothing.
        """
        before = next((text for text in reversed(self.body) if text), "")
        if place and place != self._last_place and before.endswith(("\n", END)):
            ended = "" if before.endswith("\n") else "\n"
            self.body.append(f"{ended}{MARK}{place}\n")
            self._last_place = place


def _place(node: nodes.Element, project: Path) -> str:
    """Return the file and line of a block as `FILE:LINE`, in an .ipynb as MyST-NB counts lines; empty if it is in no source."""
    line = node.line or (node[0].line if isinstance(node, nodes.section) and node.children else None)
    path = Path(node.source or "")
    if not line or not path.is_relative_to(project):
        return ""
    return f"{path.relative_to(project).as_posix()}:{line}"


def setup(app: Sphinx) -> None:
    """Have LaTeX written with the comments."""
    app.set_translator("latex", PlacingTranslator)
