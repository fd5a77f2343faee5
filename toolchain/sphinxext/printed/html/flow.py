"""HTML as nodes that every writer knows: its paragraphs, lists, tables and preformatted text, and the words in them."""

import re
from collections.abc import Sequence
from typing import Self

from docutils import nodes
from lxml import etree, html
from lxml.html import HtmlElement
from msgspec import Struct
from sphinx import addnodes

from toolchain.sphinxext.printed.html import lists, tables
from toolchain.sphinxext.printed.html.marks import LineBreak, as_line, formatted, words
from toolchain.sphinxext.printed.html.styles import CODE, KEPT, PREFORMATTED, SILENT, SPACES
from toolchain.sphinxext.typed_html import HOLES

BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "search",
        "section",
        "summary",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
LISTS = frozenset({"ul", "ol", "menu", "dir"})
QUOTES = frozenset({"blockquote", "dd"})
FRAMED = frozenset({"iframe", "noembed", "noframes"})
"""What is between their marks is HTML of its own, for who cannot show them."""
LIFELESS = frozenset({"button", "input", "math", "select", "svg"})
"""What only a browser shows; of its words print makes no sense."""
LIVELY = frozenset({"audio", "canvas", "embed", "img", "object", "video", *FRAMED})
"""What may have words in it for those who cannot show it."""
PICTURE = re.compile(r"data:(?P<kind>image/(?:png|jpeg|gif));base64,(?P<data>[A-Za-z0-9+/=\s]+)")
ELSEWHERE = re.compile(r"https?://", re.IGNORECASE)
DEEPEST = 4
"""Lists and quotes in each other at most: LaTeX has no more."""


class Source(Struct, frozen=True):
    """HTML that is read."""

    holes: Sequence[nodes.Node] = ()
    """The nodes that stand for holes."""
    within_line: bool = False
    """Whether these are parts of a line."""
    classes: tuple[str, ...] = ()
    """Of its tables and preformatted texts."""
    lenient: bool = False
    """Whether a table without proper rows and columns is made the best of; else it is a ValueError."""
    typed: bool = False
    """Whether it is the author's; else it names no other sites."""
    left_out: list[str] = []
    """The names of elements of which print has nothing."""


