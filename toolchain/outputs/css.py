"""Style sheets: whether one would fetch something from elsewhere."""

import re
from collections.abc import Iterable

import tinycss2
from tinycss2.ast import AtKeywordToken, AtRule, FunctionBlock, Node, StringToken, URLToken

NOTEWORTHY = re.compile(r"[\\@]|url|src|image|cross-fade|expression", re.IGNORECASE)
"""Without one of these nothing is fetched or imported, and nothing is written so that nobody recognises it."""
INNER = re.compile(r"url\(#[^\\()\"'\s]*\)")
WITHIN = re.compile(r"\s*(?:#|data:(?:image/(?:png|jpeg|gif|webp)|font/)|$)", re.IGNORECASE)
"""What an address in a picture's own style may begin with."""
FETCHING = frozenset({"url", "src", "image", "image-set", "-webkit-image-set", "cross-fade", "expression"})


def is_closed(style: str) -> bool:
    """Say whether a style sheet, or the value of a property, asks for nothing but what is in the same document."""
    if INNER.fullmatch(style) or not NOTEWORTHY.search(style):
        return True
    try:
        return not _fetches(tinycss2.parse_component_value_list(style))
    except RecursionError:
        return False


def _fetches(tokens: Iterable[Node]) -> bool:
    return any(_one_fetches(token) for token in tokens)


def _one_fetches(token: Node) -> bool:
    if isinstance(token, URLToken):
        return not WITHIN.match(token.value)
    if isinstance(token, AtKeywordToken | AtRule):
        return bool(token.value.lower() in {"import", "namespace"})
    if isinstance(token, FunctionBlock):
        strings = (argument for argument in token.arguments if isinstance(argument, StringToken))
        fetches = token.lower_name in FETCHING and any(not WITHIN.match(string.value) for string in strings)
        return fetches or _fetches(token.arguments)
    return _fetches(getattr(token, "content", None) or ())
