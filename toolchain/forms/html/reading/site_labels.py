"""Labels as a page of the site shows them."""

from collections.abc import Iterator

from lxml.html import HtmlElement

from toolchain.forms.label_text import LabelText, number
from toolchain.model.facts import GAP

CODE = frozenset({"code", "kbd", "samp", "tt"})
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
NUMBERS = frozenset({"section-number", "caption-number"})
WORDLESS = (
    frozenset({"headerlink", "reference", "footnote-reference", "bibtex-citation", "math", "eqno"}) | NUMBERS
)
"""Classes of what is not among the words of a heading or caption."""


def labels(tree: HtmlElement) -> dict[str, LabelText]:
    """Return what is shown at each id of a page."""
    texts: dict[str, LabelText] = {}
    for element in tree.iter("section", "figure", "table", "div", "p", "span", "dt"):
        if element_id := element.get("id"):
            texts[element_id] = _label_text(element)
    return texts


def _label_text(element: HtmlElement) -> LabelText:
    classes = frozenset(element.get("class", "").split())
    if "math" in classes:
        eqno = _of_class(element, "eqno")
        return LabelText(number=number(_text(eqno, frozenset({"headerlink"}))) if eqno is not None else "")
    if "citation" in classes:
        label = _of_class(element, "label")
        words = "".join(map(_with_gaps, element.iterchildren("p")))
        return LabelText(number=label.text_content().strip("[] \n") if label is not None else "", title=words)
    return _text_of_title(_title(element, classes))


def _with_gaps(paragraph: HtmlElement) -> str:
    """Return the text of an entry, with GAP for each formula."""
    text = paragraph.text_content()
    for formula in paragraph.find_class("math"):
        text = text.replace(formula.text_content(), GAP, 1)
    return str(text)


def _title(element: HtmlElement, classes: frozenset[str]) -> HtmlElement | None:
    """Return the heading or caption of an element."""
    if "literal-block-wrapper" in classes:
        return _of_class(element, "code-block-caption")
    if element.tag == "figure":
        return next(element.iter("figcaption"), None)
    tags = {"section": HEADINGS, "table": ("caption",)}.get(element.tag, ())
    return next((child for child in element if child.tag in tags), None)


def _text_of_title(title: HtmlElement | None) -> LabelText:
    if title is None:
        return LabelText()
    elements = (_of_class(title, name) for name in sorted(NUMBERS))
    number_element = next((element for element in elements if element is not None), None)
    label_number = number(number_element.text_content()) if number_element is not None else ""
    if title.tag == "figcaption":  # a legend may follow
        title = next(title.iterchildren("p"), title)
    return LabelText(number=label_number, title=" ".join(_text(title, WORDLESS).split()))


def _of_class(element: HtmlElement, name: str) -> HtmlElement | None:
    """Return the first element of a class: this one, or one within it."""
    return next((inner for inner in element.iter() if name in (inner.get("class") or "").split()), None)


def _text(element: HtmlElement, without: frozenset[str]) -> str:
    """Return the text of an element without code and without parts of certain classes."""
    return "".join(_pieces(element, without))


def _pieces(element: HtmlElement, without: frozenset[str]) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        classes = (child.get("class") or "").split()
        if isinstance(child.tag, str) and child.tag not in CODE and not without.intersection(classes):
            yield from _pieces(child, without)
        yield child.tail or ""
