"""Operators of TeX, by their names or by what is set for one, with limits above and below them where there is room."""

import re
from typing import TYPE_CHECKING

from toolchain.sphinxext.site.mathml.reading import argument, command

if TYPE_CHECKING:
    from toolchain.sphinxext.site.mathml.rewriting import Rewriter

OPERATOR = re.compile(
    r"(?:[A-Za-z0-9 ~*'./-]|\\[,;:!> ]|\\[_-]|[{}]|\\(?:rm|mathrm|text|textrm|thinspace)(?![A-Za-z]))*"
)
"""What the name of an operator can be."""
LIMITS = re.compile(r"\s*\\limits(?![A-Za-z])")
SCRIPT = re.compile(r"\s*([_^])")


def written(rewriter: "Rewriter", text: str, at: int) -> tuple[str, int]:
    """Return the operator that begins at a place as the converter reads it, and where it ends."""
    name, star, at = command(text, at)
    content, at = argument(text, at)
    limits = LIMITS.match(text, at)
    at = limits.end() if limits else at
    has_limits = star or limits is not None or name == "mathop"
    if (
        OPERATOR.fullmatch(content)
        and not content.strip("{} ").isdigit()
        and re.search(r"[A-Za-z]{2}", content)
    ):
        plain = re.sub(r"\\(?:rm|mathrm|text|textrm)(?![A-Za-z])\s*|[{}]", "", content)
        return rf"\operatorname{'*' if has_limits else ''}{{{plain}}}", at
    set_upright = (
        rf"\mathop{{\mathrm{{{rewriter.written(content)}}}}}"
        if name == "operatorname"
        else rf"\mathop{{{rewriter.written(content)}}}"
    )
    if not has_limits:
        return set_upright, at
    while script := SCRIPT.match(text, at):
        limit, at = argument(text, script.end())
        set_upright = (
            rf"\{'under' if script[1] == '_' else 'over'}set{{{rewriter.written(limit)}}}{{{set_upright}}}"
        )
    return set_upright, at
