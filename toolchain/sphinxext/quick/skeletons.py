"""What is numbered on each page is kept beside the tables of contents; Sphinx would read the page's whole tree for it.

It does so for each reference by number, and for all pages whenever one has been read again. A skeleton of a tree has its
sections, toctrees and whatever else carries a number, in their order and in each other, and nothing within these. The skeletons of
a large book are pickles until one is looked at: as objects they would be half of what each process that reads or writes pages holds.
"""

import pickle
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.domains import Domain
from sphinx.domains.std import StandardDomain
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors import EnvironmentCollector
from sphinx.environment.collectors.toctree import TocTreeCollector
from sphinx.util.nodes import clean_astext

from toolchain.sphinxext.quick.replacing import replace

SKELETONS = "toolchain_skeletons"
"""Attribute of Sphinx's environment: page name to the skeleton of that page's tree, pickled."""
AT_ONCE = 64
"""So many are kept as objects: references by number lead to a few pages, most of them near by."""
TITLES = (nodes.caption, nodes.title, nodes.literal_block)
"""What a domain looks at directly below a node to know whether, and as what, it is numbered."""
UNNUMBERED = nodes.inline()
"""Stands for each node that cannot be referred to by number."""


class Skeleton(nodes.Element):
    """The skeleton of a page's tree."""

    ids: dict[str, nodes.Element]
    """As the document's: what is numbered is as it was, apart from what is in it."""


class _Reading:
    """The environment with the skeletons of pages in the place of their trees."""

    def __init__(self, env: BuildEnvironment) -> None:
        self.__dict__["_env"] = env

    def __getattr__(self, name: str) -> Any:
        return getattr(self._env, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._env, name, value)

    def get_doctree(self, page: str) -> Any:
        """Return a page's skeleton; its tree if there is none."""
        return of_page(self._env, page) or self._env.get_doctree(page)


def of_page(env: BuildEnvironment, page: str) -> Skeleton | None:
    """Return the skeleton of a page; None if there is none. Nobody changes it."""
    pickled = _kept(env).get(page)
    return _unpickled(pickled) if pickled is not None else None


@lru_cache(maxsize=AT_ONCE)
def _unpickled(pickled: bytes) -> Skeleton:
    bones: Skeleton = pickle.loads(pickled)  # noqa: S301 - as the environment that it is in
    return bones


def skeleton(env: BuildEnvironment, tree: nodes.document) -> Skeleton | None:
    """Return the skeleton of a tree; None if an extension numbers something by more than its class."""
    if any(
        type(domain).get_enumerable_node_type
        not in (Domain.get_enumerable_node_type, StandardDomain.get_enumerable_node_type)
        for domain in env.domains.sorted()
    ):
        return None
    numbered = {kind: how for domain in env.domains.sorted() for kind, how in domain.enumerable_nodes.items()}
    by_title = {kind for kind, (_, title) in numbered.items() if title is not None}
    if by_title and any(node.__class__ in by_title for node in tree.findall(nodes.Element)):
        return None
    bones = Skeleton()
    bones.extend(_bones(tree, frozenset(numbered)))
    bones.ids = {
        identifier: _bare(node) if _is_numbered(node, frozenset(numbered)) else UNNUMBERED
        for identifier, node in tree.ids.items()
    }
    return bones


def _is_numbered(node: nodes.Element, kinds: frozenset[type[nodes.Node]]) -> bool:
    return isinstance(node, nodes.section | nodes.container) or node.__class__ in kinds


def _bones(node: nodes.Element, kinds: frozenset[type[nodes.Node]]) -> Iterator[nodes.Element]:
    for child in node.children:
        if not isinstance(child, nodes.Element):
            continue
        if isinstance(child, addnodes.toctree):
            yield child.copy()
        elif isinstance(child, nodes.section) or (child["ids"] and _is_numbered(child, kinds)):
            bare = _bare(child)
            bare.extend(_bones(child, kinds))
            yield bare
        elif child.children:
            yield from _bones(child, kinds)


def _bare(node: nodes.Element) -> nodes.Element:
    copy = node.copy()
    copy.rawsource = ""
    for child in node.children:
        if isinstance(child, TITLES):
            title = child.copy()
            title.rawsource = ""
            if not isinstance(child, nodes.literal_block):
                title.append(nodes.Text(clean_astext(child)))
            copy.append(title)
    return copy


class _Keeper(EnvironmentCollector):
    """Forgets skeletons with their pages, and takes over those of pages that another process has read."""

    def clear_doc(self, _app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        _kept(env).pop(docname, None)

    def merge_other(
        self, _app: Sphinx, env: BuildEnvironment, docnames: AbstractSet[str], other: BuildEnvironment
    ) -> None:
        theirs = _kept(other)
        _kept(env).update({page: theirs[page] for page in docnames if page in theirs})

    def process_doc(self, _app: Sphinx, doctree: nodes.document) -> None:
        """Do nothing: the tree is not yet as it will be kept."""


def _kept(env: BuildEnvironment) -> dict[str, bytes]:
    if not hasattr(env, SKELETONS):
        setattr(env, SKELETONS, {})
    kept: dict[str, bytes] = getattr(env, SKELETONS)
    return kept


def _with_skeleton(write: Callable[..., None]) -> Callable[..., None]:
    def write_doctree(builder: Builder, docname: str, doctree: nodes.document, **options: Any) -> None:
        bones = skeleton(builder.env, doctree)
        if bones is not None:
            _kept(builder.env)[docname] = pickle.dumps(bones, pickle.HIGHEST_PROTOCOL)
        write(builder, docname, doctree, **options)

    return write_doctree


def _reading(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method whose first argument is the environment, so that it reads skeletons."""

    def of_skeletons(self: Any, env: BuildEnvironment, *arguments: Any) -> Any:
        return function(self, _Reading(env), *arguments)

    return of_skeletons


def setup(app: Sphinx) -> None:
    """Keep the skeleton of each tree that is kept, and read it where only numbers matter."""
    app.add_env_collector(_Keeper)
    replace(Builder, "write_doctree", _with_skeleton)
    replace(StandardDomain, "_resolve_numref_xref", _reading)
    replace(TocTreeCollector, "assign_figure_numbers", _reading)
    replace(TocTreeCollector, "assign_section_numbers", _reading)
