"""Nodes that their extension writes on the site only: the other forms have their words, as of what is most like them.

A node that nobody writes anywhere is none of these: `unknown_nodes` says that it was left over.
"""

from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from toolchain.sphinxext import numbers
from toolchain.sphinxext.notebook_text.builder import NAME
from toolchain.sphinxext.notebook_text.by_extensions import KNOWN
from toolchain.sphinxext.of_env import application
from toolchain.sphinxext.printed.tree import page_of

LOGGER = logging.getLogger(__name__)
OURS = (*KNOWN, "myst_nb.", "myst_parser.", "sphinxcontrib.bibtex.")
SITE = StandaloneHTMLBuilder.format
BUTTONS = frozenset({"ThebeButtonNode"})
"""Nodes for what is of use in a browser only."""
COUNTED_BY_LATEX = (nodes.figure, nodes.table, nodes.literal_block, nodes.container, nodes.section)
"""What LaTeX gives the same numbers as Sphinx does."""
BEFORE_RESOLVED = 205
WHEN_ALL_IS_RESOLVED = 900


class Numbered(SphinxPostTransform):
    """Says the numbers of other people's boxes in words: the site says them, LaTeX would count otherwise, and notebooks do not."""

    default_priority = BEFORE_RESOLVED
    formats = ("latex", NAME)

    def run(self, **_options: Any) -> None:
        """Look at titles, and at references to numbers."""
        for node in self.document.findall(nodes.Element):
            if _is_foreign(node) and not _writers(
                application(self.env), node, application(self.env).builder.format
            ):
                self._say_number(node)
        for link in list(self.document.findall(addnodes.number_reference)):
            if application(self.env).builder.format == "latex" and not self._is_counted(link):
                link.replace_self(nodes.reference("", "", *link.children, **link.attributes))

    def _say_number(self, node: nodes.Element) -> None:
        kind = self.env.domains.standard_domain.get_enumerable_node_type(node)
        title = next((child for child in node.children if isinstance(child, nodes.title)), None)
        page = page_of(node) or self.env.current_document.docname
        if kind and title is not None and (number := numbers.caption(self.env, page, node["ids"], kind)):
            title.insert(0, nodes.Text(f"{number} " if title.children else number))

    def _is_counted(self, link: addnodes.number_reference) -> bool:
        """Say whether LaTeX counts what a reference leads to."""
        page, _, place = str(link.get("refuri", "")).lstrip("%").partition("#")
        if not page:
            page, place = page_of(link) or self.env.current_document.docname, str(link.get("refid", ""))
        kinds = {
            self.env.domains.standard_domain.enumerable_nodes.get(kind, ("",))[0] for kind in COUNTED_BY_LATEX
        }
        figures = self.env.toc_fignumbers.get(page, {})
        return not any(place in ids for kind, ids in figures.items() if kind not in kinds)


class WordsInPrint(SphinxPostTransform):
    """Puts nodes of docutils in the place of those for which there is no LaTeX."""

    default_priority = WHEN_ALL_IS_RESOLVED
    formats = ("latex", NAME)

    def run(self, **_options: Any) -> None:
        """Look at each node of somebody else's that the site has."""
        form = application(self.env).builder.format
        for node in list(self.document.findall(nodes.Element)):
            if (
                _is_foreign(node)
                and _writers(application(self.env), node, SITE)
                and not _writers(application(self.env), node, form)
            ):
                if not node.children and type(node).__name__ not in BUTTONS:
                    LOGGER.warning(
                        "only the site has the %s here",
                        type(node).__name__,
                        location=node,
                        type="toolchain",
                        subtype="site_only",
                    )
                if form == "latex":
                    node.replace_self(_alike(node))


def _is_foreign(node: nodes.Element) -> bool:
    return not f"{type(node).__module__}.".startswith(OURS)


def _writers(app: Sphinx, node: nodes.Element, form: str) -> bool:
    """Say whether somebody writes a node in a form: its extension, or Sphinx as what its class is derived from."""
    names = [kind.__name__ for kind in type(node).__mro__]
    handlers = app.registry.translation_handlers.get(form, {})
    translator = (
        app.registry.get_translator_class(app.builder) if form == app.builder.format != NAME else None
    )
    return any(name in handlers or hasattr(translator, f"visit_{name}") for name in names)


def _alike(node: nodes.Element) -> nodes.Element:
    """Return a node of docutils that has the same children."""
    alike: nodes.Element = nodes.container()
    if isinstance(node, nodes.Admonition) or any(isinstance(child, nodes.title) for child in node.children):
        alike = nodes.admonition()
    elif isinstance(node, nodes.Inline) or isinstance(node.parent, nodes.TextElement):
        alike = nodes.inline()
    elif any(isinstance(child, nodes.Text | nodes.Inline) for child in node.children):
        alike = nodes.paragraph()
    for name in ("ids", "names", "classes"):
        alike[name] = node[name]
    alike += node.children
    alike.source, alike.line = node.source, node.line
    return alike


def setup(app: Sphinx) -> None:
    """Look when all that could be resolved is."""
    app.add_post_transform(Numbered)
    app.add_post_transform(WordsInPrint)
