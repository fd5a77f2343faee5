"""Footnotes of Markdown stand at the end of their page; all others stay where they were written.

MyST moves every one, also those of `{footbibliography}` and of parts in reStructuredText, whose place says where they belong.
"""

from collections.abc import Callable
from typing import Any

from docutils import nodes
from myst_parser.mdit_to_docutils.base import DocutilsRenderer
from myst_parser.mdit_to_docutils.transforms import CollectFootnotes
from sphinx.application import Sphinx

from toolchain.sphinxext.quick import replacing

OF_MARKDOWN = "of-markdown"
LISTS = ("symbol_footnotes", "footnotes", "autofootnotes")
"""Attributes of a document: its footnotes, by their kind."""
Method = Callable[..., None]


def _marking(render: Method) -> Method:
    def render_footnote_reference(renderer: DocutilsRenderer, token: Any) -> None:
        before = len(renderer.current_node)
        render(renderer, token)
        for node in renderer.current_node[before:]:
            if isinstance(node, nodes.footnote):
                node[OF_MARKDOWN] = True

    return render_footnote_reference


def _collecting(collect: Method) -> Method:
    def apply(transform: CollectFootnotes, **options: Any) -> None:
        page = transform.document
        notes = {name: getattr(page, name) for name in LISTS}
        for name, of_kind in notes.items():
            setattr(page, name, [note for note in of_kind if note.get(OF_MARKDOWN)])
        collect(transform, **options)
        for name, of_kind in notes.items():
            setattr(page, name, of_kind)
        for rule in list(page.findall(nodes.transition)):
            if "footnotes" in rule["classes"] and _is_after_rule(rule):
                rule.parent.remove(rule)  # the author has drawn one there

    return apply


def _is_after_rule(rule: nodes.transition) -> bool:
    """Say whether what stands before a rule ends with another one, at whatever depth."""
    at = rule.parent.index(rule) - 1
    before: nodes.Node | None = rule.parent[at] if at >= 0 else None
    while isinstance(before, nodes.section) and before.children:
        before = before.children[-1]
    return isinstance(before, nodes.transition)


def setup(_app: Sphinx) -> None:
    """Mark those of Markdown as they are read, and have MyST move no others."""
    replacing.replace(DocutilsRenderer, "render_footnote_reference", _marking)
    replacing.replace(CollectFootnotes, "apply", _collecting)