class Flow:
    """Gathers the blocks of an element."""

    def __init__(self, source: Source, room: int = DEEPEST) -> None:
        """`room` says how many lists may stand in each other here: in a cell of a table, none."""
        self._source = source
        self._room = room
        self._blocks: list[nodes.Element] = []
        self._line: list[nodes.Node] = []

    def of(self, element: HtmlElement) -> Self:
        """Read what is in an element."""
        self.text(element, element.text)
        for child in element:
            self.child(child)
            self.text(element, child.tail)
        return self

    def text(self, element: HtmlElement, text: str | None) -> None:
        """Read a text that is directly in an element."""
        for number, part in enumerate(HOLES.split(text or "")):
            if not number % 2:
                self._line += words(part, element.get(KEPT))
            elif self._source.within_line:
                self._line.append(self._source.holes[int(part)])
            else:
                self.block(self._source.holes[int(part)])

    def block(self, *blocks: nodes.Node) -> None:
        """Add blocks after what there is."""
        self._end_line()
        self._blocks += blocks  # type: ignore[arg-type] # what stands among blocks is no text

    def child(self, child: HtmlElement) -> None:
        """Read an element, without what follows it."""
        tag = child.tag
        if not isinstance(tag, str) or tag in SILENT:
            return
        if tag == "br":
            self._line.append(LineBreak())
        elif tag == "hr":
            self.block(*[nodes.transition()] * (self._room > 0))
        elif tag == "table":
            self.block(*tables.blocks(child, self._inner, self._source))
        elif tag in LISTS and self._room > 0:
            self.block(*lists.blocks(child, self._inner, self._room))
        elif tag in LISTS:
            self.block(*lists.lines(child, self._inner))
        elif tag in LIVELY or tag in LIFELESS:
            self._lively(child)
        elif self._is_preformatted(child):
            self._preformatted(child)
        else:
            self._other(child)

    @property
    def has_blocks(self) -> bool:
        """Whether it is more than a part of a line."""
        return bool(self._blocks)

    def ended(self) -> list[nodes.Element]:
        """Return the blocks."""
        self._end_line()
        return self._blocks

    def line(self) -> list[nodes.Node]:
        """Return all of it as parts of a line."""
        return as_line(self.ended()) if self._blocks else self._line

    def _inner(self, *, room: int | None = None) -> "Flow":
        return Flow(self._source, self._room if room is None else room)

    def _other(self, child: HtmlElement) -> None:
        """Read what is a part of the line, or some blocks."""
        room = self._room - (child.tag in QUOTES)
        inner = self._inner(room=max(room, 0)).of(child)
        if child.tag not in BLOCKS and not inner.has_blocks:
            self._line += formatted(child, inner.line())
            return
        blocks = inner.ended()
        for block in blocks:
            for paragraph in block.findall(nodes.paragraph):
                paragraph[:] = formatted(child, paragraph.children)
        if child.tag in QUOTES and self._room > 0:
            blocks = [nodes.block_quote("", *blocks)] if blocks else []
        elif child.tag == "li":
            blocks = lists.loose(blocks, room=self._room)
        elif (child.tag == "center" or child.get("align", "").lower() == "center") and self._room > 0:
            blocks = [_centred(block) for block in blocks]
        self.block(*blocks)

    def _is_preformatted(self, child: HtmlElement) -> bool:
        """Say whether an element is text in the font of code of which every line and space counts."""
        if child.tag not in PREFORMATTED and not (
            child.tag in BLOCKS and child.get(KEPT) == SPACES and CODE in child.attrib
        ):
            return False
        return not any(
            element.tag == "table" or element.tag in LISTS or element.tag in LIVELY
            for element in child.iter(etree.Element)
        )

    def _preformatted(self, child: HtmlElement) -> None:
        text = self._plain(child).removeprefix("\n").rstrip()
        if text:
            classes = [*self._source.classes, *(["text_plain"] if self._source.classes else [])]
            self.block(nodes.literal_block(text, text, language="none", classes=classes))

    def _plain(self, element: HtmlElement) -> str:
        """Return the text of an element with its lines and spaces."""
        text = self._filled(element.text)
        for child in element:
            if child.tag == "br":
                text += "\n"
            elif isinstance(child.tag, str) and child.tag not in SILENT:
                inner = self._plain(child)
                ends = child.tag in BLOCKS
                text += "\n" * (ends and bool(text) and not text.endswith("\n"))
                text += inner + "\n" * (ends and not inner.endswith("\n"))
            text += self._filled(child.tail)
        return text

    def _filled(self, text: str | None) -> str:
        return HOLES.sub(lambda match: self._source.holes[int(match[1])].astext(), text or "").replace(
            "\r", ""
        )

    def _lively(self, child: HtmlElement) -> None:
        """Read what stands for what only a browser shows: a picture, or words."""
        address = (child.get("src" if child.tag == "img" else "poster") or "").strip()
        if PICTURE.fullmatch(address):
            self._line.append(nodes.image(uri=address, candidates={"?": address}, alt=child.get("alt", "")))
            return
        inner = self._inner()
        if child.tag in FRAMED and (child.text or "").strip():
            child = html.fragment_fromstring(child.text or "", create_parent="div")
        if child.tag not in LIFELESS:
            inner.of(child)
        if blocks := inner.ended():
            self.block(*blocks)
        elif self._source.typed and (instead := _instead(child)):
            self._line.append(instead)
        else:
            self._source.left_out.append(str(child.tag))

    def _end_line(self) -> None:
        """Make paragraphs of the line: two ends of lines part two."""
        line, self._line = self._line, []
        parts: list[list[nodes.Node]] = [[]]
        for node in line:
            if isinstance(node, LineBreak) and parts[-1] and _is_end(parts[-1]):
                parts.append([])
            parts[-1].append(node)
        self._blocks += [nodes.paragraph("", "", *part) for part in map(_trimmed, parts) if part]


def _instead(element: HtmlElement) -> nodes.Node | None:
    """Return what tells readers of an element of another site: a picture's words, or the address of what else it shows."""
    if element.tag == "img" and (words := (element.get("alt") or "").strip()):
        return nodes.Text(words)
    addresses = (
        one.get(name) for one in element.iter() for name in ("src", "data") if isinstance(one.tag, str)
    )
    address = next(
        (address.strip() for address in addresses if address and ELSEWHERE.match(address.strip())), ""
    )
    return nodes.reference("", element.get("title") or address, refuri=address) if address else None


def _is_end(line: Sequence[nodes.Node]) -> bool:
    """Say whether a line ends with its end, and with nothing but room after it."""
    last = next((node for node in reversed(line) if not _is_blank(node)), None)
    return isinstance(last, LineBreak)


def _trimmed(line: Sequence[nodes.Node]) -> list[nodes.Node]:
    """Return a line without the room and the ends of lines around it."""
    trimmed = list(line)
    for at in (0, -1):
        while trimmed and (isinstance(trimmed[at], LineBreak) or _is_blank(trimmed[at])):
            trimmed.pop(at)
    for at, strip in ((0, str.lstrip), (-1, str.rstrip)):
        if trimmed and isinstance(trimmed[at], nodes.Text):
            trimmed[at] = nodes.Text(strip(trimmed[at].astext(), " \t\n\r\f"))
    return trimmed


def _is_blank(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Text) and not node.astext().strip(" \t\n\r\f")


def _centred(block: nodes.Element) -> nodes.Element:
    alone = len(block) == 1 and isinstance(block[0], nodes.image)
    return (
        addnodes.centered("", "", *block.children)
        if isinstance(block, nodes.paragraph) and not alone
        else block
    )
