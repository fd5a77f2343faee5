r"""Commands that authors define for MathJax, written out where it is not MathJax that sets the formulas.

`[math.macros]` of book.toml is for the site's MathJax alone, as `mathjax3_config` of conf.py is; of a `\newcommand` within a formula MathJax knows up to the page's end, and
LaTeX up to that of the formula.
"""

import re
from collections.abc import Mapping

from msgspec import Struct

from toolchain.outputs.latex import admitted

COMMAND = re.compile(r"\\(?:(?P<name>[A-Za-z]+)|.)", re.DOTALL)
TAKING = re.compile(r"(?:[_^]|\\(?P<name>[A-Za-z]+))\s*\Z")
TAKES_ONE = admitted.ONE | admitted.ALPHABETS | admitted.GROUPS | admitted.FRACTIONS | admitted.LIMITED
DEFINING = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand|DeclareMathOperator|[gex]?def|let)\s*\*?\s*\{?\s*\Z"
)
"""What stands before a command that is defined there, and not used."""
PARAMETER = re.compile(r"#(\d)")
DEFINITION = re.compile(
    r"\\(?:(?P<new>(?:re)?newcommand|providecommand)\*?\s*(?:\{\s*\\(?P<braced>[A-Za-z]+)\s*\}|\\(?P<bare>[A-Za-z]+))"
    r"\s*(?:\[(?P<count>\d)\])?\s*(?:\[(?P<default>[^\]]*)\])?"
    r"|DeclareMathOperator(?P<limits>\*?)\s*(?:\{\s*\\(?P<operator>[A-Za-z]+)\s*\}|\\(?P<bareoperator>[A-Za-z]+))"
    r"|DeclarePairedDelimiter(?P<paired>X?)\s*(?:\{\s*\\(?P<pair>[A-Za-z]+)\s*\}|\\(?P<barepair>[A-Za-z]+))\s*(?:\[(?P<taken>\d)\])?"
    r"|[gex]?def\s*\\(?P<defined>[A-Za-z]+)\s*(?P<parameters>(?:#\d)*))\s*(?=\{)"
)
SIZE = re.compile(r"(?P<star>\*)?\s*(?:\[(?P<size>[^\]]*)\])?")
"""What may follow a command whose brackets have a size."""
ROOM = re.compile(r"\s*")
TOKEN = re.compile(r"\\(?:[A-Za-z]+|.)|[^\\{}]", re.DOTALL)
BRACKETS = re.compile(r"\s*\[([^\]]*)\]")
BRACES = re.compile(r"\\.|[{}]|.", re.DOTALL)
ROUNDS = 50
"""A command may stand in the definition of another."""
LONGEST = 20_000
"""Characters of a formula."""
TAIL = 80
"""Characters before a place that tell how to go on: no command is longer."""


class Macro(Struct, frozen=True):
    """A command."""

    body: str
    """What it stands for, with `#1` for its first argument."""
    arguments: int = 0
    default: str | None = None
    """The first argument where none is given in brackets; None if it is given in braces."""
    between: tuple[str, str] | None = None
    """The brackets that stand around it, as large as what is in them after a star, or as is said in brackets."""


def expanded(text: str, macros: Mapping[str, Macro]) -> str:
    """Return a formula with what its commands stand for; as it came if that has no end."""
    written = text
    for _ in range(ROUNDS):
        before, written = written, _expanded_once(written, macros)
        if written == before:
            return written
        if len(written) > LONGEST:
            break
    return text


