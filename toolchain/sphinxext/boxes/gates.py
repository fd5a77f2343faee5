"""Exercises and solutions between a beginning and an end: where one of them is missing, its page is read nonetheless.

sphinx-exercise ends the whole build instead, without a line, and in later builds remembers what has been mended.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from toolchain.sphinxext.boxes.box import EXERCISES, STARTS, is_box
from toolchain.sphinxext.of_env import application

LOGGER = logging.getLogger(__name__)
AFTER_THE_MERGE = 11
REGISTRY = "sphinx_exercise_gated_registry"
ITS_CHECK = "CheckGatedDirectives"
END = "-end"


class Gates(SphinxTransform):
    """Warns of each beginning without an end and each end without a beginning; the one is a box, the other nothing."""

    default_priority = AFTER_THE_MERGE

    def apply(self, **_options: object) -> None:
        """Look at what is left when beginnings and ends have been put together."""
        if EXERCISES not in application(self.env).extensions:
            return
        for node in [node for node in self.document.findall(nodes.Element) if is_box(node)]:
            kind = str(node.get("type", ""))
            if kind.endswith(STARTS):
                self._warn(node, kind, f"{{{kind.removesuffix(STARTS)}{END}}}")
                node["type"] = kind.removesuffix(STARTS)
                node["classes"] = [name.removesuffix(STARTS) for name in node["classes"]]
            elif not node.children:
                kind = type(node).__name__.removesuffix("_end_node")
                self._warn(node, kind + END, f"{{{kind}{STARTS}}}")
                node.parent.remove(node)

    def _warn(self, node: nodes.Element, kind: str, lacking: str) -> None:
        # Of what was parsed apart a node knows no file.
        place = (self.env.current_document.docname, node.line)
        LOGGER.warning(
            "{%s} without its %s: between them there may be no other of their kind and no heading of the page",
            kind,
            lacking,
            location=place,
            type="toolchain",
            subtype="gate",
        )


class Placed(SphinxTransform):
    """Gives each beginning and end its line, which the extension does not, before they are put together."""

    default_priority = 0

    def apply(self, **_options: object) -> None:
        """Take the lines that the extension has written down, in their order."""
        if EXERCISES not in application(self.env).extensions:
            return
        registry = getattr(self.env, REGISTRY, {}).get(self.env.current_document.docname, {})
        lines = {kind: iter(registry.get(kind, ())) for kind in ("start", "end")}
        for node in self.document.findall(nodes.Element):
            if is_box(node) and node.line is None:
                is_start = str(node.get("type", "")).endswith(STARTS)
                is_end = not node.children
                node.line = next(lines["start" if is_start else "end"], None) if is_start or is_end else None


def _forget(_app: Sphinx, env: BuildEnvironment, page: str) -> None:
    """Forget what is known of a page: the extension itself adds to it each time that the page is read."""
    getattr(env, REGISTRY, {}).pop(page, None)


def _without_its_check(app: Sphinx) -> None:
    if EXERCISES in app.extensions:
        transforms = app.registry.transforms
        transforms[:] = [kind for kind in transforms if kind.__name__ != ITS_CHECK]


def setup(app: Sphinx) -> None:
    """Look while a page is read."""
    app.connect("builder-inited", _without_its_check)
    app.connect("env-purge-doc", _forget)
    app.add_transform(Placed)
    app.add_transform(Gates)
