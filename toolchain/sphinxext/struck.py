"""Words that are struck out and the boxes of tasks, as nodes that every form can set: of MyST's HTML print would have nothing."""

from docutils import nodes
from markdown_it.tree import SyntaxTreeNode
from myst_parser.mdit_to_docutils.base import DocutilsRenderer
from sphinx.application import Sphinx

STRUCK, TASK = "struck", "task"
"""Classes of what is in a line."""
OPEN, DONE = "\N{BALLOT BOX}", "\N{BALLOT BOX WITH CHECK}"
"""Signs in place of the boxes in which nobody could put a mark anyway."""
_render_with_box = DocutilsRenderer.render_list_item


def _render_struck(renderer: DocutilsRenderer, token: SyntaxTreeNode) -> None:
    struck = nodes.inline(classes=[STRUCK])
    renderer.add_line_and_source_path(struck, token)
    with renderer.current_node_context(struck, append=True):
        renderer.render_children(token)


def _render_list_item(renderer: DocutilsRenderer, token: SyntaxTreeNode) -> None:
    _render_with_box(renderer, token)
    if "checked" in token.meta:
        item = renderer.current_node[-1]
        box = next((node for node in item.findall(nodes.raw) if "checkbox" in node.astext()), None)
        if box is not None:
            sign = DONE if token.meta["checked"] else OPEN
            box.replace_self([nodes.inline(sign, sign, classes=[TASK]), nodes.Text("\N{NO-BREAK SPACE}")])


def setup(_app: Sphinx) -> None:
    """Take the places of MyST's own, which offers no seam: its renderers are classes that derive from this one."""
    for name, render in (("render_s", _render_struck), ("render_list_item", _render_list_item)):
        setattr(DocutilsRenderer, name, render)
