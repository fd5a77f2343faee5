"""HTML that stands in the text, in notebooks: as it is where every front end shows it, else what such a front end would show.

Front ends take scripts, films and styles out of it each in their own way; what is hidden on the site would be seen in some.
"""

import re
from typing import Any

from docutils import nodes
from lxml import etree
from lxml import html as lxml_html
from lxml.html import HtmlElement
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from toolchain.sphinxext import typed_html
from toolchain.sphinxext.notebook_text import raw
from toolchain.sphinxext.printed import markup
from toolchain.sphinxext.printed.html.flow import FRAMED, LIFELESS, LIVELY
from toolchain.sphinxext.printed.html.styles import CODE, KEPT, SILENT

LINK = re.compile(r"https?://\S+")
PREFORMATTED = re.compile(r"<pre\b|white-space")
EMPTY_LINES = re.compile(r"\n[ \t]*(?=\n)")
"""What would end HTML in Markdown."""

logger = logging.getLogger(__name__)


class CleanTypedHtml(SphinxPostTransform):
    """Writes HTML anew of which some front ends would show something else."""

    default_priority = 6  # after MyST-NB has pasted what other pages' cells have put out

    def run(self, **_: Any) -> None:
        """Look at each line and each block that has some in it, but not at outputs: Jupyter shows these itself."""
        for node in self.document.findall(nodes.raw):
            if typed_html.is_pasted(node):
                node[typed_html.TYPED] = True  # the text asks for it
        for parent in typed_html.parents(self.document):
            if not _is_output(parent):
                _clean(parent)


def _is_output(node: nodes.Node) -> bool:
    at: nodes.Node | None = node
    while at is not None and not (
        isinstance(at, nodes.Element) and at.get("nb_element") == "cell_code_output"
    ):
        at = at.parent
    return at is not None


def _clean(parent: nodes.Element) -> None:
    """Write the pieces of HTML in a node anew, if that changes what is seen of them."""
    children = list(parent.children)
    pieces = typed_html.pieces(children)
    read, before = markup.read_pieces(children), markup.read(typed_html.with_holes(children), settled=False)
    root = read.root
    if root is None or before is None:
        return
    for element in root.iter(etree.Element):
        element.attrib.pop(KEPT, None)
        element.attrib.pop(CODE, None)
    same = etree.tostring(root) == etree.tostring(before)
    pasted = any(map(typed_html.is_pasted, pieces))
    if same and not pasted and all(raw.is_harmless(piece.astext()) for piece in pieces):
        return
    if read.unclosed is not None:
        _say(typed_html.UNCLOSED, read.unclosed)
    for name in _hold_to_words(root):
        _say(f"notebooks have nothing of <{name}>", typed_html.piece_with(pieces, name))
    parts = typed_html.HOLES.split(markup.inside(root))
    parent[:] = [
        children[int(part)] if number % 2 else typed_html.piece(_without_gaps(part), pieces[0])
        for number, part in enumerate(parts)
        if number % 2 or part
    ]


def _without_gaps(text: str) -> str:
    """Return HTML without empty lines, which would end it in Markdown; where they count they are written in another way."""
    return EMPTY_LINES.sub("&#10;" if PREFORMATTED.search(text) else "", text)


def _say(message: str, piece: nodes.Node) -> None:
    logger.warning("%s", message, type="toolchain", subtype="html_in_notebooks", location=piece)


def _hold_to_words(root: HtmlElement) -> list[str]:
    """Take out of HTML what no front end shows; return the names of elements of which nothing is left."""
    left_out: list[str] = []
    for element in list(root.iter()):
        if not isinstance(element.tag, str) or element.tag in SILENT:
            if element.getparent() is not None:
                element.drop_tree()
        elif element is not root:
            for name in [name for name, value in element.attrib.items() if not raw.may_have(name, value)]:
                del element.attrib[name]
            if element.tag in LIVELY | LIFELESS:
                left_out += _replace(element)
            elif element.tag not in raw.HARMLESS:
                element.drop_tag()
    return left_out


def _replace(element: HtmlElement) -> list[str]:
    """Put in the place of what is no text its words, or a link to it; return its name if there is nothing."""
    if element.tag == "img" and "src" in element.attrib:
        return []
    instead = _instead(element)
    if instead is None:
        element.drop_tree()
        return [str(element.tag)]
    instead.tail = element.tail
    element.getparent().replace(element, instead)
    return []


def _instead(element: HtmlElement) -> HtmlElement | None:
    """Return the words for those who cannot see an element, or a link to what it shows; None if there is neither."""
    if element.tag in LIFELESS:
        return None
    inner = (element.text or "") if element.tag in FRAMED else markup.inside(element)
    if (words := markup.read(inner)) is not None and words.text_content().strip():
        _hold_to_words(words)
        return words
    places = (element, *element.iter("source"))
    addresses = (place.get(name, "").strip() for place in places for name in ("src", "data"))
    address = next((address for address in addresses if LINK.fullmatch(address)), "")
    if not address:
        return None
    link = lxml_html.Element("a", href=address)
    link.text = element.get("title") or address
    return link


def setup(app: Sphinx, builder: str) -> None:
    """Do so while the builder of that name writes notebooks."""
    CleanTypedHtml.builders = (builder,)
    app.add_post_transform(CleanTypedHtml)
