r"""Columns of arrays, as TeX describes them: where they stand, rules between them, and what is put into each of their cells (`@{=}`)."""

import re
from typing import NamedTuple

from toolchain.sphinxext.site.mathml.reading import split

GROUP = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
REPEATED = re.compile(r"\*\s*\{?\s*(\d{1,2})\s*\}?\s*\{([^{}]*)\}")
PART = re.compile(
    rf"(?P<kind>[@!><])\s*(?P<what>{GROUP})|(?P<wide>[pmbwWX])\s*{GROUP}|(?P<letter>[A-Za-z])|(?P<rule>[|:])"
)
SPACE = re.compile(
    rf"(?:\s|\\[,;:! ]|\\(?:q?quad|thinspace|medspace|thickspace|hskip\s*[-\d.]+[a-z]+|[hv]space\*?\s*{GROUP}|extracolsep\s*{GROUP}|fill)(?![A-Za-z]))*"
)
"""What is put between columns to have them nearer, or farther apart: the converter has one distance."""
LINES = re.compile(r"\s*(?:\\h(?:dash)?line\s*)*")


class Columns(NamedTuple):
    """Columns of an array."""

    said: str
    """They and the rules between them, as the converter reads it."""
    before: tuple[str, ...]
    """Of each, what is put before its cells."""
    after: tuple[str, ...]


def read(said: str) -> Columns:
    """Return the columns that are described so."""
    for _ in range(2):
        said = REPEATED.sub(lambda match: match[2] * int(match[1]), said)
    letters, before, after, coming = "", list[str](), list[str](), ""
    for part in PART.finditer(said):
        what = (part["what"] or "")[1:-1]
        what = "" if SPACE.fullmatch(what) else what
        if part["rule"]:
            letters += part["rule"]
        elif part["letter"] or part["wide"]:
            letters += "l" if part["wide"] else part["letter"]
            before.append(coming)
            after.append("")
            coming = ""
        elif part["kind"] == ">" or not after:
            coming += what
        else:
            after[-1] += what
    return Columns(letters, tuple(before), tuple(after))


def filled(columns: Columns, body: str) -> str:
    """Return the rows of an array with what its columns put into their cells."""
    if not any((*columns.before, *columns.after)):
        return body
    return r"\\ ".join(_row(columns, row) for row in split(body, r"\\"))


def _row(columns: Columns, row: str) -> str:
    start = LINES.match(row).end()  # type: ignore[union-attr] # there may be none
    if not row[start:].strip():
        return row
    cells = split(row[start:], "&")
    around = zip(columns.before, cells, columns.after, strict=False)
    full = [f"{before} {cell} {after}" for before, cell, after in around]
    return row[:start] + "&".join((*full, *cells[len(full) :]))
