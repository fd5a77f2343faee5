"""HTML that a cell has put out, as nodes that every writer knows: tables, words, and the picture in it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape

from docutils import nodes
from lxml import etree
from lxml import html as lxml_html
from lxml.html import HtmlElement
from msgspec import Struct

from toolchain.sphinxext import typed_html
from toolchain.sphinxext.printed.html.flow import FRAMED, LIFELESS, PICTURE, Flow, Source
from toolchain.sphinxext.printed.html.styles import SILENT, settle
from toolchain.sphinxext.typed_html import HOLES, UNWRITABLE

WORDLESS = SILENT | LIFELESS | FRAMED


class Pieces(Struct, frozen=True):
    """HTML that has been read in pieces."""

    root: HtmlElement | None
    """None if it is none."""
    unclosed: nodes.Node | None = None
    """The piece that begins to hide something, and none ends it."""


def parse(text: str) -> HtmlElement | None:
    """Read HTML, and take out of it what its styles hide; None if it is none."""
    return read(UNWRITABLE.sub("", text))


def read(text: str, *, settled: bool = True) -> HtmlElement | None:
    """Read HTML in which holes may be; unless it is `settled`, what is hidden stays."""
    try:
        root = lxml_html.fragment_fromstring(text, create_parent="div")
    except (etree.ParserError, AssertionError):  # a document that is empty, or has no body
        return None
    if settled:
        settle(root)
    return root


def read_pieces(children: Sequence[nodes.Node]) -> Pieces:
    """Read the pieces of HTML among the children of a node, and holes for the others.

    Where a piece begins to hide something and none ends it, each is read by itself, so that nothing but its own is hidden.
    """
    end = typed_html.HOLE.format(len(children))
    text = typed_html.with_holes(children)
    if _is_shown(text, end):
        return Pieces(read(text))
    at = max(n for n in range(len(children)) if _is_shown(typed_html.with_holes(children[:n]), end))
    each = [
        inside(root) if typed_html.is_typed(child) and (root := read(part)) is not None else part
        for child, part in zip(children, typed_html.parts_with_holes(children), strict=True)
    ]
    return Pieces(read("".join(each)), unclosed=children[at])


def _is_shown(text: str, end: str) -> bool:
    """Say whether what stands after HTML is shown."""
    root = read(text + end)
    return root is not None and end in "".join(_texts(root))


def inside(root: HtmlElement) -> str:
    """Return the HTML in an element."""
    children = (etree.tostring(child, encoding="unicode", method="html") for child in root)
    return escape(root.text or "", quote=False) + "".join(children)


def pictures(root: HtmlElement) -> list[str]:
    """Return the addresses of pictures that are written into HTML; a film's is what stands for it."""
    addresses = root.xpath("//img/@src | //video/@poster")
    return [address.strip() for address in addresses if PICTURE.fullmatch(address.strip())]


def is_seen(root: HtmlElement) -> bool:
    """Say whether this HTML shows anything on a page."""
    return any(
        element is not root and element.tag not in {*SILENT, "link", "meta"}
        for element in root.iter(etree.Element)
    )


def blocks(root: HtmlElement, *, lenient: bool = False) -> list[nodes.Element]:
    """Return the paragraphs, lists, tables and pictures that say all that HTML shows; nothing if these cannot say it.

    A table without proper rows and columns cannot be said either, unless it is read leniently: then it comes as it can.
    """
    source = Source(classes=("output",), lenient=lenient)
    try:
        found = Flow(source).of(root).ended()
    except ValueError:
        return []
    return [] if source.left_out or lost(root, found) else found


def lost(root: HtmlElement, found: Sequence[nodes.Node]) -> str:
    """Return the letters of HTML that are not in what was made of it, but for what only browsers show."""
    shown = Counter("".join(node.astext() for node in found))
    seen = Counter("".join(HOLES.sub("", "".join(_texts(root))).split()))
    return "".join((seen - shown).elements())


def _texts(element: HtmlElement) -> Iterator[str]:
    """Yield the texts of an element that are words for everybody."""
    replaced = PICTURE.fullmatch(element.get("poster", "").strip()) if isinstance(element.tag, str) else None
    if isinstance(element.tag, str) and element.tag not in WORDLESS and not replaced:
        yield element.text or ""
        for child in element:
            yield from _texts(child)
            yield child.tail or ""
