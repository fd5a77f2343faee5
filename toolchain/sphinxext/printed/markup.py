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
SPAN = re.compile(r"[1-9]\d{0,2}")
PICTURE = re.compile(r"data:(?P<kind>image/(?:png|jpeg|gif));base64,(?P<data>[A-Za-z0-9+/=\s]+)")


def parse(text: str) -> HtmlElement | None:
    """Read HTML; None if it is none."""
    try:
        return html.fragment_fromstring(text, create_parent="div")
    except (etree.ParserError, ValueError):
        return None


def pictures(root: HtmlElement) -> list[str]:
    """Return the addresses of pictures that are written into HTML; a film's is what stands for it."""
    values = root.xpath("//img/@src | //video/@poster")
    return [each.strip() for each in values if PICTURE.fullmatch(each.strip())]


def is_seen(root: HtmlElement) -> bool:
    """Say whether a page that has this shows anything of it."""
    return any(
        each is not root and each.tag not in {*SILENT, "link", "meta"} for each in root.iter(etree.Element)
    )


def is_of_words(root: HtmlElement) -> bool:
    """Say whether words and tables say all that HTML shows."""
    elements = {each.tag for each in root.iter(etree.Element)}
    return not elements & DEAD and bool("".join(_texts(root)).strip())


def blocks(root: HtmlElement) -> list[nodes.Element]:
    """Return paragraphs and tables; nothing if a table has no proper rows and columns."""
    found: list[nodes.Element] = []
    try:
        _gather(root, found)
    except ValueError:
        return []
    return [each for each in found if isinstance(each, nodes.table) or each.astext().strip()]


def _gather(element: HtmlElement, found: list[nodes.Element]) -> None:
    """Add what stands in an element, a new paragraph for each block in it."""
    found.append(nodes.paragraph())
    _add_text(found[-1], element.text)
    for child in element:
        if child.tag == "table":
            found += [_table(child), nodes.paragraph()]
        elif child.tag in BLOCKS or (isinstance(child.tag, str) and any(child.iter("table", *BLOCKS))):
            _gather(child, found)
            found.append(nodes.paragraph())
        else:
            found[-1] += _inline(child)
        _add_text(found[-1], child.tail)


def _table(table: HtmlElement) -> nodes.table:
    """Return a table as docutils has it; raises ValueError if its rows and columns do not fill a rectangle."""
    if any(True for each in table.iter("table") if each is not table):
        raise ValueError("a table in a table")
    heads = table.xpath("./thead/tr")
    bodies = table.xpath("./tbody/tr | ./tr | ./tfoot/tr")
    if not heads:
        while bodies and all(each.tag == "th" for each in bodies[0]):
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
    caption = [nodes.title("", "", *_inline(each)) for each in table.xpath("./caption")[:1]]
    return nodes.table("", *caption, group, classes=["colwidths-auto", "output"])


def _stubs(rows: list[HtmlElement]) -> int:
    """Return how many columns say what the rows are."""
    return min((len([1 for each in row if each.tag == "th"]) for row in rows[-1:]), default=0)


def _rows(rows: list[HtmlElement]) -> list[nodes.row]:
    """Return rows; raises ValueError if they are not all of one length, with what reaches into them from above."""
    reaching: dict[int, int] = {}
    width = 0
    found = []
    for n, row in enumerate(rows):
        entries = []
        column = 0
        left = {each: count - 1 for each, count in reaching.items() if count > 1}
        for cell in row.iterchildren("td", "th"):
            while column in reaching:
                column += 1
            across, down = _span(cell, "colspan"), min(_span(cell, "rowspan"), len(rows) - n)
            if any(column + each in reaching for each in range(across)):
                raise ValueError("cells that overlap")
            entries.append(_entry(cell, across, down))
            left |= {column + each: down - 1 for each in range(across)} if down > 1 else {}
            column += across
        while column in reaching:
            column += 1
        width = width or column
        if column != width or not entries:
            raise ValueError("rows of different lengths")
        reaching = left
        found.append(nodes.row("", *entries))
    return found


def _entry(cell: HtmlElement, across: int, down: int) -> nodes.entry:
    entry = nodes.entry("", nodes.paragraph("", "", *_inline(cell)))
    if across > 1:
        entry["morecols"] = across - 1
    if down > 1:
        entry["morerows"] = down - 1
    return entry


def _span(cell: HtmlElement, name: str) -> int:
    said = cell.get(name, "1")
    return int(said) if SPAN.fullmatch(said) else 1


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
    for each in root.iter(etree.Element):
        if each.tag not in SILENT:
            yield each.text or ""
        yield each.tail or ""
