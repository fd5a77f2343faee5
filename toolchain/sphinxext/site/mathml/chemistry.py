r"""Formulas of chemistry, `\ce`, and quantities with their units, `\pu`, as mathematics."""

import re

ARROWS = {
    "->": "xrightarrow",
    "<-": "xleftarrow",
    "<->": "xleftrightarrow",
    "<-->": "xtofrom",
    "<=>": "xrightleftharpoons",
}
LINES = {"-": "{-}", "=": "{=}", "#": r"{\equiv}"}
BONDS = LINES | {
    "1": "{-}", "2": "{=}", "3": r"{\equiv}", "->": r"{\rightarrow}", "<-": r"{\leftarrow}",
    "...": r"{\cdot\cdot\cdot}", "....": r"{\cdot\cdot\cdot\cdot}",
}  # fmt: skip
STATES = {"v": r"\downarrow ", "^": r"\uparrow "}
GROUP = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
SAID = r"\[((?:[^][{}]|\{(?:[^{}]|\{[^{}]*\})*\}|\[[^][]*\])*)\]"
PART = re.compile(
    rf"\s*(?P<arrow><-->|<=>(?!>)|<->|->|<-)(?:{SAID})?(?:{SAID})?\s*"
    r"|(?P<state>(?<!\S)(?:v|\^|\(v\)|\(\^\))(?!\S))"
    rf"|(?P<script>[_^])(?P<what>{GROUP}|[-+]\d+|\d*[-+]|\d+|[A-Za-z.*])"
    rf"|\\bond\{{(?P<bond>[^{{}}]+)\}}|(?P<formula>\$[^$]*\$)|(?P<command>\\[A-Za-z]+(?:{GROUP})*\s*|\\[\s,;:])"
    r"|(?P<letters>[A-Za-z]+)|(?P<number>\d+(?:[.,]\d+)?(?P<below>/\d+)?)"
    r"|(?P<charge>(?<=\S)[+-])(?=[\s)\]},;/^_]|\Z)|(?P<sign>\s*[+]\s*|\s+[-=]\s+)"
    rf"|(?P<group>{GROUP})|(?P<line>[-=#])|\s*(?P<dot>[.*·])\s*|(?P<close>[)\]])|(?P<other>[(\[,;:/'|]|\s+)"
)
UNIT = re.compile(
    r"(?P<number>(?<![A-Za-z])[+-]?\d[\d.,]*(?:(?P<times>[eE])(?P<power>[+-]?\d+))?)"
    r"|\^?(?P<script>[+-]?\d+|\{[+-]?\d+\})|(?P<letters>[A-Za-zµμΩΩÅ°%]+)|(?P<formula>\$[^$]*\$)"
    r"|(?P<command>\\(?:[A-Za-z]+\s*|%))|(?P<over>/)|\s*(?P<dot>[.*·])\s*|(?P<blank>[\s~]+)|(?P<sign>[()])"
)


def written(formula: str) -> str | None:
    """Return a formula as TeX has it; None if it has something else in it."""
    parts, at, counts = [], 0, False
    while at < len(formula):
        part = PART.match(formula, at)
        one = _one(part, counts=counts) if part else None
        if part is None or one is None:
            return None
        parts.append(one)
        at = part.end()
        # After an element a number says how many there are; else, of how much one speaks, and what follows is near.
        if part["number"] and not counts:
            at += len(formula[at:]) - len(formula[at:].lstrip())
        counts = bool(
            part["letters"]
            or part["close"]
            or part["group"]
            or part["charge"]
            or part["script"]
            or (part["number"] and counts)
        )
    return "".join(parts)


def _one(part: re.Match[str], *, counts: bool) -> str | None:  # noqa: C901, PLR0911 - a line for each kind
    if part["arrow"]:
        above, below = part[2], part[3]
        return rf"\{ARROWS[part['arrow']]}{f'[{_said(below)}]' if below else ''}{{{_said(above)}}}"
    if part["state"]:
        return STATES[part["state"].strip("()")]
    if part["script"]:
        return part["script"] + f"{{{_script(part['what'])}}}"
    if part["bond"]:
        return BONDS.get(part["bond"])
    if part["number"]:
        number = part["number"].replace(",", "{,}")
        if counts:
            return f"_{{{number}}}"
        return (
            rf"\tfrac{{{number.partition('/')[0]}}}{{{part['below'][1:]}}}\,"
            if part["below"]
            else rf"{number}\,"
        )
    if part["letters"]:
        return rf"\mathrm{{{part['letters']}}}"
    if part["formula"] or part["group"]:
        inner = part[0][1:-1]
        return f"{{{inner if part['formula'] else _said(inner)}}}"
    if part["charge"]:
        return f"^{{{part['charge']}}}"
    if part["line"]:
        return LINES[part["line"]]
    if part["dot"]:
        return r"\cdot "
    return r"\ " if part[0].isspace() else part[0].strip() if part["sign"] else part[0]


def _script(what: str) -> str:
    """Return what is above or below; a single small letter stands for a number."""
    inner = what[1:-1] if what.startswith("{") else what
    if inner.startswith("$"):
        return inner.strip("$")
    is_number = re.fullmatch(r"[a-z]|[-+\d.]+|.*\\.*", inner, re.DOTALL)
    return inner if is_number else rf"\mathrm{{{inner}}}"


def _said(inner: str | None) -> str:
    """Return what stands at an arrow or in braces: a formula of chemistry, or words."""
    return (written(inner) or rf"\text{{{inner}}}") if inner else ""


def quantity(said: str) -> str | None:
    """Return a number with its unit as TeX has it; None if it has something else in it."""
    parts, at, last = [], 0, ""
    text = said.strip()
    while at < len(text):
        part = UNIT.match(text, at)
        if part is None:
            return None
        kind = "number" if part["number"] else part.lastgroup or ""
        if last == "number" and kind in ("letters", "command"):
            parts.append(r"\,")
        parts.append(_of_quantity(part))
        at, last = part.end(), kind
    return "".join(parts)


def _of_quantity(part: re.Match[str]) -> str:
    if part["number"]:
        number = part["number"].partition(part["times"] or "/")[0].replace(",", "{,}")
        times = {"e": r"\cdot", "E": r"\times"}.get(part["times"] or "", "")
        return rf"{number}{times} 10^{{{part['power']}}}" if times else number
    if part["script"]:
        return f"^{{{part['script'].strip('{}')}}}"
    if part["letters"]:
        return "".join(
            rf"\mathrm{{{letters}}}" if letters.isalpha() else {"°": r"{}^{\circ}", "%": r"\%"}[letters]
            for letters in re.findall(r"[^°%]+|.", part["letters"])
        )
    if part["formula"]:
        return f"{{{part['formula'][1:-1]}}}"
    if part["dot"]:
        return r"\cdot "
    return r"\," if part["blank"] else "{/}" if part["over"] else part[0]
