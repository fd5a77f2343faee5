"""The contents beside a page are without the headings that recur on every page, such as Summary and Exercises."""

from collections.abc import Callable
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import html
from sphinx.environment import BuildEnvironment

from toolchain.sources.numbering import recurs
from toolchain.sphinxext.numbering import RECURRING
from toolchain.sphinxext.quick.replacing import replace


def _without_recurring(document_toc: Callable[..., nodes.Node]) -> Callable[..., nodes.Node]:
    def contents(env: BuildEnvironment, page: str, *arguments: Any) -> nodes.Node:
        toc = document_toc(env, page, *arguments)  # a copy of what the environment has
        recurring = env.config[RECURRING]
        for item in list(toc.findall(nodes.list_item)) if recurring else ():
            entry = next(iter(item.findall(nodes.reference)), None)
            inner = item.parent is not None and isinstance(item.parent.parent, nodes.list_item)
            if inner and entry is not None and recurs(entry.astext(), recurring):
                _remove(item)
        return toc

    return contents


def _remove(item: nodes.Element) -> None:
    """Remove an entry, and the list that has no other."""
    of_list = item.parent
    of_list.remove(item)
    if not of_list.children:
        of_list.parent.remove(of_list)


def setup(_app: Sphinx) -> None:
    """Take the place of what Sphinx makes of the headings of a page."""
    replace(html, "document_toc", _without_recurring)
