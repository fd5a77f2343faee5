r"""Formulas of chemistry, `\ce`, as mathematics: elements, numbers, charges, arrows, what is above them, states and bonds."""

import re

ARROWS = {"->": "xrightarrow", "<-": "xleftarrow", "<->": "xleftrightarrow", "<=>": "xrightleftharpoons"}
PART = re.compile(
    r"(?P<arrow><=>|<->|->|<-)(?P<above>\[[^\]]*\])?(?P<below>\[[^\]]*\])?"
    r"|(?P<script>[_^])(?P<what>\{[^{}]*\}|[-+\d]+|[A-Za-z.*])"
    r"|(?P<plus>\s+[+]\s+)|(?P<minus>\s+-\s+)"
    r"|(?P<formula>\$[^$]*\$)"
    r"|(?P<letters>[A-Za-z]+)(?P<count>\d+(?:\.\d+)?(?:/\d+)?)?(?P<charge>\d*[+-](?![A-Za-z(\[]))?"
    r"|(?P<close>[)\]])(?P<closecount>\d+)?(?P<closecharge>\d*[+-](?![A-Za-z]))?"
    r"|(?P<number>\d+(?:[./]\d+)?)|(?P<open>[(\[])|(?P<bond>[-=#])|(?P<dot>[.*·])|(?P<blank>\s+)|(?P<comma>,)"
)
SIGNS = {"=": "{=}", "#": r"{\equiv}", "-": r"{-}"}


def written(formula: str) -> str | None:
    """Return a formula as TeX has it; None if it has something else in it."""
    parts, at = [], 0
    while at < len(formula):
        part = PART.match(formula, at)
        if part is None or part.end() == at:
            return None
        parts.append(_one(part))
        at = part.end()
    return "".join(parts)


def _one(part: re.Match[str]) -> str:
    if part["arrow"]:
        below = rf"[{_said(part['below'])}]" if part["below"] else ""
        return rf"\{ARROWS[part['arrow']]}{below}{{{_said(part['above'])}}}"
    if part["script"]:
        what = part["what"].strip("{}")
        return rf"{part['script']}{{\mathrm{{{what}}}}}" if what.isalpha() else f"{part['script']}{{{what}}}"
    if part["plus"] or part["minus"]:
        return part[0].strip()
    if part["formula"]:
        return f"{{{part['formula'][1:-1]}}}"
    if part["letters"]:
        return rf"\mathrm{{{part['letters']}}}" + _scripts(part["count"], part["charge"])
    if part["close"]:
        return part["close"] + _scripts(part["closecount"], part["closecharge"])
    if part["number"]:
        return rf"{part['number']}\,"
    return SIGNS.get(part[0], r"\cdot " if part["dot"] else r"\ " if part["blank"] else part[0])


def _scripts(count: str | None, charge: str | None) -> str:
    return (f"_{{{count}}}" if count else "") + (f"^{{{charge}}}" if charge else "")


def _said(brackets: str | None) -> str:
    """Return what stands at an arrow: a formula of chemistry, or words."""
    inner = (brackets or "")[1:-1]
    return (written(inner) or rf"\text{{{inner}}}") if inner else ""
