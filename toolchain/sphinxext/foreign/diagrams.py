"""Diagrams of Mermaid: Jupyter draws them from their code, as the site does; print needs a program, or shows the code."""

import hashlib
import shlex
import shutil
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from toolchain.sphinxext.notebook_text.builder import NAME
from toolchain.sphinxext.of_env import application

LOGGER = logging.getLogger(__name__)
PACKAGE = "sphinxcontrib.mermaid"
LANGUAGE = "mermaid"
COMMAND = "mermaid_cmd"
ZOOM = "zoom_id"
LATE = 790
"""When a page has been read, before anybody looks for the names of what can be made large."""


class CodeOfDiagrams(SphinxPostTransform):
    """Puts its code in the place of a diagram that nobody draws."""

    default_priority = 210
    formats = ("latex", NAME)

    def run(self, **_options: Any) -> None:
        """Look at each diagram; print has it drawn where Mermaid's program is."""
        is_print = application(self.env).builder.format == "latex"
        if is_print and _is_there(application(self.env).config):
            return
        for node in [node for node in self.document.findall(nodes.Element) if _is_diagram(node)]:
            if is_print:
                LOGGER.warning(
                    "print shows the code of a diagram: %s is not installed",
                    self.config[COMMAND],
                    location=_placed(node),
                    type="toolchain",
                    subtype="diagram",
                )
            code = str(node["code"])
            block = nodes.literal_block(code, code, language="none" if is_print else LANGUAGE)
            block.source, block.line = node.source, node.line
            node.replace_self(block)


def _is_diagram(node: nodes.Element) -> bool:
    return type(node).__module__ == PACKAGE and "code" in node


def _is_there(config: Any) -> bool:
    command = getattr(config, COMMAND, "")
    words = shlex.split(command) if isinstance(command, str) else list(command)
    return bool(words) and shutil.which(words[0]) is not None


def _placed(node: nodes.Element) -> nodes.Element:
    """Return the node, or what is around it, that knows its line."""
    at: nodes.Element | None = node
    while at is not None and not at.line:
        at = at.parent
    return node if at is None else at


def _name_alike(app: Sphinx, tree: nodes.document) -> None:
    """Name what can be made large by its place: the extension draws a name each time."""
    found = (node for node in tree.findall(nodes.Element) if _is_diagram(node) and ZOOM in node)
    for number, node in enumerate(found):
        words = f"{app.env.current_document.docname} {number}"
        node[ZOOM] = f"id-{hashlib.sha256(words.encode()).hexdigest()[:16]}"


def setup(app: Sphinx) -> None:
    """Look at diagrams as a page is read, and as it is written."""
    app.connect("doctree-read", _name_alike, priority=LATE)
    app.add_post_transform(CodeOfDiagrams)
