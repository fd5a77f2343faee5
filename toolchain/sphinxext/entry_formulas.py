"""Formulas in the fields of an entry that are no more than letters with numbers beside them: they are set as words."""

import re

from pybtex.richtext import Text

from toolchain.sphinxext.entry_marks import CLOSE, OPEN, literal

TOKEN = re.compile(r"\\[A-Za-z]+|\\.|.", re.DOTALL)
SCRIPTS = {"^": OPEN["sup"], "_": OPEN["sub"]}
UPRIGHT = ("\\mathrm", "\\text", "\\textrm", "\\operatorname", "\\rm", "\\mathsf")
MINUS = "\N{MINUS SIGN}"


def simple(formula: str) -> str | None:
    """Return a formula as words with marks; None if it takes more than letters, signs of one character and scripts."""
    tokens = TOKEN.findall(formula.strip())
    tokens.reverse()
    try:
        return _sequence(tokens, scripts=True)
    except (_NotSimpleError, RecursionError):
        return None


class _NotSimpleError(Exception):
    """It needs mathematics."""


def _sequence(tokens: list[str], *, scripts: bool, upright: bool = False, until: str = "") -> str:
    """Read to the end or to what ends a group. Raises _NotSimpleError."""
    written = []
    while tokens:
        token = tokens.pop()
        if token == until:
            return "".join(written)
        if token in SCRIPTS and scripts:
            written.append(SCRIPTS[token] + _argument(tokens) + CLOSE)
        else:
            written.append(_one(token, tokens, scripts=scripts, upright=upright))
    if until:
        raise _NotSimpleError
    return "".join(written)


def _argument(tokens: list[str]) -> str:
    """Read what stands above or below the line."""
    token = tokens.pop() if tokens else ""
    if token == "{":
        return _sequence(tokens, scripts=False, until="}")
    return _one(token, tokens, scripts=False, upright=False)


def _one(token: str, tokens: list[str], *, scripts: bool, upright: bool) -> str:
    if token == "{":
        return _sequence(tokens, scripts=scripts, upright=upright, until="}")
    if token in UPRIGHT and tokens and tokens[-1] == "{":
        tokens.pop()
        return _sequence(tokens, scripts=False, upright=True, until="}")
    if token == r"\circ":
        return "\N{DEGREE SIGN}"
    if token.startswith("\\") and len(token) > 1 and token[1].isalpha():
        token = str(Text.from_latex(f"${token}$"))
        if len(token) != 1:
            raise _NotSimpleError
    if token in ("+", "-") and not scripts:
        return MINUS if token == "-" else token
    if token.isalpha():
        return literal(token) if upright else f"{OPEN['em']}{literal(token)}{CLOSE}"
    if token.isdigit() or token in (",", ".", "(", ")", "/", "\N{INFINITY}") or (upright and token == " "):
        return token
    if token == r"\%":
        return literal("%")
    raise _NotSimpleError