def taken_out(text: str) -> tuple[str, dict[str, Macro]]:
    """Return a formula without the definitions in it, and these."""
    found: dict[str, Macro] = {}
    kept, at = "", 0
    for match in DEFINITION.finditer(text):
        is_pair = bool(match["pair"] or match["barepair"])
        bodies, end = _bodies(text, match.end(), (3 if match["paired"] else 2) if is_pair else 1)
        if match.start() < at or bodies is None:
            continue
        kept += text[at : match.start()]
        at = end
        if is_pair:
            left, right, body = (*bodies, "#1")[:3]
            found[match["pair"] or match["barepair"]] = Macro(
                body, int(match["taken"] or 1), between=(left, right)
            )
        elif name := match["operator"] or match["bareoperator"]:
            found[name] = Macro(rf"\operatorname{match['limits']}{{{bodies[0]}}}")
        elif match["defined"]:
            found[match["defined"]] = Macro(bodies[0], len(match["parameters"]) // 2)
        else:
            found[match["braced"] or match["bare"]] = Macro(
                bodies[0], int(match["count"] or 0), match["default"]
            )
    return kept + text[at:], found


def _bodies(text: str, at: int, count: int) -> tuple[list[str] | None, int]:
    """Return what is in so many braces one after another, and where the last end; None if they are not there."""
    bodies = []
    for _ in range(count):
        start = ROOM.match(text, at).end()  # type: ignore[union-attr] # there may be none
        end = _group_end(text, start)
        if end is None:
            return None, at
        bodies.append(text[start + 1 : end - 1])
        at = end
    return bodies, at


def _expanded_once(text: str, macros: Mapping[str, Macro]) -> str:
    written, at = "", 0
    for match in COMMAND.finditer(text):
        macro = macros.get(match["name"] or "")
        if (
            macro is None
            or match.start() < at
            or DEFINING.search(text, max(0, match.start() - TAIL), match.start())
        ):
            continue
        size = SIZE.match(text, match.end()) if macro.between else None
        arguments, end = _arguments(text, size.end() if size else match.end(), macro)
        if arguments is None:
            continue
        macro = _enclosed(macro, size) if size else macro
        written = _joined(written, text[at : match.start()])
        meant = filled(macro.body, arguments)
        written = _joined(written, f"{{{meant}}}" if _is_taken(written) else meant)
        at = end
    return _joined(written, text[at:])


def _enclosed(macro: Macro, size: re.Match[str]) -> Macro:
    """Return a command with its brackets as a part of what it stands for, in a size."""
    left, right = macro.between or ("", "")
    said = (size["size"] or "").strip()
    before, middle, after = (
        ("\\left", "\\middle", "\\right")
        if size["star"]
        else (f"{said}l", f"{said}m", f"{said}r")
        if said
        else ("",) * 3
    )
    body = re.sub(r"\\delimsize(?![A-Za-z])\s*", lambda _: middle, macro.body)
    return Macro(_joined(_joined(f"{before}{left}", body), f"{after}{right}"), macro.arguments)


def _is_taken(before: str) -> bool:
    """Say whether what follows is one thing to what stands before: a script, or an argument without braces."""
    taking = TAKING.search(before[-TAIL:])
    return taking is not None and (taking["name"] is None or taking["name"] in TAKES_ONE)


def _arguments(text: str, at: int, macro: Macro) -> tuple[list[str] | None, int]:
    """Return the arguments of a command that ends at a place, and where they end; None if they are not there."""
    arguments: list[str] = []
    if macro.arguments and macro.default is not None:
        given = BRACKETS.match(text, at)
        arguments.append(given[1] if given else macro.default)
        at = given.end() if given else at
    while len(arguments) < macro.arguments:
        start = ROOM.match(text, at).end()  # type: ignore[union-attr] # there may be none
        end = _group_end(text, start)
        if end is not None:
            arguments.append(text[start + 1 : end - 1])
        elif token := TOKEN.match(text, start):
            arguments.append(token[0])
            end = token.end()
        else:
            return None, at
        at = end
    return arguments, at


def _group_end(text: str, start: int) -> int | None:
    """Return where the braces that open at a place are closed; None if none open there, or they never are."""
    depth = 0
    for brace in BRACES.finditer(text, start):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth <= 0:
            return brace.end() if brace[0] == "}" else None
    return None


def filled(body: str, arguments: list[str]) -> str:
    """Return the body of a command with its arguments in their places."""
    written, at = "", 0
    for match in PARAMETER.finditer(body):
        place = int(match[1]) - 1
        argument = arguments[place] if 0 <= place < len(arguments) else ""
        written = _joined(_joined(written, body[at : match.start()]), argument)
        at = match.end()
    return _joined(written, body[at:])


def _joined(left: str, right: str) -> str:
    """Return one text after another: a letter would become a part of the command before it."""
    apart = right[:1].isalpha() and re.search(r"\\[A-Za-z]+\Z", left[-TAIL:]) is not None
    return f"{left} {right}" if apart else left + right
