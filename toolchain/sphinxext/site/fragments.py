"""Fragments of a page: what a preview shows of each place in it that a reference can lead to.

They are taken from the HTML that the page has, cut to what fits a small window, and cleaned by an allowlist: whatever a cell has
put out, there is no script in them, no frame and no name of a place, which the page that shows them may have itself.
"""

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy

import nh3
from lxml import etree
from lxml import html as lxml_html
from lxml.html import HtmlElement

from toolchain.outputs import html as outputs

PLACES = etree.XPath(
    "//*[@id][not(ancestor::svg or ancestor::math or ancestor::div[contains(concat(' ', @class, ' '), ' output ')])]"
)
"""What has a name, but for parts of drawings, formulas and outputs."""
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
CONTAINERS = frozenset(
    {"aside", "blockquote", "dd", "details", "div", "dl", "figure", "li", "ol", "section", "ul"}
)
BLOCKS = CONTAINERS | HEADINGS | {"dt", "p", "pre", "table"}
INLINE = frozenset({"a", "span"})
IN_SECTIONS = frozenset({"blockquote", "dl", "ol", "p", "ul"})
"""Blocks that say what a section is about; formulas among them."""
OF_INDEX, CITING = "target", "bibtex-citation"
"""Classes of names that an index leads to, and of those that leads back from a list of works."""
COUNTED, UNNAMED = frozenset({"div", "figure", "table"}), re.compile(r"id\d+")
"""What has a name of Sphinx's own, by which nobody refers to it, if the author has given it none; of works and notes it is the only one."""
ENOUGH = 400
"""Characters after which nothing more is taken."""
ROWS, LINES = 8, 15
"""Of tables and of code, that are shown."""
TITLE, REST = "preview-title", "preview-rest"
"""Classes of a section's heading, and of what stands for the rest."""
ALIVE = "Interactive: see it on its page."
"""Stands for what only runs on its page."""
LEFT_OUT = etree.XPath(
    ".//*[contains(concat(' ', @class, ' '), ' headerlink ') or contains(concat(' ', @class, ' '), ' copybtn ')"
    " or contains(concat(' ', @class, ' '), ' backrefs ') or @role='doc-backlink']"
)
RUNNING = etree.XPath(
    "descendant-or-self::*[self::script or self::iframe or self::object or self::embed or self::video or self::audio"
    " or self::canvas or self::form or self::svg[.//use or .//@*[contains(., 'url(')]] or self::img[starts-with(@src, 'data:')]]"
)
"""What runs, or cannot do without names of its parts, or has a whole picture in its address."""
MATHML = {
    "annotation", "maction", "math", "menclose", "merror", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded",
    "mphantom", "mprescripts", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable",
    "mtd", "mtext", "mtr", "munder", "munderover", "none", "semantics",
}  # fmt: skip
OF_MATHML = {
    "accent", "accentunder", "columnalign", "columnlines", "columnspan", "depth", "display", "displaystyle", "encoding",
    "fence", "form", "frame", "largeop", "linethickness", "lspace", "mathbackground", "mathcolor", "mathsize",
    "mathvariant", "maxsize", "minsize", "movablelimits", "notation", "rowalign", "rowlines", "rowspan", "rspace",
    "scriptlevel", "separator", "stretchy", "symmetric", "voffset",
}  # fmt: skip
STYLES = {
    "background-color", "border-bottom", "border-left", "border-right", "border-top", "color", "font-style",
    "font-weight", "justify-items", "padding", "padding-bottom", "padding-left", "padding-right", "padding-top",
    "text-align", "vertical-align", "white-space", "width",
}  # fmt: skip
"""Properties of styles that look after their element and load nothing."""
NAMES = {"id", "role"}
UNWANTED = {"input", "label", "style", "use"}
CLEANER = nh3.Cleaner(
    tags=(outputs.TAGS | MATHML) - UNWANTED,
    clean_content_tags={"script", "style", "template", "noscript", "iframe", "textarea", "select"},
    attributes={
        **{tag: names for tag, names in outputs.ATTRIBUTES.items() if tag not in (*UNWANTED, "td", "th")},
        "*": (outputs.ATTRIBUTES["*"] | OF_MATHML) - NAMES,
        "td": {"colspan", "rowspan"},
        "th": {"abbr", "colspan", "rowspan", "scope"},
    },
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
    filter_style_properties=STYLES,
)


def fragments(body: str) -> tuple[dict[str, int], list[str]]:
    """Return the fragments of a page, and which of them each place has, by its id; the empty one is the page itself."""
    try:
        root = lxml_html.fragment_fromstring(body, create_parent="div")
    except (etree.ParserError, ValueError):  # it is empty, or not to be written as HTML
        return {}, []
    numbers: dict[HtmlElement, int] = {}
    numbers_by_id: dict[str, int] = {}
    texts: list[str] = []
    for element in PLACES(root):
        place = _place(element)
        if place is not None and place not in numbers:
            numbers[place] = len(texts)
            texts.append(_cleaned(_shown(place)))
        if place is not None and texts[numbers[place]]:
            numbers_by_id.setdefault(element.get("id"), numbers[place])
            if place.tag == "section":
                numbers_by_id.setdefault("", numbers[place])
    return numbers_by_id, texts


def _place(element: HtmlElement) -> HtmlElement | None:
    """Return the block that a name is that of; None if nobody refers to it."""
    if element.tag in BLOCKS:
        is_unnamed = (
            element.tag in COUNTED and not element.get("role") and UNNAMED.fullmatch(element.get("id"))
        )
        return None if is_unnamed else element
    classes, is_empty = (element.get("class") or "").split(), not len(element) and not _text(element)
    if (
        element.tag not in INLINE
        or element.get("href")
        or CITING in classes
        or (is_empty and OF_INDEX in classes)
    ):
        return None
    parent, following = element.getparent(), element.getnext()
    if is_empty and not (parent.get("id") and _is_first(element)):
        # Names that something has besides its first one stand before it, or at its beginning.
        while following is not None and following.tag == "span" and not len(following):
            following = following.getnext()
        if following is not None and following.tag in BLOCKS and not (element.tail or "").strip():
            return following
    return _around(element)


