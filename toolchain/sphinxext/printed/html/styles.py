"""What of HTML is seen, and where its spaces and lines count: elements' own attributes and styles, and its style sheets."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import tinycss2
from cssselect import HTMLTranslator, SelectorError, parse
from cssselect.parser import Selector
from lxml import etree
from lxml.html import HtmlElement
from msgspec import Struct

SILENT = frozenset({"style", "script", "template", "title", "noscript", "datalist", "head"})
"""What no browser shows that runs scripts."""
KEPT = "toolchain-kept"
"""Attribute of what is left: LINES or SPACES, if there is more in its text than words between single spaces."""
LINES, SPACES = "lines", "spaces"
CODE = "toolchain-code"
"""Attribute of what has a font in which all letters are as wide as each other, by a style."""
PREFORMATTED = frozenset({"pre", "listing", "xmp", "plaintext", "textarea"})
WHITE_SPACE = {"pre": SPACES, "pre-wrap": SPACES, "break-spaces": SPACES, "pre-line": LINES}
INHERITED = frozenset({"visibility", "white-space", "font-family"})
LOOKED_AT = INHERITED | {"display", "opacity"}
MONOSPACED = re.compile(r"mono|courier|consolas|menlo", re.IGNORECASE)
NOTHING = re.compile(r"0*(?:\.0*)?%?")
MOST_WORK = 5_000_000
"""Elements that are asked, for all selectors together, whether one is about them: style sheets of outputs may be anything."""
LONGEST = 200
"""Characters of a selector."""
OF_ONE = re.compile(r"#([\w-]+)")
"""A selector of the element with an id."""

Properties = dict[str, str]


class _Rule(Struct, frozen=True):
    """What a style sheet says of some elements."""

    weight: tuple[bool, int, int, int]
    """Of two that say something of one element, that of more weight counts; of two with the same, the later."""
    elements: list[HtmlElement]
    properties: Properties


def settle(root: HtmlElement) -> None:
    """Take out of HTML what its styles hide, and note where they keep spaces and lines."""
    said: dict[HtmlElement, Properties] = {}
    for rule in sorted(_Sheets(root).rules(), key=lambda rule: rule.weight):
        for element in rule.elements:
            said[element] = said.get(element, {}) | rule.properties
    _settle(root, said, {}, top=True)


def _settle(
    element: HtmlElement, said: dict[HtmlElement, Properties], above: Properties, *, top: bool = False
) -> None:
    own = _own(element, said.get(element, {}))
    inherited = above | {name: value for name, value in own.items() if name in INHERITED}
    if not top and _is_gone(element, own):
        element.drop_tree()  # what follows it stays
        return
    for child in list(element):
        if isinstance(child.tag, str):
            _settle(child, said, inherited)
    _note(element, inherited)
    if inherited.get("visibility", "visible") != "visible":
        element.text = None
        for child in element:
            child.tail = None
        if not len(element) and not top:
            element.drop_tree()


def _note(element: HtmlElement, inherited: Properties) -> None:
    element.attrib.pop(KEPT, None)
    element.attrib.pop(CODE, None)
    if kept := WHITE_SPACE.get(inherited.get("white-space", "")):
        element.set(KEPT, kept)
    if MONOSPACED.search(inherited.get("font-family", "")):
        element.set(CODE, "")


def _is_gone(element: HtmlElement, own: Properties) -> bool:
    """Say whether an element takes no room, or nothing of it can be seen."""
    hidden = "hidden" in element.attrib or (element.tag == "dialog" and "open" not in element.attrib)
    hidden |= element.tag == "rp" or (element.tag == "input" and element.get("type", "").lower() == "hidden")
    display = own.get("display", "none" if hidden else "")
    return display == "none" or ("opacity" in own and NOTHING.fullmatch(own["opacity"]) is not None)


def _own(element: HtmlElement, said: Properties) -> Properties:
    """Return what holds of an element itself: what its kind has, what style sheets say, and what it says itself."""
    properties: Properties = {}
    if element.tag in PREFORMATTED:
        properties = {"white-space": "pre"}
    elif element.tag == "table":
        properties = {"white-space": "normal"}
    own = _declared(element.get("style", ""))
    return properties | said | own[False] | own[True]


class _Sheets:
    """The style sheets that are in HTML."""

    def __init__(self, root: HtmlElement) -> None:
        self._root = root
        self._translator = HTMLTranslator()
        elements = list(root.iter(etree.Element))
        self._left = MOST_WORK // len(elements)
        self._ids: dict[str, list[HtmlElement]] = {}
        for element in elements:
            self._ids.setdefault(element.get("id", ""), []).append(element)

    def rules(self) -> Iterator[_Rule]:
        """Yield the rules that say something of what is looked at, one for each selector."""
        for sheet in self._root.iter("style"):
            for rule in tinycss2.parse_stylesheet(sheet.text or "", skip_comments=True, skip_whitespace=True):
                said = _declared(rule.content) if rule.type == "qualified-rule" else {}
                for selector in _selectors(rule) if any(said.values()) else ():
                    found = self._elements(selector)
                    for important, properties in said.items():
                        yield _Rule((important, *selector.specificity()), found, properties)

    def _elements(self, selector: Selector) -> list[HtmlElement]:
        """Return the elements that a selector is about; none, if only a browser understands it: it is of a state mostly."""
        # Styled data frames have a selector for each cell.
        if name := OF_ONE.fullmatch(selector.canonical()):
            return self._ids.get(name[1], [])
        self._left -= 1
        if self._left < 0:
            return []
        try:
            found: list[HtmlElement] = self._root.xpath(self._translator.selector_to_xpath(selector))
        except (SelectorError, etree.XPathError):
            return []
        return found


def _selectors(rule: "tinycss2.ast.QualifiedRule") -> list[Selector]:
    """Return whom a rule is about, as far as that can be said."""
    try:
        selectors = parse(tinycss2.serialize(rule.prelude))
    except (SelectorError, RecursionError):
        return []
    return [
        selector
        for selector in selectors
        if selector.pseudo_element is None and len(selector.canonical()) <= LONGEST
    ]


def _declared(content: Any) -> dict[bool, Properties]:
    """Return the properties that are looked at, and their values: those that are not important, and those that are."""
    properties: dict[bool, Properties] = {False: {}, True: {}}
    if not content:
        return properties
    with suppress(RecursionError):
        for declaration in tinycss2.parse_declaration_list(content):
            if declaration.type == "declaration" and declaration.lower_name in LOOKED_AT:
                value = tinycss2.serialize(declaration.value).strip().lower()
                properties[declaration.important][declaration.lower_name] = value
    return properties
