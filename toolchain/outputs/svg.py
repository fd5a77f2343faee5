"""Pictures of lines, SVG: without scripts, without anything of elsewhere, and without growing when they are drawn."""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from toolchain.outputs import css
from toolchain.outputs.pictures import DATA_ADDRESS, require_data_addresses
from toolchain.outputs.refusal import NotAdmittedError, words_of

SVG, XHTML = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"
OBEYED = frozenset({"http://www.w3.org/2001/XInclude", "http://www.w3.org/2001/xml-events"})
"""Namespaces whose elements do something."""
ACTING = frozenset({"script", "handler", "listener", "iframe", "object", "embed", "audio", "video"})
ANIMATED = frozenset({"animate", "set", "animatemotion", "animatetransform", "animatecolor"})
WORDS = {
    "a", "b", "body", "br", "code", "div", "em", "font", "i", "li", "ol", "p", "pre", "span", "strong", "sub", "sup",
    "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
"""Elements of HTML that a picture may have as labels."""
LINK = re.compile(r"(?:https?:|mailto:|#)", re.IGNORECASE)
"""How an address begins that a reader may choose to follow."""
ENCODING = re.compile(r"<\?xml[^>]*\sencoding\s*=\s*[\"'](?!utf-?8|us-ascii|ascii)", re.IGNORECASE)
DOCTYPE = re.compile(
    r"<!DOCTYPE\s+[\w:.-]+\s*(?:(?:PUBLIC\s+(?:\"[^\"]*\"|'[^']*')|SYSTEM)\s+(?:\"[^\"]*\"|'[^']*')\s*)?>"
)
"""One that declares nothing."""
MOST_DRAWN = 1_000_000
"""Elements that are drawn, with those that are drawn again for each reference to them."""
DEEPEST = 200
MOST_ATTRIBUTES = 200
LENGTH = re.compile(r"([-+]?\d*\.?\d+(?:[eE][-+]?\d{1,3})?)\s*(px|pt|pc|mm|cm|in|em|ex)?")
POINTS = {"px": 0.75, "pt": 1, "pc": 12, "mm": 72 / 25.4, "cm": 720 / 25.4, "in": 72, "em": 12, "ex": 6}
LONGEST_SIDE = 14_400
"""Points, as PDF has it."""
UNBOUNDED = re.compile(r"\d{6}|\d[eE]\+?\d")
"""What numbers have with which a picture that says no size may become as large as it likes."""
REFERENCE = re.compile(r"url\(\s*[\"']?#([^)\"']*)|^\s*#(\S+)\s*$")


def cleaned(text: str) -> str:
    """Return a picture as it came if nothing in it does anything.

    Raises NotAdmittedError if something does, with the picture without that, or if it cannot be drawn at all.
    """
    # As MyST-NB writes it to a file.
    lines = "\n".join(text.splitlines())
    root = _parsed(lines)
    _require_size(root, lines)
    taken = list(_take_out_what_acts(root))
    if ENCODING.search(lines[:200]):
        taken.append("another encoding than UTF-8")
    _require_bounded(root)
    if taken:
        what = ", ".join(dict.fromkeys(taken))
        raise NotAdmittedError(f"shown without {what[:200]}", instead=_written(root))
    return text


def _parsed(text: str) -> Any:
    if len(DOCTYPE.findall(text)) != text.upper().count("<!DOCTYPE"):
        # What they stand for would stay away in some places and not in others.
        raise NotAdmittedError("it declares entities or attributes of its own")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise NotAdmittedError(f"it cannot be drawn: {words_of(error)}") from None
    if etree.QName(root).localname != "svg":
        raise NotAdmittedError("it is no SVG")
    if any(len(element.attrib) > MOST_ATTRIBUTES for element in root.iter(etree.Element)):
        raise NotAdmittedError(f"an element of it has more than {MOST_ATTRIBUTES} attributes")
    return root


def _written(root: Any) -> str:
    return etree.tostring(root, encoding="unicode")


def _require_size(root: Any, text: str) -> None:
    """Raise NotAdmittedError if a picture has no size, or one that no paper has."""
    box = root.get("viewBox", "").replace(",", " ").split()
    for name, of_box in (("width", box[2:3]), ("height", box[3:4])):
        said = LENGTH.fullmatch(root.get(name, "").strip())
        points = float(said[1]) * POINTS[said[2] or "px"] if said else _number(*of_box)
        if points is None and UNBOUNDED.search(text):
            raise NotAdmittedError(f"it says no {name}, and has numbers that are large")
        if points is not None and not 0 < points <= LONGEST_SIDE:
            raise NotAdmittedError(f"its {name} is {points:g} points")


def _number(text: str = "") -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _take_out_what_acts(root: Any) -> Iterator[str]:
    """Take out of a picture what acts or fetches; yield what it was."""
    around = [*root.itersiblings(preceding=True), *root.itersiblings()]
    for element in [*around, *root.iter()]:
        if element.tag is etree.Entity:
            raise NotAdmittedError(f"it refers to an entity, {element.text}")
        if element.tag is etree.ProcessingInstruction:
            yield "an instruction to the program that draws it"
            _remove(element)
        elif isinstance(element.tag, str):
            yield from _of_element(element)


def _of_element(element: Any) -> Iterator[str]:
    name = etree.QName(element)
    local = name.localname.lower()
    is_html = name.namespace == XHTML
    if local in ACTING or name.namespace in OBEYED or (is_html and local not in WORDS):
        yield f"<{local}>"
        _remove(element)
        return
    if local == "style" and not css.is_closed("".join(element.itertext())):
        yield "a style that fetches something"
        _remove(element)
        return
    if local in ANIMATED and _animated(element).startswith(("href", "on", "xlink")):
        yield f"<{local}> of an address or an event"
        _remove(element)
        return
    for attribute, value in list(element.attrib.items()):
        if why := _why_not(local, etree.QName(attribute).localname.lower(), value):
            yield why
            del element.attrib[attribute]


def _animated(element: Any) -> str:
    return str(element.get("attributeName", "")).strip().lower().rpartition(":")[2]


def _why_not(element: str, attribute: str, value: str) -> str:
    """Say what an attribute does besides drawing; empty if it does nothing."""
    if attribute.startswith("on"):
        return f"the attribute {attribute}"
    bare = re.sub(r"[\x00-\x20]", "", value)
    if "script:" in bare.lower():
        return f"an address in {attribute} that runs a script"
    if attribute == "base":
        return "an address that others begin with"
    if attribute in ("href", "src"):
        inside = bare.startswith("#") or not bare or DATA_ADDRESS.fullmatch(value)
        if not inside and not (element == "a" and LINK.match(bare)):
            return f"an address in {attribute} that leads out of it"
        return ""
    return "" if css.is_closed(value) else f"an address in {attribute} that leads out of it"


def _remove(element: Any) -> None:
    """Take an element out, and leave the text that follows it."""
    parent = element.getparent()
    if parent is None:
        return
    before = element.getprevious()
    if element.tail and before is not None:
        before.tail = (before.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def _require_bounded(root: Any) -> None:
    """Raise NotAdmittedError if too much is drawn: elements may draw others again, which may do so too."""
    require_data_addresses(
        value
        for element in root.iter(etree.Element)
        for attribute, value in element.attrib.items()
        if attribute.rpartition("}")[2] == "href"
    )
    named = {element.get("id"): element for element in root.iter(etree.Element) if element.get("id")}
    drawn: dict[Any, int] = {}
    at_work: set[Any] = set()

    def count(element: Any, depth: int) -> int:
        if element in drawn:
            return drawn[element]
        if depth > DEEPEST:
            raise NotAdmittedError(
                f"its elements lie in one another, or refer to one another, {depth} levels deep"
            )
        if element in at_work:
            return 0  # it refers to itself, which nobody draws
        at_work.add(element)
        inner = [child for child in element if isinstance(child.tag, str)]
        inner += [named[name] for name in _references(element) if name in named]
        total = 1 + sum(count(child, depth + 1) for child in inner)
        at_work.discard(element)
        if total > MOST_DRAWN:
            raise NotAdmittedError(f"it draws more than {MOST_DRAWN:,} elements")
        drawn[element] = total
        return total

    count(root, 0)


def _references(element: Any) -> Iterator[str]:
    for attribute, value in element.attrib.items():
        if "#" in value and (attribute.rpartition("}")[2] == "href" or "url(" in value):
            yield from (first or second for first, second in REFERENCE.findall(value))
