"""Style sheets as tokens: what in one of them would fetch something."""

import re
from collections.abc import Iterable

import tinycss2
from tinycss2.ast import AtKeywordToken, AtRule, FunctionBlock, Node, StringToken, URLToken

WITHIN = re.compile(r"\s*(?:#|data:(?:image/(?:png|jpeg|gif|webp)|font/)|$)", re.IGNORECASE)
"""What an address in a picture's own style may begin with."""
FETCHING = frozenset({"url", "src", "image", "image-set", "-webkit-image-set", "cross-fade", "expression"})


def fetch(style: str) -> bool:
    """Say whether one fetches something from elsewhere. Raises RecursionError if it is too deep to tell."""
    return _fetches(tinycss2.parse_component_value_list(style))


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
