"""Fragments of a page: what a preview shows of each place in it that a reference can lead to.

They are taken from the HTML that the page has, cut to what fits a small window, and cleaned by an allowlist: whatever a cell has
put out, there is no script in them, no frame and no name of a place, which the page that shows them may have itself.
"""

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import cast

import nh3
from lxml import etree

from toolchain.outputs import elements
from toolchain.sphinxext.typed_html import UNWRITABLE
from toolchain.sphinxext.words import say

Element = etree._Element  # noqa: SLF001 - lxml has no other name for it

PLACES = etree.XPath(
    "descendant::*[@id][not(ancestor::svg or ancestor::math or ancestor-or-self::div[contains(concat(' ', @class, ' '), ' output ')])]"
)
"""What has a name, but for parts of drawings, formulas and outputs."""
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
CONTAINERS = frozenset(
    {"aside", "blockquote", "dd", "details", "div", "dl", "figure", "li", "ol", "section", "ul"}
)
BLOCKS = CONTAINERS | HEADINGS | {"dt", "p", "pre", "table"}
INLINE = frozenset({"a", "span"})
IN_SECTIONS = frozenset({"blockquote", "ol", "p", "ul"})
"""Blocks that say what a section is about; formulas among them."""
OF_INDEX, CITING = "target", "bibtex-citation"
"""Classes of names that an index leads to, and of those that leads back from a list of works."""
COUNTED, UNNAMED = frozenset({"div", "figure", "table"}), re.compile(r"id\d+")
"""What has a name of Sphinx's own, by which nobody refers to it, if the author has given it none; of works and notes it is the only one."""
ENOUGH = 400
"""Characters after which nothing more is taken."""
ROWS, LINES = 8, 15
"""Of tables and of code, that are shown."""
REMOVED = "template"
"""What the cleaner removes with all that is in it."""
TITLE, REST = "preview-title", "preview-rest"
"""Classes of a section's heading, and of what stands for the rest."""
ALIVE = "Shown on its page."
"""Stands for what only its page can show."""
LEFT_OUT = etree.XPath(
    "descendant::a[contains(concat(' ', @class, ' '), ' headerlink ')] | descendant::span[@class='backrefs']"
)
LEADING_BACK = etree.XPath("descendant::a[@role='doc-backlink']")
"""From a note, which has its number in it, to where it is referred to."""
RUNNING = ("audio", "canvas", "embed", "form", "iframe", "object", "script", "video")
WITH_NAMES = etree.XPath("boolean(.//use or .//@*[contains(., 'url(')])")
"""Says of a drawing whether its parts refer to each other by their names."""
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
    tags=(elements.TAGS | MATHML | {"aside"}) - UNWANTED,
    clean_content_tags={"script", "style", "template", "noscript", "iframe", "textarea", "select"},
    attributes={
        **{tag: names for tag, names in elements.ATTRIBUTES.items() if tag not in (*UNWANTED, "td", "th")},
        "*": (elements.ATTRIBUTES["*"] | OF_MATHML) - NAMES,
        "td": {"colspan", "rowspan"},
        "th": {"abbr", "colspan", "rowspan", "scope"},
    },
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
    filter_style_properties=STYLES,
)


def fragments(body: str) -> tuple[dict[str, int], list[str]]:
    """Return the fragments of a page, and which of them each place has, by its id; the empty one is the page itself."""
    # Without a class of Python's own for each element, which takes longer than all else.
    parser = etree.HTMLParser(huge_tree=True, remove_comments=True, remove_pis=True)
    root = etree.fromstring(f"<div>{UNWRITABLE.sub('', body)}</div>", parser)
    _leave_out(root)
    numbers: dict[Element, int] = {}
    numbers_by_id: dict[str, int] = {}
    texts: list[str] = []
    for element in cast("list[Element]", PLACES(root)):
        place = _place(element)
        if place is None:
            continue
        if place not in numbers:
            numbers[place] = len(texts)
            texts.append(_cleaned(_shown(place)))
        if texts[numbers[place]]:
            numbers_by_id.setdefault(element.get("id", ""), numbers[place])
            if place.tag == "section":
                numbers_by_id.setdefault("", numbers[place])
    return numbers_by_id, texts


def _leave_out(root: Element) -> None:
    """Take away what is of use on the page only, and leave a note of what runs there."""
    for element in cast("list[Element]", LEFT_OUT(root)):
        element.tag = REMOVED
    for element in cast("list[Element]", LEADING_BACK(root)):
        element.tag = "span"
    for element in list(root.iter(*RUNNING, "img", "svg")):
        is_drawing = element.tag == "svg" and not WITH_NAMES(element)
        is_file = element.tag == "img" and not element.get("src", "").startswith("data:")
        if not is_drawing and not is_file:
            tail = element.tail
            element.clear()
            element.tag, element.text, element.tail = "p", say(ALIVE), tail
            element.set("class", REST)


