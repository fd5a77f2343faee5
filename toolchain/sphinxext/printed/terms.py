"""What a script in a formula is, for MathJax: a command with its arguments needs no braces there. To TeX it does."""

import re
from collections.abc import Iterator

from toolchain.outputs.latex import admitted

SIGN = re.compile(r"(?P<sign>[_^]|\\sqrt\s*(?:\[[^][{}]*\])?\s*(?=\\frac(?![A-Za-z])))|\\.", re.DOTALL)
"""What has a term after it; of a root MathJax knows that a fraction is one."""
COMMAND = re.compile(r"\\(?:(?P<name>[A-Za-z]+)\*?|.)", re.DOTALL)
BLANK = re.compile(r"\s*")
BRACE = re.compile(r"\\.|(?P<brace>[{}])", re.DOTALL)
LIMITS = re.compile(r"(?<!\\)(?P<sign>[_^])\s*(?P<limits>\\(?:no)?limits)(?![A-Za-z])")
"""What MathJax lets stand between a script's sign and the script, TeX only before the sign."""
LEFT_OR_RIGHT = re.compile(r"\\(?:(?P<side>left|right)(?![A-Za-z])\s*(?:\\(?:[A-Za-z]+|.)|.)|.)", re.DOTALL)
"""With its delimiter."""
ROWS = re.compile(
    r"\\(?:(?P<name>matrix|pmatrix|cases|displaylines|eqalign|eqalignno|leqalignno)\s*(?={)|.)", re.DOTALL
)
ENVIRONMENTS = {
    "displaylines": "gathered",
    **dict.fromkeys(("eqalign", "eqalignno", "leqalignno"), "aligned"),
}
"""What LaTeX has for commands of plain TeX that MathJax knows, where that is not an environment of their name."""
OPTION = re.compile(r"\s*\[(?:[^][{}]|\{[^{}]*\})*\]")
NO_TERM = frozenset({"right", "begin", "end", "limits", "nolimits", "middle", "over", "atop", "choose"})
"""What begins no term, or one that only TeX could end."""
ONE_ARGUMENT = frozenset(
    """
    Bbb Bra Braket Ket Set bbox bcancel bm boxed bra braket cancel centernot clap cramped crampedclap crampedllap crampedrlap
    crampedsubstack fbox frak hbox ket llap mathbfit mathclap mathllap mathmbox mathrlap mathsfit mbox not overparen rlap scr
    set smash substack symbfit symbfsf symfrak symscr symsf symtt text textbf textit textnormal textrm textsf texttt textup
    underparen unicode vcenter xcancel
    """.split()  # noqa: SIM905 - read as words
)
ARGUMENTS = {
    **dict.fromkeys(admitted.ALONE, 0),
    **dict.fromkeys(admitted.ONE | admitted.ALPHABETS | admitted.GROUPS | admitted.LIMITED | ONE_ARGUMENT, 1),
    **dict.fromkeys(admitted.ARROWS | admitted.BIG, 1),
    **dict.fromkeys(admitted.FRACTIONS | admitted.TWO | {"color", "textcolor"}, 2),
    **dict.fromkeys(("cancelto", "class", "colorbox", "cssId", "enclose", "href", "splitfrac", "style"), 2),
    "mathchoice": 4,
    "genfrac": 6,
    **dict.fromkeys(("overunderset", "prescript", "sideset"), 3),
}
"""How many arguments commands take; others take as many groups as follow them."""
OPTIONAL = frozenset({"bbox", "cfrac", "color", "enclose", "smash", "sqrt", "textcolor", *admitted.ARROWS})
"""Commands that may have an argument in brackets before these."""
DEEPEST = 50
"""Terms within one another that are looked at."""


def with_braces(formula: str, depth: int = 0) -> str:
    """Return a formula with braces around each script that is a command."""
    formula = LIMITS.sub(r"\g<limits>\g<sign>", formula)
    return "".join(_parts(formula, depth)) if depth < DEEPEST else formula


def with_environments(formula: str, depth: int = 0) -> str:
    """Return a formula with environments of LaTeX where commands of plain TeX set rows."""
    parts, at = [], 0
    for command in ROWS.finditer(formula) if depth < DEEPEST else ():
        if command["name"] and command.start() >= at:
            name, end = (
                ENVIRONMENTS.get(command["name"], command["name"]),
                end_of_group(formula, command.end()),
            )
            body = with_environments(formula[command.end() + 1 : end - 1], depth + 1)
            parts += [formula[at : command.start()], rf"\begin{{{name}}}{body}\end{{{name}}}"]
            at = end
    return "".join((*parts, formula[at:]))


def _parts(formula: str, depth: int) -> Iterator[str]:
    at = 0
    while sign := SIGN.search(formula, at):
        begin = _after_blanks(formula, sign.end())
        if not sign["sign"] or not formula.startswith("\\", begin) or (end := end_of_term(formula, begin)) == begin:
            yield formula[at : sign.end()]
            at = sign.end()
        else:
            yield f"{formula[at : sign.end()]}{{{with_braces(formula[begin:end], depth + 1)}}}"
            at = end
    yield formula[at:]


def end_of_term(formula: str, at: int, depth: int = 0) -> int:
    """Return where the term ends that begins at a place: a sign, a group, or a command with what it takes."""
    at = _after_blanks(formula, at)
    if formula.startswith("{", at):
        return end_of_group(formula, at)
    command = COMMAND.match(formula, at)
    if command is None:
        return min(at + 1, len(formula))
    name, end = command["name"] or "", command.end()
    if name == "left":
        return _end_of_pair(formula, at)
    if name in NO_TERM or command[0] == r"\\":
        return at
    if option := OPTION.match(formula, end) if name in OPTIONAL else None:
        end = option.end()
    if name and name not in ARGUMENTS:
        while formula.startswith("{", end):
            end = end_of_group(formula, end)
    for _ in range(ARGUMENTS.get(name, 0) if depth < DEEPEST else 0):
        end = end_of_term(formula, end, depth + 1)
    return end


def end_of_group(formula: str, at: int) -> int:
    depth = 0
    for found in BRACE.finditer(formula, at):
        depth += {"{": 1, "}": -1}.get(found["brace"], 0)
        if depth == 0:
            return found.end()
    return len(formula)


def _end_of_pair(formula: str, at: int) -> int:
    r"""Return where what a `\left` begins has its `\right`; where it begins if there is none."""
    depth = 0
    for found in LEFT_OR_RIGHT.finditer(formula, at):
        depth += {"left": 1, "right": -1}.get(found["side"], 0)
        if depth == 0:
            return found.end()
        if depth > DEEPEST:
            break
    return at


def _after_blanks(formula: str, at: int) -> int:
    blanks = BLANK.match(formula, at)
    return blanks.end() if blanks else at
