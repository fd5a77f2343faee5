"""HTML that a cell has put out, as nodes that every writer knows: tables, words, and the picture in it."""

import re
from collections.abc import Iterator

from docutils import nodes
from lxml import etree, html
from lxml.html import HtmlElement

INLINE: dict[str, type[nodes.TextElement]] = {
    "b": nodes.strong,
    "code": nodes.literal,
    "em": nodes.emphasis,
    "i": nodes.emphasis,
    "strong": nodes.strong,
    "sub": nodes.subscript,
    "sup": nodes.superscript,
}
SILENT = frozenset({"style", "script", "template", "title"})
DEAD = frozenset(
    {"audio", "canvas", "embed", "iframe", "img", "object", "svg", "video", "form", "input", "button"}
)
"""What words and tables cannot stand for."""
BLOCKS = frozenset(
    {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "pre", "br", "ul", "ol", "blockquote"}
)
UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no HTML may have."""
MOST_COLUMNS = 1_000
SPAN = re.compile(r"[1-9]\d{0,2}")
PICTURE = re.compile(r"data:(?P<kind>image/(?:png|jpeg|gif));base64,(?P<data>[A-Za-z0-9+/=\s]+)")


def parse(text: str) -> HtmlElement | None:
    """Read HTML; None if it is none."""
    try:
        return html.fragment_fromstring(UNWRITABLE.sub("", text), create_parent="div")
    except (etree.ParserError, AssertionError):  # a document that is empty, or has no body
        return None


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


def is_of_words(root: HtmlElement) -> bool:
    """Say whether words and tables say all that HTML shows."""
    tags = {element.tag for element in root.iter(etree.Element)}
    return not tags & DEAD and bool("".join(_texts(root)).strip())


def blocks(root: HtmlElement) -> list[nodes.Element]:
    """Return paragraphs and tables; nothing if a table has no proper rows and columns."""
    body_elements: list[nodes.Element] = []
    try:
        _gather(root, body_elements)
    except ValueError:
        return []
    return [node for node in body_elements if isinstance(node, nodes.table) or node.astext().strip()]


def _gather(element: HtmlElement, body_elements: list[nodes.Element]) -> None:
    """Append the content of an element to `body_elements`: its tables, and a new paragraph for each block in it."""
    body_elements.append(nodes.paragraph())
    _add_text(body_elements[-1], element.text)
    for child in element:
        if child.tag == "table":
            body_elements += [_table(child), nodes.paragraph()]
        elif child.tag in BLOCKS or (isinstance(child.tag, str) and any(child.iter("table", *BLOCKS))):
            _gather(child, body_elements)
            body_elements.append(nodes.paragraph())
        else:
            body_elements[-1] += _inline(child)
        _add_text(body_elements[-1], child.tail)


def _table(table: HtmlElement) -> nodes.table:
    """Return a table as docutils has it; raises ValueError if its rows and columns do not fill a rectangle."""
    if any(True for inner in table.iter("table") if inner is not table):
        raise ValueError("a table in a table")
    heads = table.xpath("./thead/tr")
    bodies = table.xpath("./tbody/tr | ./tr | ./tfoot/tr")
    if not heads:
        while bodies and all(cell.tag == "th" for cell in bodies[0]):
            heads.append(bodies.pop(0))
    head, body = _rows(heads), _rows(bodies)
    widths = {
        sum(entry.get("morecols", 0) + 1 for entry in row.findall(nodes.entry)) for row in head[:1] + body[:1]
    }
    if len(widths) != 1 or not body:
        raise ValueError("no rectangle")
    stubs = _stubs(bodies)
    group = nodes.tgroup("", cols=widths.pop())
    group += [
        nodes.colspec("", colwidth=1, **({"stub": 1} if n < stubs else {})) for n in range(group["cols"])
    ]
    group += [nodes.thead("", *head)] * bool(head) + [nodes.tbody("", *body)]
    caption = [nodes.title("", "", *_inline(element)) for element in table.xpath("./caption")[:1]]
    return nodes.table("", *caption, group, classes=["colwidths-auto", "output"])


def _stubs(rows: list[HtmlElement]) -> int:
    """Return how many columns head the rows, by the last row."""
    return min((len([1 for cell in row if cell.tag == "th"]) for row in rows[-1:]), default=0)


def _rows(elements: list[HtmlElement]) -> list[nodes.row]:
    """Return rows; raises ValueError if they differ in length, cells that reach into them from above included."""
    reaching: dict[int, int] = {}
    width = 0
    rows = []
    for n, element in enumerate(elements):
        entries = []
        column = 0
        reaching_on = {spanned: count - 1 for spanned, count in reaching.items() if count > 1}
        for cell in element.iterchildren("td", "th"):
            while column in reaching:
                column += 1
            across, down = _span(cell, "colspan"), min(_span(cell, "rowspan"), len(elements) - n)
            if any(column + offset in reaching for offset in range(across)):
                raise ValueError("cells that overlap")
            entries.append(_entry(cell, across, down))
            reaching_on |= {column + offset: down - 1 for offset in range(across)} if down > 1 else {}
            column += across
            if column > MOST_COLUMNS:
                raise ValueError("more columns than a page has room for")
        while column in reaching:
            column += 1
        width = width or column
        if column != width or not entries:
            raise ValueError("rows of different lengths")
        reaching = reaching_on
        rows.append(nodes.row("", *entries))
    return rows


def _entry(cell: HtmlElement, across: int, down: int) -> nodes.entry:
    entry = nodes.entry("", nodes.paragraph("", "", *_inline(cell)))
    if across > 1:
        entry["morecols"] = across - 1
    if down > 1:
        entry["morerows"] = down - 1
    return entry


def _span(cell: HtmlElement, name: str) -> int:
    """Return how many rows or columns a cell takes; 1 if the attribute `name` is missing or no proper number."""
    count = cell.get(name, "1")
    return int(count) if SPAN.fullmatch(count) else 1


def _inline(element: HtmlElement) -> list[nodes.Node]:
    """Return the words of an element, with what sets some of them apart."""
    if not isinstance(element.tag, str) or element.tag in SILENT:
        return []
    kind = INLINE.get(element.tag, nodes.inline)
    node = kind()
    _add_text(node, element.text)
    for child in element:
        if child.tag == "br":
            node += nodes.Text(" ")
        node += _inline(child)
        _add_text(node, child.tail)
    return [node] if kind is not nodes.inline else list(node.children)


def _add_text(node: nodes.Element, text: str | None) -> None:
    if text:
        node += nodes.Text(re.sub(r"\s+", " ", text))


def _texts(root: HtmlElement) -> Iterator[str]:
    for element in root.iter(etree.Element):
        if element.tag not in SILENT:
            yield element.text or ""
        yield element.tail or ""
