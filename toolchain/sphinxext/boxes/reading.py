"""Boxes as their page is read: each has places that nothing else on the page has, and is remembered by them."""

from collections.abc import Iterator

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from toolchain.sphinxext.boxes.box import BOX, BOXES, PROOFS, Box, box_of, has_boxes, is_alone, is_box, is_of
from toolchain.sphinxext.of_env import application
from toolchain.sphinxext.placing import put

LOGGER = logging.getLogger(__name__)
BEFORE_MYST_RESOLVES = 870
"""When all ids are given, and links to `#label` lead nowhere yet."""


class ReadBoxes(SphinxTransform):
    """Takes down the boxes of a page."""

    default_priority = BEFORE_MYST_RESOLVES

    def apply(self, **_options: object) -> None:
        """Look at every box, in the order of the page."""
        page = self.env.current_document.docname
        found: list[Box] = []
        seen: set[str] = set()
        elements = self.document.findall(nodes.Element) if has_boxes(application(self.env)) else ()
        for node in [node for node in elements if is_box(node)]:
            if is_alone(node):
                for proof in node.children:
                    if isinstance(proof, nodes.Element):
                        _keep_first(proof, seen)
                put(node.children, node)
                continue
            self._take_place(node)
            node[BOX] = (page, node["ids"][0])
            found.append(box_of(node, self.env, page))
        if found:
            setattr(self.env, BOXES, getattr(self.env, BOXES, {}) | {page: tuple(found)})
            self._link_to(found)
        self._open_sections()

    def _take_place(self, node: nodes.Element) -> None:
        """Give a box another id if its own is somebody else's: extensions take a label for an id as it is."""
        for number, identifier in enumerate(node["ids"]):
            other = next(self._others(identifier, node), None)
            if other is None:
                continue
            if not (
                is_of(PROOFS, node) and is_of(PROOFS, other)
            ):  # of two of its own sphinx-proof says so itself
                LOGGER.warning(
                    "duplicate id of label %s and %s",
                    identifier,
                    _what(other),
                    location=node,
                    type="toolchain",
                    subtype="same_id",
                )
            node["ids"][number] = f"{identifier}-{'-'.join(node['classes'][-1:])}"

    def _others(self, identifier: str, node: nodes.Element) -> Iterator[nodes.Element]:
        """Yield what else on the page has an id, but for the heading of the box itself and boxes whose turn is not yet."""
        for other in self.document.findall(nodes.Element):
            is_to_come = is_box(other) and BOX not in other
            if (
                identifier in other["ids"]
                and other is not node
                and other.parent is not node
                and not is_to_come
            ):
                yield other

    def _link_to(self, found: list[Box]) -> None:
        """Have links without words to `#label` say the name of the box; MyST would take the words of its title as they are."""
        labels = {box.label.lower(): box for box in found}
        for node in list(self.document.findall(nodes.reference)):
            box = labels.get(str(node.get("refuri", ""))[1:].lower()) if node.get("id_link") else None
            if box is not None and not node.children:
                pending = addnodes.pending_xref(
                    "",
                    nodes.inline("", "", classes=["xref", "std", "std-ref"]),
                    refdomain="std",
                    reftype="ref",
                    reftarget=box.label,
                    refexplicit=False,
                    refdoc=box.page,
                    refwarn=True,
                )
                pending.source, pending.line = node.source, node.line
                node.replace_self(pending)

    def _open_sections(self) -> None:
        """Make containers of sections without a title: they begin nothing, and all of them have the same id."""
        seen: set[str] = set()
        for section in list(self.document.findall(nodes.section)):
            if any(isinstance(child, nodes.title) for child in section.children):
                continue
            _keep_first(section, seen)
            content = nodes.container("", is_div=True, ids=section["ids"], classes=section["classes"])
            content += section.children
            section.replace_self(content)


def _keep_first(node: nodes.Element, seen: set[str]) -> None:
    """Leave a node only those of its ids that none before it has."""
    node["ids"] = [identifier for identifier in node["ids"] if identifier not in seen]
    seen.update(node["ids"])


def _what(node: nodes.Element) -> str:
    """Name what has an id, with its line."""
    title = next((child for child in node.children if isinstance(child, nodes.title)), None)
    heading = title is not None and isinstance(node, nodes.section)
    words = (
        f"of heading “{' '.join(title.astext().split())}”" if heading and title is not None else "of another"
    )
    line = node.line or (title.line if title is not None else None)
    return f"{words}, line {line}" if line else words


def _forget(_app: Sphinx, env: BuildEnvironment, page: str) -> None:
    getattr(env, BOXES, {}).pop(page, None)


def setup(app: Sphinx) -> None:
    """Look while a page is read."""
    app.add_transform(ReadBoxes)
    app.connect("env-purge-doc", _forget)
