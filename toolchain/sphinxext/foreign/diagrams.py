"""Diagrams that are written as code. Jupyter draws Mermaid's, as the site does; whatever else needs a program, or shows the code."""

import hashlib
import shlex
import shutil
from typing import Any

from docutils import nodes
from msgspec import Struct
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from toolchain.sphinxext.notebook_text.builder import NAME
from toolchain.sphinxext.of_env import application

LOGGER = logging.getLogger(__name__)
ZOOM = "zoom_id"
LATE = 790
"""When a page has been read, before anybody looks for the names of what can be made large."""


class Drawer(Struct, frozen=True):
    """An extension whose nodes are the code of diagrams, and the program that makes pictures of them."""

    module: str
    language: str
    command: str
    """Option of Sphinx that names the program."""
    subtype: str
    """Of the warning that it is not there."""
    needed_by_site: bool
    """Whether the site has nothing but the program to draw them, as print has."""


MERMAID = Drawer("sphinxcontrib.mermaid", "mermaid", "mermaid_cmd", "diagram", needed_by_site=False)
GRAPHVIZ = Drawer("sphinx.ext.graphviz", "dot", "graphviz_dot", "graph", needed_by_site=True)


class CodeOfDiagrams(SphinxPostTransform):
    """Puts its code in the place of a diagram that nobody draws."""

    default_priority = 210

    def run(self, **_options: Any) -> None:
        """Look at each diagram; where a program draws it, it is left to its extension."""
        site = isinstance(application(self.env).builder, StandaloneHTMLBuilder)
        notebooks = application(self.env).builder.format == NAME
        for node in list(self.document.findall(nodes.Element)):
            drawer = _drawer(node)
            if drawer is None or (site and not drawer.needed_by_site):
                continue
            if not notebooks:
                if _is_there(application(self.env).config, drawer.command):
                    continue
                LOGGER.warning(
                    "the code of a diagram is shown: %s is not installed",
                    self.config[drawer.command],
                    location=_placed(node),
                    type="toolchain",
                    subtype=drawer.subtype,
                )
            code = str(node["code"])
            block = nodes.literal_block(code, code, language=drawer.language if notebooks else "none")
            block.source, block.line = node.source, node.line
            node.replace_self(block)


def _drawer(node: nodes.Element) -> Drawer | None:
    module = type(node).__module__
    return next((one for one in (MERMAID, GRAPHVIZ) if module == one.module and "code" in node), None)


def _is_there(config: Any, option: str) -> bool:
    command = getattr(config, option, "")
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
    found = (node for node in tree.findall(nodes.Element) if _drawer(node) and ZOOM in node)
    for number, node in enumerate(found):
        words = f"{app.env.current_document.docname} {number}"
        node[ZOOM] = f"id-{hashlib.sha256(words.encode()).hexdigest()[:16]}"


def setup(app: Sphinx) -> None:
    """Look at diagrams as a page is read, and as it is written."""
    app.connect("doctree-read", _name_alike, priority=LATE)
    app.add_post_transform(CodeOfDiagrams)
