"""The text of the first page in print, for books whose first page is a page like any other.

Sphinx prints of the first page what it lists: many books have text there that is for the site alone.
"""

from typing import Any

from docutils import nodes
from docutils.utils import new_document
from sphinx import addnodes
from sphinx.application import Sphinx

from toolchain.sphinxext.numbering import lists_nothing
from toolchain.sphinxext.own_contents import OPTION

PRINTED = "toolchain_first_page"
"""Sphinx's name of `first_page` in `[pdf]`."""


def print_text(app: Sphinx) -> None:
    """Have the first page's text printed before what it lists.

    This is where the contents stand apart from the pages, where the book wants it, and where there is nothing else.
    """
    builder: Any = app.builder
    assemble = builder.assemble_doctree

    def assemble_with_text(page: str, toctree_only: bool, appendices: list[str]) -> nodes.document:  # noqa: FBT001 - Sphinx's
        env, read = builder.env, builder.env.get_doctree
        wanted = app.config[PRINTED]
        if not (app.config[OPTION] or wanted or (wanted is None and lists_nothing(env))):
            return assemble(page, toctree_only, appendices)  # type: ignore[no-any-return] # Sphinx's own
        # There is no seam between the tree that Sphinx begins with and what it makes of it.
        env.get_doctree = lambda name: _with_text(read(name), page) if name == page else read(name)
        try:
            tree: nodes.document = assemble(page, toctree_only=False, appendices=appendices)
        finally:
            del env.get_doctree
        return tree

    builder.assemble_doctree = assemble_with_text


def _with_text(tree: nodes.document, page: str) -> nodes.document:
    """Return what Sphinx begins with: a title that nobody sees, the page's text as a page, its lists."""
    lists = list(tree.findall(addnodes.toctree))
    for listed in lists:
        wrapper = listed.parent
        (wrapper if isinstance(wrapper, nodes.compound) else listed).parent.remove(
            wrapper if isinstance(wrapper, nodes.compound) else listed
        )
    begun = new_document("<latex output>")
    section = nodes.section("", nodes.title("", page))
    begun += section
    if any(_has_text(child) for child in tree.children):
        text = addnodes.start_of_file(docname=page)
        text += tree.children
        for inner in text.findall(nodes.section):
            inner["docname"] = page
        section += text
    section += lists
    return begun


def _has_text(node: nodes.Node) -> bool:
    """Say whether there is anything to read but a title."""
    if isinstance(node, nodes.section):
        return any(_has_text(child) for child in node.children[1:])
    return not isinstance(node, nodes.Invisible | nodes.comment | nodes.target)


def setup(app: Sphinx) -> None:
    """Let a book say whether it is printed."""
    app.add_config_value(PRINTED, None, "", (bool, type(None)))