def _is_first(element: HtmlElement) -> bool:
    """Say whether nothing but other names stands before it in its parent."""
    before = list(element.itersiblings(preceding=True))
    texts = [element.getparent().text, *(one.tail for one in before)]
    return all(not len(one) and not one.text for one in before) and not any(
        text and text.strip() for text in texts
    )


def _around(element: HtmlElement) -> HtmlElement | None:
    return next((outer for outer in element.iterancestors() if outer.tag in BLOCKS), None)


def _shown(place: HtmlElement) -> Iterable[HtmlElement]:
    """Return what is shown of a place."""
    if place.tag == "section":
        return _of_section(place)
    if place.tag in HEADINGS:
        return (_title(place), *_first_blocks(place.itersiblings()))
    if place.tag == "dt":
        meaning = next(place.itersiblings("dd"), None)
        list_ = lxml_html.Element("dl")
        list_.extend(_copy(part) for part in (place, meaning) if part is not None)
        return (_cut(list_),)
    copy = _copy(place)
    if place.tag in ("dd", "li"):
        copy.tag = "div"
    return (_cut(copy),)


def _of_section(section: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the heading of a section and what its text begins with; of one without text, the headings in it."""
    heading = next((child for child in section if child.tag in HEADINGS), None)
    if heading is None:
        return
    yield _title(heading)
    blocks = list(_first_blocks(heading.itersiblings()))
    yield from blocks
    below = [child[0] for child in section.iterchildren("section") if len(child) and child[0].tag in HEADINGS]
    if not blocks and below:
        list_ = lxml_html.Element("ul")
        for inner in below[:ROWS]:
            item = _title(inner)
            item.tag = "li"
            del item.attrib["class"]
            list_.append(item)
        yield list_


def _title(heading: HtmlElement) -> HtmlElement:
    copy = _without_marks(_copy(heading))
    copy.tag = "p"
    copy.set("class", TITLE)
    return copy


def _first_blocks(blocks: Iterable[HtmlElement]) -> Iterator[HtmlElement]:
    """Yield blocks of text until it is enough, or another section begins."""
    length = 0
    for block in blocks:
        if length >= ENOUGH or block.tag == "section" or block.tag in HEADINGS:
            return
        if block.tag in IN_SECTIONS or "math" in (block.get("class") or "").split():
            length += len(_text(block))
            yield _cut(_copy(block))


def _copy(element: HtmlElement) -> HtmlElement:
    copy = deepcopy(element)
    copy.tail = None
    return copy


def _cut(copy: HtmlElement) -> HtmlElement:
    """Return it without what is of use on its page only, and no longer than a preview has room for."""
    _without_marks(copy)
    told = False
    for running in RUNNING(copy):
        if running.getparent() is not None:
            note = _rest(ALIVE)
            note.tail = running.tail
            running.getparent().replace(running, note)
            if told:
                note.drop_tree()
            told = True
    for table in copy.iter("table"):
        rows = [row for row in table.iter("tr") if row.getparent().tag != "thead"]
        for row in rows[ROWS:]:
            row.drop_tree()
        if rows[ROWS:]:
            rest, cell = lxml_html.Element("tr"), lxml_html.Element("td", colspan=str(len(rows[0])))
            cell.append(_rest("⋯", "span"))
            rest.append(cell)
            rows[ROWS - 1].addnext(rest)
    for code in copy.iter("pre"):
        _cut_lines(code)
    _cut_blocks(copy, ENOUGH)
    return copy


def _rest(text: str, tag: str = "p") -> HtmlElement:
    note = lxml_html.Element(tag)
    note.set("class", REST)
    note.text = text
    return note


def _without_marks(copy: HtmlElement) -> HtmlElement:
    for element in LEFT_OUT(copy):
        element.drop_tree()
    return copy


def _cut_lines(code: HtmlElement) -> None:
    """Leave the first lines of some code."""
    lines = "".join(code.itertext()).rstrip().split("\n")
    if len(lines) > LINES:
        _cut_text(code, len("\n".join(lines[:LINES])))
        last = code[-1] if len(code) else None
        if last is None:
            code.text = f"{code.text}\n⋯"
        else:
            last.tail = f"{last.tail or ''}\n⋯"


def _cut_text(element: HtmlElement, left: int) -> int:
    """Leave so many characters, and the elements that they are in; return how many more there may be."""
    element.text = (element.text or "")[:left]
    left -= len(element.text)
    for child in list(element):
        if left <= 0:
            element.remove(child)
        else:
            left = _cut_text(child, left)
            child.tail = (child.tail or "")[:left]
            left -= len(child.tail)
    return left


def _cut_blocks(element: HtmlElement, left: int) -> int:
    """Leave the first blocks of some text; return how many characters more there may be."""
    for child in list(element):
        if child.tag not in BLOCKS:
            continue
        if left <= 0:
            child.drop_tree()
        elif child.tag in CONTAINERS:
            left = _cut_blocks(child, left)
        else:
            left -= len(_text(child))
    return left


def _text(element: HtmlElement) -> str:
    return "".join(element.itertext()).strip()


def _cleaned(elements: Iterable[HtmlElement]) -> str:
    """Return some elements as HTML that any page can show."""
    text = "".join(etree.tostring(element, method="html", encoding="unicode") for element in elements)
    return str(CLEANER.clean(text)).strip()
