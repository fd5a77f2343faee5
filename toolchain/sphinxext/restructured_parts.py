"""Parts of a page in reStructuredText are parts of it: what they name, define and refer to is known to the page.

MyST has such a part parsed as a document of its own, and takes nothing of it but its text: notes without a name had no number
then, at which Sphinx crashes, definitions were unknown beside themselves, and links led to where nothing is.
"""

from functools import wraps
from typing import Any

from docutils import nodes
from myst_parser.mdit_to_docutils.base import DocutilsRenderer, make_document, token_line
from myst_parser.mocking import MockRSTParser
from sphinx.application import Sphinx

SHARED = (
    *("settings", "reporter", "transformer"),
    *("ids", "id_counter", "nameids", "nametypes", "refids", "refnames", "indirect_targets"),
    *("substitution_defs", "substitution_names", "citations", "citation_refs"),
    *("footnotes", "footnote_refs", "autofootnotes", "autofootnote_refs"),
    *("symbol_footnotes", "symbol_footnote_refs"),
)
"""Attributes of docutils' documents: by what is in them, its transforms find what they have to do."""


def setup(_app: Sphinx) -> None:
    """Have MyST parse such a part as one of the page."""
    render = DocutilsRenderer.render_restructuredtext
    if hasattr(render, "__wrapped__"):
        return

    @wraps(render)
    def render_restructuredtext(renderer: DocutilsRenderer, token: Any) -> None:
        page = renderer.document
        part = make_document()
        part["source"] = page["source"]
        for name in SHARED:
            setattr(part, name, getattr(page, name))
        # Lines are counted as in the page.
        MockRSTParser().parse("\n" * token_line(token) + token.content, part)
        # To MyST, whatever has a name at the top of such a part is a label, also a heading.
        names = (name for node in part if isinstance(node, nodes.Element) for name in node["names"])
        page.nametypes.update({name: True for name in names if name in page.nametypes})
        renderer.current_node.extend(part.children)

    DocutilsRenderer.render_restructuredtext = render_restructuredtext  # type: ignore[method-assign,assignment] # no other seam
