"""HTML that a page holds as such: kept where any front end may show it."""

import re
from html.parser import HTMLParser

COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
HARMLESS = {
    "a", "abbr", "b", "big", "blockquote", "br", "caption", "center", "cite", "code", "col",
    "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure",
    "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p",
    "pre", "q", "s", "samp", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "u", "ul", "var", "wbr",
}  # fmt: skip
ABSOLUTE = ("https://", "http://", "mailto:", "tel:", "#")
ADDRESSES = {"href": ABSOLUTE, "src": (*ABSOLUTE, "data:image/")}
"""By the attributes that have an address what it may begin with."""


class _HarmlessCheck(HTMLParser):
    """Looks for what a front end would refuse, or what would lead nowhere from a notebook."""

    harmless = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            self.harmless &= may_have(name, value)
        self.harmless &= tag in HARMLESS

    def handle_endtag(self, tag: str) -> None:
        self.harmless &= tag in HARMLESS


def may_have(name: str, value: str | None) -> bool:
    """Say whether an element may have an attribute."""
    leads_away = name in ADDRESSES and not (value or "").strip().lower().startswith(ADDRESSES[name])
    return not (name.startswith("on") or leads_away)


def is_harmless(text: str) -> bool:
    """Say whether HTML is, but for its comments."""
    check = _HarmlessCheck()
    check.feed(COMMENT.sub("", text))
    check.close()
    return check.harmless


def harmless(text: str) -> str:
    """Return HTML without its comments; nothing if it is not harmless."""
    return COMMENT.sub("", text).strip("\n") if is_harmless(text) else ""
