"""What says the columns of a table or an array: letters, lines, widths."""

from typing import NamedTuple

from toolchain.outputs.latex.reader import Reader

MOST = 100
"""Columns of a table."""
NARROWEST = 28.0
"""Points of a column of sentences: a word a line would be a table longer than any page."""
WITHIN = {
    "align": "aligned",
    "alignat": "alignedat",
    "flalign": "aligned",
    "eqnarray": "aligned",
    "gather": "gathered",
}
ALIGNMENTS = frozenset({"\\raggedright", "\\raggedleft", "\\centering", "\\arraybackslash"})


BETWEEN = frozenset({"\\quad", "\\,", "\\;", "\\:", "\\ ", " ", ":", "/", "-"})
FILL = "\\fill"


class Columns(NamedTuple):
    """Columns that are admitted."""

    text: str
    number: int


def within(name: str) -> str:
    """Return what takes the place of an environment that is a formula where one stands already."""
    return WITHIN.get(name.rstrip("*"), "left out")


def columns(reader: Reader) -> Columns:
    """Read the columns, in braces; raises NotAdmittedError for others than are admitted."""
    reader.pass_room()
    if reader.next != "{":
        raise reader.refuse("the columns are missing")
    reader.skip()
    text, count = _columns(reader)
    if not 1 <= count <= MOST:
        raise reader.refuse(f"there are {count} columns")
    return Columns(text, count)


def _columns(reader: Reader) -> Columns:
    text, count = "", 0
    while (mark := reader.next) != "}":
        if mark in ("l", "c", "r"):
            text, count = text + reader.skip(), count + 1
        elif mark == "|" or mark.isspace():
            text += reader.skip().replace("\n", " ")
        elif mark in ("p", "m", "b"):
            letter, width = reader.skip(), reader.dimension(reader.braced(), relative=True, least=NARROWEST)
            text, count = f"{text}{letter}{{{width}}}", count + 1
        elif mark in ("@", "!", ">"):
            text += f"{reader.skip()}{{{_between(reader, mark)}}}"
        elif mark == "*":
            again = _again(reader)
            text, count = text + again.text, count + again.number
        else:
            raise reader.refuse(f"{mark} says no column" if mark else "the columns have no end")
        if count > MOST or len(text) > 20 * MOST:
            raise reader.refuse("there are too many columns")
    reader.skip()
    return Columns(text, count)


def _between(reader: Reader, sign: str) -> str:
    """Return what stands between two columns, or before all that is in one."""
    reader.pass_room()
    if reader.next != "{":
        raise reader.refuse("{ is missing here")
    reader.skip()
    text = ""
    while (mark := reader.next) != "}":
        if sign != ">" and mark == "\\extracolsep":
            reader.skip()
            length = reader.braced()
            text += f"\\extracolsep{{{length if length == FILL else reader.dimension(length)}}}"
        elif mark in (ALIGNMENTS if sign == ">" else BETWEEN):
            text += reader.skip()
        else:
            raise reader.refuse(f"{mark} is not admitted in the columns")
    reader.skip()
    if sign == ">" and reader.after not in ("l", "c", "r", "p", "m", "b"):
        raise reader.refuse("no column follows")
    return text


def _again(reader: Reader) -> Columns:
    """Return columns that are said once and meant several times."""
    reader.skip()
    times = reader.number(reader.braced(), 1, MOST)
    reader.pass_room()
    if reader.next != "{":
        raise reader.refuse("the columns are missing")
    reader.skip()
    reader.deeper(2)
    inner = _columns(reader)
    reader.deeper(-2)
    return Columns(inner.text * times, inner.number * times)
