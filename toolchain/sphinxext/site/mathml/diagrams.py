"""Diagrams of amscd, `CD`, as tables: a row of objects with arrows between them, then a row of arrows that lead down or up."""

import re

GROUP = r"\{(?:[^{}]|\{[^{}]*\})*\}"
ARROW = re.compile(
    rf"@(?:(?P<sign>[>)<(])(?P<above>(?:{GROUP}|(?!(?P=sign)).)*)(?P=sign)(?P<below>(?:{GROUP}|(?!(?P=sign)).)*)(?P=sign)"
    rf"|(?P<letter>[AV])(?P<left>(?:{GROUP}|(?!(?P=letter)).)*)(?P=letter)(?P<right>(?:{GROUP}|(?!(?P=letter)).)*)(?P=letter)"
    r"|(?P<plain>[=|.]))",
    re.DOTALL,
)
"""As amscd has it: the labels of an arrow stand between three of its signs, and have none of them but in braces."""
ACROSS = {">": "xrightarrow", ")": "xrightarrow", "<": "xleftarrow", "(": "xleftarrow"}
DOWN = {"V": r"\Big\downarrow", "A": r"\Big\uparrow"}
EQUAL = r"\raise 0.4ex{\enclose{top,bottom}{\hspace{2.2em}}}"
PARALLEL = r"\Big\Vert"


def rows(body: str) -> str:
    """Return the rows of a diagram as those of a table."""
    return r"\\".join(map(_row, re.split(r"\\\\|\\cr(?![A-Za-z])", body.strip())))


def _row(row: str) -> str:
    arrows = list(ARROW.finditer(row))
    ends = [arrow.end() for arrow in arrows]
    begins = [*(arrow.start() for arrow in arrows), len(row)]
    objects = [row[end:begin].strip() for end, begin in zip([0, *ends], begins, strict=True)]
    if arrows and not any(objects):
        return "&&".join(map(_down, arrows))
    across = [*map(_across, arrows), ""]
    cells = [cell for pair in zip(objects, across, strict=True) for cell in pair]
    return "&".join(cells[:-1])


def _across(arrow: re.Match[str]) -> str:
    if arrow["sign"]:
        below = f"[{{{arrow['below']}}}]" if arrow["below"].strip() else ""
        return rf"\{ACROSS[arrow['sign']]}{below}{{{arrow['above']}}}"
    return {"=": EQUAL, ".": ""}.get(arrow["plain"] or "", PARALLEL)


def _down(arrow: re.Match[str]) -> str:
    if arrow["letter"]:
        left, right = (rf"{{\scriptstyle {arrow[side]}}}" for side in ("left", "right"))
        return rf"\mathllap{{{left}\,}}{DOWN[arrow['letter']]}\mathrlap{{\,{right}}}"
    return {"=": EQUAL, ".": ""}.get(arrow["plain"] or "", PARALLEL)
