"""Formulas as they stand in XML, and so in EPUB: each language with its name, and the elements that MathML 3 has where they may be.

Readers of books know MathML 3, in which only some elements say in which style and size what is in them is set.
"""

import re

from lxml import etree

NAMESPACES = {
    "math": "http://www.w3.org/1998/Math/MathML",
    **dict.fromkeys(("a", "b", "code", "em", "i", "span"), "http://www.w3.org/1999/xhtml"),
}
OUTERMOST = re.compile(rf"<({'|'.join(NAMESPACES)})(?=[\s>/])")
"""Elements of another language than what is around them: in words there may be HTML, and in that a formula."""
STYLES = ("displaystyle", "scriptlevel")
STYLED = {"math": {"displaystyle"}, "mstyle": set(STYLES), "mtable": {"displaystyle"}}
"""The elements that have these attributes in MathML 3."""
ELSEWHERE = re.compile(rf"<(?!(?:math|mstyle)\b)[^<>]* (?:{'|'.join(STYLES)})=")


def as_xml(made: str) -> str:
    """Return a formula of a page as it stands in XML."""
    if ELSEWHERE.search(made):
        root = etree.fromstring(made)
        for element in list(root.iter()):
            said = {name: str(element.attrib.pop(name)) for name in _astray(element)}
            if said:
                _put_into_style(element, said)
        made = etree.tostring(root, encoding="unicode")
    return OUTERMOST.sub(lambda start: f'{start[0]} xmlns="{NAMESPACES[start[1]]}"', made)


def _astray(element: "etree._Element") -> set[str]:
    """Return the attributes of an element that it cannot have."""
    return set(STYLES).intersection(element.attrib) - STYLED.get(str(element.tag), set())


def _put_into_style(element: "etree._Element", said: dict[str, str]) -> None:
    style = etree.Element("mstyle", dict(sorted(said.items())))
    style.tail, element.tail = element.tail, None
    parent = element.getparent()
    assert parent is not None  # noqa: S101 - the outermost has what it may have
    parent.replace(element, style)
    style.append(element)
