"""Formulas as words: those that are no more than letters with numbers beside them, and what can be said of any."""

import re

from docutils.utils.math import tex2unichar

from toolchain.sphinxext.entry_marks import CLOSE, OPEN, literal

TOKEN = re.compile(r"\\[A-Za-z]+|\\.|.", re.DOTALL)
SCRIPTS = {"^": OPEN["sup"], "_": OPEN["sub"]}
UPRIGHT = ("\\mathrm", "\\text", "\\textrm", "\\operatorname", "\\rm", "\\mathsf")
MINUS = "\N{MINUS SIGN}"
PLAIN = ("\N{DEGREE SIGN}", ",", ".", "(", ")", "/", "\N{INFINITY}", "\N{PRIME}")
SIGNS: dict[str, str] = {
    name: sign
    for table in (
        tex2unichar.mathalpha,
        tex2unichar.mathord,
        tex2unichar.mathbin,
        tex2unichar.mathrel,
        tex2unichar.mathop,
    )
    for name, sign in table.items()
} | {
    "circ": "\N{DEGREE SIGN}",
    "ge": "\N{GREATER-THAN OR EQUAL TO}",
    "le": "\N{LESS-THAN OR EQUAL TO}",
    "to": "\N{RIGHTWARDS ARROW}",
}
"""What commands of one character look like."""


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
    written: list[str] = []
    while tokens:
        mark = tokens.pop()
        if mark == until:
            return "".join(written)
        if mark in SCRIPTS and scripts:
            written.append(SCRIPTS[mark] + _argument(tokens) + CLOSE)
        else:
            written.append(_one(mark, tokens, scripts=scripts, upright=upright))
    if until:
        raise _NotSimpleError
    return "".join(written)


def _argument(tokens: list[str]) -> str:
    """Read what stands above or below the line."""
    mark = tokens.pop() if tokens else ""
    if mark == "{":
        return _sequence(tokens, scripts=False, until="}")
    return _one(mark, tokens, scripts=False, upright=False)


def _one(mark: str, tokens: list[str], *, scripts: bool, upright: bool) -> str:
    if mark == "{":
        return _sequence(tokens, scripts=scripts, upright=upright, until="}")
    if mark in UPRIGHT and tokens and tokens[-1] == "{":
        tokens.pop()
        return _sequence(tokens, scripts=False, upright=True, until="}")
    if mark.startswith("\\") and len(mark) > 1 and mark[1].isalpha():
        mark = SIGNS.get(mark[1:], "")
        if mark not in PLAIN and not mark.isalpha():
            raise _NotSimpleError
    if mark in ("+", "-") and not scripts:
        return MINUS if mark == "-" else mark
    if mark.isalpha():
        return literal(mark) if upright else f"{OPEN['em']}{literal(mark)}{CLOSE}"
    if mark.isdigit() or mark in PLAIN or (upright and mark == " "):
        return mark
    if mark == r"\%":
        return literal("%")
    raise _NotSimpleError


FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
NAME = re.compile(r"\\([A-Za-z]+)\s*")


def spoken(formula: str) -> str:
    """Return in one line of characters what a formula says, for what can show nothing else."""
    text = FRACTION.sub(r"\1/\2", formula)
    text = NAME.sub(lambda match: _sign(match[1]), text)
    return " ".join(re.sub(r"[{}\\]|\\[,;:!> ]", "", text.replace("~", " ")).split())


def _sign(name: str) -> str:
    """Return the character that a command is, or the word that it is; nothing for what only changes letters."""
    return SIGNS.get(name) or (f" {name} " if name in WORDS else "")


WORDS = frozenset(
    [
        "log",
        "ln",
        "exp",
        "sin",
        "cos",
        "tan",
        "min",
        "max",
        "sup",
        "inf",
        "lim",
        "arg",
        "det",
        "dim",
        "deg",
        "gcd",
        "ker",
        "Pr",
        "sinh",
        "cosh",
        "tanh",
        "arcsin",
        "arccos",
        "arctan",
        "argmin",
        "argmax",
    ]
)
"""Commands that are words of formulas."""
