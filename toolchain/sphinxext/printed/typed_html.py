"""HTML that stands in the text, in print: set by the same means as that of outputs, with what is between its pieces in it."""

from collections.abc import Sequence
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from toolchain.sphinxext import typed_html
from toolchain.sphinxext.printed import markup
from toolchain.sphinxext.printed.html.flow import DEEPEST, Flow, Source
from toolchain.sphinxext.printed.html.marks import LineBreak
from toolchain.sphinxext.printed.tree import inside

UNBROKEN = nodes.title | nodes.caption | nodes.term | nodes.rubric | nodes.attribution
"""Lines that do not end before they end."""
LEVELS = nodes.bullet_list | nodes.enumerated_list | nodes.block_quote | nodes.definition_list
MOST = 40
"""Letters of which it is said that they are lost."""

logger = logging.getLogger(__name__)


class SetTypedHtml(SphinxPostTransform):
    """Makes nodes of HTML in the text, once those of outputs are chosen: Markdown that a cell puts out may have some too."""

    default_priority = 4
    builders = ("latex",)

    def run(self, **_: Any) -> None:
        """Look at each line and each block that has some in it."""
        for parent in typed_html.parents(self.document):
            _set(parent)


def _set(parent: nodes.Element) -> None:
    """Put in the place of pieces of HTML, and of what is between them, what they make of it."""
    is_line = isinstance(parent, nodes.TextElement)
    typed = [number for number, child in enumerate(parent.children) if typed_html.is_typed(child)]
    part = slice(0, len(parent)) if is_line else slice(typed[0], typed[-1] + 1)
    children = parent.children[part]
    source = Source(holes=children, within_line=is_line, lenient=True, typed=True)
    flow = Flow(source, _room(parent))
    read = markup.read_pieces(children)
    if read.root is not None:
        flow.of(read.root)
    if isinstance(parent, nodes.paragraph):
        new: Sequence[nodes.Node] = flow.ended()
        _replace(parent, new)
    elif is_line:
        new = parent[:] = flow.line()
        _keep_in_a_line(parent)
    else:
        new = parent[part] = flow.ended()
    pieces = typed_html.pieces(children)
    for name in source.left_out:
        _say(f"print has nothing of <{name}>", pieces, name)
    if read.unclosed is not None:
        _say(typed_html.UNCLOSED, [read.unclosed], "")
    if read.root is not None and (letters := markup.lost(read.root, new)):
        _say(f"print lacks letters of this HTML: {letters[:MOST]!r}", pieces, "")


def _replace(paragraph: nodes.paragraph, blocks: Sequence[nodes.Node]) -> None:
    """Put blocks in the place of a paragraph; a paragraph stays the same."""
    if len(blocks) == 1 and isinstance(blocks[0], nodes.paragraph):
        paragraph[:] = blocks[0].children
        return
    for block in blocks:
        if isinstance(block, nodes.Element) and block.line is None:
            block.source, block.line = paragraph.source, paragraph.line
    if blocks:
        paragraph.replace_self(list(blocks))
    else:
        paragraph.parent.remove(paragraph)


def _keep_in_a_line(parent: nodes.Element) -> None:
    """Let no line end in a heading and its like."""
    if isinstance(parent, UNBROKEN) or inside(parent, UNBROKEN):
        for line_break in list(parent.findall(LineBreak)):
            line_break.parent.replace(line_break, nodes.Text(" "))


def _room(node: nodes.Node) -> int:
    """Return how many lists more there may be in each other."""
    room = DEEPEST
    while node.parent is not None:
        if isinstance(node, nodes.entry):
            return 0
        room -= isinstance(node, LEVELS)
        node = node.parent
    return max(room, 0)


def _say(message: str, pieces: Sequence[nodes.Node], name: str) -> None:
    """Warn at the first piece that has an element's mark, by its name."""
    at = typed_html.piece_with(pieces, name)
    logger.warning("%s", message, type="toolchain", subtype="unprinted_html", location=at)


def setup(app: Sphinx) -> None:
    """Do so while the book is written."""
    app.add_post_transform(SetTypedHtml)
