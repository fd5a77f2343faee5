"""HTML of outputs: as it came, or without all that could run, where a book lets no scripts through."""

import re

import nh3
from lxml import etree
from lxml import html as lxml_html
from lxml.html import HtmlElement

from toolchain.outputs import css
from toolchain.outputs.balance import balanced
from toolchain.outputs.elements import ATTRIBUTES, FORMULAS, TAGS
from toolchain.outputs.limits import DEEPEST
from toolchain.outputs.pictures import DATA_ADDRESS, require_data_addresses
from toolchain.outputs.refusal import NotAdmittedError, Rules

FOLLOWED = re.compile(r"(?:https?:|mailto:|#)", re.IGNORECASE)
RUN_BY_THE_SITE = frozenset({"math", "mathjax_process", "output_area", "tex2jax_process"})
"""Classes that ask for formulas: MathJax, where a site has it, looks for them."""
STYLE = re.compile(r"<style[^>]*>(?P<rules>.*?)</style>", re.DOTALL)
SILENT = frozenset({"script", "style", "template", "title", "noscript"})
UNSEEN = re.compile(r"<style[^>]*>[^<]*</style>|<(?!img|svg|hr|input)[^>]*>|\s|&nbsp;")


def admitted(text: str, rules: Rules) -> str:
    """Return HTML as it is shown. Raises NotAdmittedError if it is not shown at all."""
    root = _parsed(text)
    if root is not None:
        _require_shallow(root)
        pictures = [*root.iter("img"), *root.iter("video")]
        require_data_addresses(picture.get("src") or picture.get("poster") or "" for picture in pictures)
    return static(text) if rules.static else balanced(text)


def static(text: str) -> str:
    """Return what is left of HTML without scripts. Raises NotAdmittedError if nothing is."""
    left: str = nh3.clean(
        text,
        tags=TAGS,
        clean_content_tags={"script", "template", "noscript", "iframe", "textarea", "select"},
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        generic_attribute_prefixes={"aria-"},
        url_schemes={"http", "https", "mailto", "data"},
        link_rel=None,
    )
    left = STYLE.sub(_style, left)
    if not UNSEEN.sub("", left):
        raise NotAdmittedError("nothing is left of it without scripts", asked_for=True)
    return left


def has_words(text: str) -> bool:
    """Say whether HTML has words of its own, whatever scripts add to it."""
    root = _parsed(text)
    if root is None:
        return False
    return any(
        (element.tag not in SILENT and (element.text or "").strip()) or (element.tail or "").strip()
        for element in root.iter(etree.Element)
    )


def _style(match: re.Match[str]) -> str:
    """Return a style sheet that has nothing but rules in it, and fetches nothing; else nothing."""
    rules = match["rules"]
    return match[0] if "<" not in rules and css.is_closed(rules) else ""


def _attribute(tag: str, attribute: str, value: str) -> str | None:
    """Return the value that an attribute may have; None if it may not be there."""
    if attribute == "class":
        names = (FORMULAS if name.lower() in RUN_BY_THE_SITE else name for name in value.split())
        return " ".join(dict.fromkeys(names))
    if attribute == "style":
        return value if css.is_closed(value) else None
    if attribute == "src":
        return value if DATA_ADDRESS.fullmatch(value) else None
    if attribute == "href":
        return value if (value.startswith("#") if tag == "use" else FOLLOWED.match(value)) else None
    if (tag, attribute) == ("input", "type"):
        return value if value.lower() in ("checkbox", "radio") else "checkbox"
    return value if css.is_closed(value) else None


def _parsed(text: str) -> HtmlElement | None:
    try:
        return lxml_html.fragment_fromstring(text, create_parent="div")
    except (etree.ParserError, ValueError, AssertionError):  # it is empty, or has no body
        return None


def _require_shallow(root: HtmlElement) -> None:
    """Raise NotAdmittedError if elements lie in one another too deeply for those who set them in print."""
    level = [root]
    for _ in range(DEEPEST + 1):
        level = [child for element in level for child in element]
        if not level:
            return
    raise NotAdmittedError(f"its elements lie in one another more than {DEEPEST} levels deep")