def _place(element: Element) -> Element | None:
    """Return the block that a name is that of; None if nobody refers to it."""
    if element.tag in BLOCKS:
        is_sphinxs = UNNAMED.fullmatch(element.get("id", "")) is not None and not element.get("role")
        return None if is_sphinxs and element.tag in COUNTED else element
    if element.tag not in INLINE or element.get("href"):
        return None
    classes, is_empty = element.get("class", "").split(), not len(element) and not _text(element)
    if CITING in classes or (is_empty and OF_INDEX in classes):
        return None
    if is_empty and not _is_another(element):
        following = element.getnext()
        while following is not None and following.tag == "span" and not len(following):
            following = following.getnext()
        if following is not None and following.tag in BLOCKS and not (element.tail or "").strip():
            return following
    return _around(element)


def _is_another(element: Element) -> bool:
    """Say whether an empty element has but one more name of the one that it is in: it stands at its beginning."""
    parent = element.getparent()
    if parent is None or not parent.get("id"):
        return False
    before = list(element.itersiblings(preceding=True))
    texts = [parent.text, *(one.text for one in before), *(one.tail for one in before)]
    return not any(map(len, before)) and not any(text and text.strip() for text in texts)


def _around(element: Element) -> Element | None:
    return next((outer for outer in element.iterancestors() if outer.tag in BLOCKS), None)


def _shown(place: Element) -> Iterable[Element]:
    """Return what is shown of a place."""
    if place.tag == "section":
        return _of_section(place)
    if place.tag in HEADINGS:
        return (_title(place), *_first_blocks(place.itersiblings()))
    if place.tag == "dt":
        meaning = next(place.itersiblings("dd"), None)
        list_ = _element("dl")
        list_.extend(_copy(part) for part in (place, meaning) if part is not None)
        return (_cut(list_),)
    copy = _copy(place)
    if place.tag in ("dd", "li"):
        copy.tag = "div"
    return (_cut(copy),)


def _of_section(section: Element) -> Iterator[Element]:
    """Yield the heading of a section and what its text begins with; of one without text, the headings in it."""
    heading = _heading(section)
    if heading is None:
        return
    yield _title(heading)
    blocks = list(_first_blocks(heading.itersiblings()))
    yield from blocks
    below = [inner for child in section.iterchildren("section") if (inner := _heading(child)) is not None]
    if not blocks and below:
        list_ = _element("ul")
        for inner in below[:ROWS]:
            item = _title(inner)
            item.tag = "li"
            del item.attrib["class"]
            list_.append(item)
        yield list_


def _heading(section: Element) -> Element | None:
    return next((child for child in section if child.tag in HEADINGS), None)


def _title(heading: Element) -> Element:
    copy = _copy(heading)
    copy.tag = "p"
    copy.set("class", TITLE)
    return copy


def _first_blocks(blocks: Iterable[Element]) -> Iterator[Element]:
    """Yield the first blocks of text, until it is enough or something else stands between them."""
    length = 0
    for block in blocks:
        is_text = block.tag in IN_SECTIONS or "math" in (block.get("class") or "").split()
        if is_text:
            length += len(_text(block))
            yield _cut(_copy(block))
        if length >= ENOUGH or (length and not is_text) or block.tag == "section" or block.tag in HEADINGS:
            return


def _copy(element: Element) -> Element:
    copy = deepcopy(element)
    copy.tail = None
    return copy


def _cut(copy: Element) -> Element:
    """Return it no longer than a preview has room for."""
    for table in copy.iter("table"):
        rows = [row for part in (table, *table.iterchildren("tbody")) for row in part.iterchildren("tr")]
        if len(rows) > ROWS:
            rest, cell = _element("tr"), _element("td", colspan=str(len(rows[0])))
            cell.append(_element("span", "⋯", **{"class": REST}))
            rest.append(cell)
            rows[ROWS].addprevious(rest)
            for row in rows[ROWS:]:
                row.tag = REMOVED
    for code in copy.iter("pre"):
        _cut_lines(code)
    _cut_blocks(copy, ENOUGH)
    return copy


def _element(tag: str, text: str = "", **attributes: str) -> Element:
    element = etree.Element(tag, attributes)
    element.text = text
    return element


def _cut_lines(code: Element) -> None:
    """Leave the first lines of some code."""
    lines = "".join(map(str, code.itertext())).rstrip().split("\n")
    if len(lines) > LINES:
        _cut_text(code, len("\n".join(lines[:LINES])))
        last = code[-1] if len(code) else None
        if last is None:
            code.text = f"{code.text}\n⋯"
        else:
            last.tail = f"{last.tail or ''}\n⋯"


def _cut_text(element: Element, left: int) -> int:
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


def _cut_blocks(element: Element, left: int) -> int:
    """Leave the first blocks of some text; return how many characters more there may be."""
    for child in list(element):
        if child.tag not in BLOCKS:
            continue
        if left <= 0:
            element.remove(child)
        elif child.tag in CONTAINERS:
            left = _cut_blocks(child, left)
        else:
            left -= len(_text(child))
    return left


def _text(element: Element) -> str:
    return "".join(map(str, element.itertext())).strip()


def _cleaned(elements: Iterable[Element]) -> str:
    """Return some elements as HTML that any page can show."""
    text = "".join(etree.tostring(element, method="html", encoding="unicode") for element in elements)
    return str(CLEANER.clean(text)).strip()
