r"""Environments of TeX: rows and columns, as the converter has them."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from toolchain.outputs.latex.mathjax import BEGUN
from toolchain.sphinxext.macros import filled
from toolchain.sphinxext.site.mathml import columns, diagrams, tables
from toolchain.sphinxext.site.mathml.reading import Unsupported, argument, arguments, option, split

if TYPE_CHECKING:
    from toolchain.sphinxext.site.mathml.rewriting import Rewriter

MATRIX = re.compile(r"(?P<kind>[pbBvV]?)(?P<small>small)?matrix(?P<star>\*?)")
CASES = re.compile(r"(?P<kind>d?r?)cases\*")
BETWEEN_ROWS = re.compile(r"\\(?:short)?intertext(?![A-Za-z])")
LINES = re.compile(r"\s*(?:\\h(?:dash)?line\s*)+")
DOUBLE_LINE = re.compile(r"\\hline\s*(?:\\hline(?![A-Za-z])\s*)+")
BESIDE = re.compile(r"(?P<side>left|right)\s*=\s*(?P<what>\{(?:[^{}]|\{[^{}]*\})*\}|[^,]*)\s*(?:,\s*|\Z)")
BRACKET = re.compile(
    r"\\empheq(?:big)?[lr](?P<name>brace|brack|paren|angle|vert|Vert|ceil|floor)(?![A-Za-z])\s*"
)
BRACKETS = {"brace": r"\{ \}", "brack": "[ ]", "paren": "( )", "vert": "| |", "Vert": r"\| \|"}
r"""Of empheq, those that have no names such as `\langle`."""
BOXED = re.compile(r"\\Aboxed(?![A-Za-z])")
ROW = r"\\ "
WITH_TAGS = {"align": "align*", "gather": "gather*", "multline": "multline*"}


def written(rewriter: "Rewriter", text: str, at: int) -> tuple[str, int]:
    """Return the environment that begins at a place as the converter reads it, and where it ends."""
    begun = BEGUN.match(text, at)
    if begun is None:
        return text[at : at + len(r"\begin")], at + len(r"\begin")
    name = begun["name"]
    end = _end(text, begun.end(), name)
    if end is None:
        return begun[0], begun.end()
    body = text[begun.end() : end.start()]
    return _one(rewriter, name, body), end.end()


def _end(text: str, at: int, name: str) -> re.Match[str] | None:
    depth = 0
    for match in BEGUN.finditer(text, at):
        if match["name"] == name:
            depth += 1 if match["which"] == "begin" else -1
            if depth < 0:
                return match
    return None


def _one(rewriter: "Rewriter", name: str, body: str) -> str:  # noqa: C901, PLR0911 - a line for each kind
    bare = name.removesuffix("*")
    if own := rewriter.own_environments.get(name):
        return rewriter.written(_filled(body, own))
    if bare in tables.BARE:
        body = body[argument(body, 0)[1] :] if bare in tables.WITH_COUNT else body
        return rewriter.written(body)
    if bare in tables.ALIGNED:
        body = body[option(body, 0)[1] :]
        body = body[argument(body, 0)[1] :] if bare in tables.WITH_COUNT else body
        return _rows(rewriter, _eqnarray(body) if bare == "eqnarray" else _boxed(body), "align")
    if bare in tables.GATHERED:
        body = body[option(body, option(body, 0)[1])[1] :]  # where it stands, and how wide it is
        return _rows(rewriter, body, "multline" if bare == "multline" else "gather")
    if bare in ("lgathered", "rgathered"):
        before = "&" if bare == "lgathered" else ""
        rows = split(body[option(body, 0)[1] :], r"\\")
        return _rows(rewriter, r"\\".join(f"{before}{row}" for row in rows), "align")
    if name == "CD":
        return _one(rewriter, "matrix", diagrams.rows(body))
    if name in ("numcases", "subnumcases"):
        left, at = argument(body, 0)
        return rf"{{{rewriter.written(left)}}}\begin{{cases}}{rewriter.written(body[at:])}\end{{cases}}"
    if name == "empheq":
        said, at = option(body, 0)
        inner, at = argument(body, at)
        left, right = _beside(rewriter, said)
        inside = _one(rewriter, f"{inner.strip(' *')}*", body[at:])
        return f"{left}{inside}{right}"
    if match := CASES.fullmatch(name):
        return _cases(rewriter, match["kind"], body)
    if (match := MATRIX.fullmatch(name)) and (match["small"] or match["star"]):
        return _matrix(rewriter, match, body)
    if bare in ("array", "subarray", "crampedsubarray"):
        said, at = argument(body, option(body, 0)[1])
        name = "array" if bare == "array" else "subarray"
        body = DOUBLE_LINE.sub(r"\\hline ", body)
        *rows, last = split(body[at:], r"\\")
        has_line_below = bool(rows) and LINES.fullmatch(last) is not None
        if has_line_below:
            return rewriter.with_line_below(rf"\begin{{{name}}}{{{said}}}{ROW.join(rows)}\end{{{name}}}")
        described = columns.read(said)
        inner = rewriter.written(columns.filled(described, body[at:]))
        return rf"\begin{{{name}}}{{{described.said}}}{inner}\end{{{name}}}"
    return rf"\begin{{{name}}}{rewriter.written(body)}\end{{{name}}}"


def _rows(rewriter: "Rewriter", body: str, kind: str) -> str:
    """Return rows, which may have marks of their own; only of environments that take the whole width has the converter these."""
    rows = []
    is_marked = False
    for row in (part for one in split(body, r"\\") for part in _parted(one, kind)):
        before = len(rewriter.tags)
        one = rewriter.written(row)
        marks, rewriter.tags[before:] = rewriter.tags[before:], []
        is_marked = is_marked or bool(marks)
        rows.append(one + "".join(marks))
    inner = ROW.join(rows)
    if is_marked or (kind == "multline" and rewriter.is_display):
        return rf"\begin{{{WITH_TAGS[kind]}}}{inner}\end{{{WITH_TAGS[kind]}}}"
    inside = "aligned" if kind == "align" else "gathered"
    return rf"\begin{{{inside}}}{inner}\end{{{inside}}}"


def _parted(row: str, kind: str) -> Iterator[str]:
    """Yield a row without what stands between it and others, and that as a row by itself."""
    while between := BETWEEN_ROWS.search(row):
        if before := row[: between.start()].strip():
            yield before
        words, at = argument(row, between.end())
        yield ("&" if kind == "align" else "") + rf"\text{{{words}}}"
        row = row[at:]
    yield row


def _boxed(body: str) -> str:
    """Return rows in which a box that has two columns is one of each, without the sides where they meet."""
    at = 0
    while box := BOXED.search(body, at):
        inner, end = argument(body, box.end())
        at = end
        if len(halves := split(inner, "&")) == 2:  # noqa: PLR2004 - as said
            first, second = halves
            boxes = (
                rf"\enclose{{left,top,bottom}}{{{first}\vphantom{{{second}}}}}"
                rf"&\enclose{{top,right,bottom}}{{{{}}{second}\vphantom{{{first}}}}}"
            )
            body = body[: box.start()] + boxes + body[end:]
            at = box.start() + len(boxes)
    return body


def _beside(rewriter: "Rewriter", said: str) -> tuple[str, str]:
    """Return what empheq has on the left of its rows and on the right. Raises Unsupported."""
    found = {match["side"]: match["what"] for match in BESIDE.finditer(said)}
    if BESIDE.sub("", said).strip():
        raise Unsupported("{empheq}")
    brackets = {}
    for side, what in found.items():
        bracket = BRACKET.search(what)
        number = 0 if side == "left" else 1
        name = bracket["name"] if bracket else ""
        sign = BRACKETS.get(name, rf"\l{name} \r{name}").split()[number] if name else "."
        brackets[side] = sign, rewriter.written(BRACKET.sub("", what).strip("{}"))
    if not brackets:
        return "", ""
    (left, before), (right, after) = (brackets.get(side, (".", "")) for side in ("left", "right"))
    return rf"{before}\left{left} ", rf"\right{right} {after}"


def _eqnarray(body: str) -> str:
    """Return rows whose sign of equality is no column of its own."""
    rows = (split(row, "&") for row in split(body, r"\\"))
    return r"\\".join("&".join((row[0], "".join(row[1:]))) if len(row) > 1 else row[0] for row in rows)


def _cases(rewriter: "Rewriter", kind: str, body: str) -> str:
    r"""Return cases whose second column are words."""
    rows = []
    for row in split(body, r"\\"):
        first, *words = split(row, "&")
        rows.append("&".join((rewriter.written(first), *map(rewriter.words, words))))
    return rf"\begin{{{kind}cases}}{ROW.join(rows)}\end{{{kind}cases}}"


def _matrix(rewriter: "Rewriter", match: re.Match[str], body: str) -> str:
    side, at = option(body, 0) if match["star"] else ("c", 0)
    rows = body[at:]
    columns = max(len(split(row, "&")) for row in split(rows, r"\\"))
    inner = rf"\begin{{array}}{{{(side.strip()[:1] or 'c') * columns}}}{rows}\end{{array}}"
    inner = rewriter.small(inner) if match["small"] else rewriter.written(inner)
    left, right = tables.DELIMITERS[match["kind"]]
    return rf"\left{left}{inner}\right{right}" if match["kind"] else f"{{{inner}}}"


def _filled(body: str, macro: tuple[str, str, int, str | None]) -> str:
    """Return what stands for an environment that the book defines."""
    begin, end, count, default = macro
    given: list[str] = []
    at = 0
    if count and default is not None:
        said, at = option(body, 0)
        given.append(said if at else default)
    more, at = arguments(body, at, count - len(given))
    return f"{filled(begin, [*given, *more])} {body[at:]} {filled(end, [*given, *more])}"
