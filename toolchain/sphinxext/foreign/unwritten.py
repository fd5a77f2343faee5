"""Nodes that their extension writes on the site only: print has their words, as of what is most like them.

A node that nobody writes anywhere is none of these: `unknown_nodes` says that it was left over.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxTranslator

from toolchain.sphinxext.notebook_text.by_extensions import KNOWN

OURS = (*KNOWN, "myst_nb.", "myst_parser.", "sphinxcontrib.bibtex.")
WHEN_ALL_IS_RESOLVED = 900


class WordsInPrint(SphinxPostTransform):
    """Puts nodes of docutils in the place of those for which there is no LaTeX."""

    default_priority = WHEN_ALL_IS_RESOLVED
    formats = ("latex",)

    def run(self, **_options: Any) -> None:
        """Look at each node of somebody else's."""
        translator = self.app.registry.get_translator_class(self.app.builder)
        handlers = self.app.registry.translation_handlers
        for node in list(self.document.findall(nodes.Element)):
            names = [kind.__name__ for kind in type(node).__mro__]
            if (
                not f"{type(node).__module__}.".startswith(OURS)
                and not _is_written(names, translator, handlers.get("latex", {}))
                and not {"html", "xhtml"}.isdisjoint(form for form in handlers if names[0] in handlers[form])
            ):
                node.replace_self(_alike(node))


def _is_written(names: list[str], translator: type[SphinxTranslator], handlers: dict[str, Any]) -> bool:
    return any(name in handlers or hasattr(translator, f"visit_{name}") for name in names)


def _alike(node: nodes.Element) -> nodes.Element:
    """Return a node of docutils that has the same children."""
    common = {name: node[name] for name in ("ids", "names", "classes")}
    titled = any(isinstance(child, nodes.title) for child in node.children)
    kind: type[nodes.Element] = nodes.container
    if isinstance(node, nodes.Admonition) or titled:
        kind = nodes.admonition
    elif isinstance(node, nodes.Inline) or isinstance(node.parent, nodes.TextElement):
        kind = nodes.inline
    elif any(isinstance(child, nodes.Text | nodes.Inline) for child in node.children):
        kind = nodes.paragraph
    alike = kind("", *node.children, **common) if kind in BLOCKS else kind("", "", *node.children, **common)  # type: ignore[arg-type]
    alike.source, alike.line = node.source, node.line
    return alike


BLOCKS = (nodes.container, nodes.admonition)


def setup(app: Sphinx) -> None:
    """Look when all that could be resolved is."""
    app.add_post_transform(WordsInPrint)
