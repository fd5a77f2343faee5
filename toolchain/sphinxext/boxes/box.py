"""What is known of a box, from the node that its extension has made of it."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.locale import get_translation

BOXES = "toolchain_boxes"
"""Attribute of Sphinx's environment: page name to the boxes of that page, in their order."""
BOX = "box"
"""Attribute of the node of a box, and of the admonition that it becomes: the page and the place in it."""
EXERCISES, PROOFS = "sphinx_exercise", "sphinx_proof"
STARTS = "-start"
ALONE = "proof_node"
"""What sphinx-proof calls a proof, which has neither a title nor a number."""

Place = tuple[str, str]
"""A page, and an id on it."""


class Box(msgspec.Struct, frozen=True):
    """A box."""

    page: str
    ids: tuple[str, ...]
    """Its places on the page."""
    label: str
    """What the extension knows it by; one that nobody has typed is the extension's own."""
    typed: bool
    """Whether somebody has typed the label."""
    word: str
    """What it is called, such as `Exercise`."""
    kind: str = ""
    """What counts it; empty if it has no number."""
    title: tuple[nodes.Node, ...] = ()
    """What follows the word and the number: the name that its author has given it, in brackets."""
    of: str | None = None
    """The label of the exercise that it solves; None if it is no solution."""
    line: int | None = None


def has_boxes(app: Sphinx) -> bool:
    """Say whether a book has an extension that makes boxes."""
    return EXERCISES in app.extensions or PROOFS in app.extensions


def is_box(node: nodes.Node) -> bool:
    """Say whether a node is one that an extension has for a box."""
    return isinstance(node, nodes.Admonition) and (is_of(EXERCISES, node) or is_of(PROOFS, node))


def is_alone(node: nodes.Node) -> bool:
    """Say whether a node is a proof, of which nothing is to be known."""
    return is_of(PROOFS, node) and type(node).__name__ == ALONE


def boxes_by_place(env: BuildEnvironment, page: str) -> dict[Place | None, Box]:
    """Return the boxes of a page by what their nodes have as `BOX`."""
    return {(box.page, box.ids[0]): box for box in boxes(env, page)}


def is_of(package: str, node: nodes.Node) -> bool:
    """Say whether an extension has made a node."""
    return type(node).__module__.partition(".")[0] == package


def box_of(node: nodes.Element, env: BuildEnvironment, page: str) -> Box:
    """Return what is known of the box of a node."""
    return _exercise(node, env, page) if is_of(EXERCISES, node) else _proof(node, env, page)


def boxes(env: BuildEnvironment, page: str | None = None) -> Iterator[Box]:
    """Yield the boxes of a page, or of all pages."""
    by_page: dict[str, tuple[Box, ...]] = getattr(env, BOXES, {})
    for name in sorted(env.found_docs & by_page.keys()) if page is None else [page]:
        yield from by_page.get(name, ())


def _exercise(node: nodes.Element, env: BuildEnvironment, page: str) -> Box:
    label, title = str(node["label"]), node.children[0]
    kind = str(node["type"]).removesuffix(STARTS)
    # The title is a word and, within a node of its own, what the author calls the exercise.
    word, *named = title.children if isinstance(title, nodes.Element) else [nodes.Text(str(node["title"]))]
    words = [child for part in named if isinstance(part, nodes.Element) for child in part.children]
    is_numbered = env.domains.standard_domain.get_enumerable_node_type(node) is not None
    return Box(
        page=page,
        ids=tuple(node["ids"]),
        label=label,
        typed=label != f"{page}-{kind}-{node['serial_number']}",
        word=word.astext(),
        kind=kind if is_numbered else "",
        title=(nodes.Text(" ("), *(child.deepcopy() for child in words), nodes.Text(")")) if words else (),
        of=node.get("target_label"),
        line=node.line,
    )


def _proof(node: nodes.Element, env: BuildEnvironment, page: str) -> Box:
    label, kind, counted = (str(node.get(name, "")) for name in ("label", "realtype", "countertype"))
    is_numbered = env.domains.standard_domain.get_enumerable_node_type(node) is not None
    title: Any = node.children[0]
    return Box(
        page=page,
        ids=tuple(node["ids"]),
        label=label,
        typed=not re.fullmatch(rf"{re.escape(kind)}-\d+", label),
        word=get_translation("proof")(kind.title()),
        kind=counted if is_numbered else "",
        title=tuple(child.deepcopy() for child in title.children),
        line=node.line,
    )
