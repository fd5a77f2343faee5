"""Style sheets: whether one would fetch something from elsewhere."""

import re

NOTEWORTHY = re.compile(r"[\\@]|url|src|image|cross-fade|expression", re.IGNORECASE)
"""Without one of these nothing is fetched or imported, and nothing is written so that nobody recognises it."""
INNER = re.compile(r"url\(#[^\\()\"'\s]*\)")


def is_closed(style: str) -> bool:
    """Say whether a style sheet, or the value of a property, asks for nothing but what is in the same document."""
    if INNER.fullmatch(style) or not NOTEWORTHY.search(style):
        return True
    from toolchain.outputs import css_tokens  # noqa: PLC0415 - slow to import, and few styles have to be parsed

    try:
        return not css_tokens.fetch(style)
    except RecursionError:
        return False
