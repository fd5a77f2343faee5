"""LaTeX that a cell has put out: parsed by a list of what is admitted, and written anew from its tokens.

What is written ends where it began: no group, environment or formula of it reaches beyond it, and none of its commands
can do more than set words, formulas and tables.
"""

from collections.abc import Callable
from enum import Enum

from msgspec import Struct

from toolchain.outputs.latex import admitted
from toolchain.outputs.latex.rows import Rows
from toolchain.outputs.latex.tables import Tables
from toolchain.outputs.latex.tokens import NotAdmittedError as NotAdmittedError

DELIMITERS = (("\\(", "\\)"), ("\\[", "\\]"), ("$", "$"))
FREE = "{}"
"""Begins LaTeX that nobody has parsed and that is no formula between signs."""


class Kind(Enum):
    """What LaTeX is."""

    FORMULA = "formula"
    """To be set between signs or in an environment of its own."""
    DISPLAY = "display"
    """One or several environments that are formulas by themselves."""
    WORDS = "words"
    """Words, with formulas and tables in them."""


class Latex(Struct, frozen=True):
    """LaTeX that is admitted."""

    text: str
    """As it was given, but for comments, labels, and braces that make its meaning sure."""
    content: str
    """The same without the signs of a formula around it."""
    kind: Kind
    several: bool = False
    """Whether a formula has rows or columns, which need lines of their own; whether there are several environments."""


def rewritten(text: str) -> str:
    """Return the LaTeX of an output anew, written from its tokens; raises NotAdmittedError for what is not admitted."""
    return read(text).text


def free(text: str) -> str:
    """Return LaTeX that is to reach TeX as it is, marked if it is more than a formula between signs.

    MyST-NB takes these signs away, and what it leaves would not say any more whether there were some.
    """
    stripped = text.strip()
    is_formula = any(
        stripped.startswith(opening) and stripped.endswith(closing) for opening, closing in DELIMITERS
    )
    return stripped if is_formula else f"{FREE}{stripped}"


def read(text: str, *, counted: bool = True) -> Latex:
    """Parse the LaTeX of an output; raises NotAdmittedError.

    If it is not `counted`, no formula of it gets one of LaTeX's numbers, which are the book's own.
    """
    furthest, reason = -1, None
    for attempt in (_between_signs, _displays, _formula, _words):
        reader = Tables(text)
        reader.counted = counted
        _strip(reader)
        try:
            found = attempt(reader)
        except NotAdmittedError as error:
            if reader.at > furthest:
                furthest, reason = reader.at, error
        else:
            if found is not None:
                return found
    assert reason is not None  # noqa: S101 - words are always tried
    raise reason


Attempt = Callable[[Tables], Latex | None]


def _strip(reader: Tables) -> None:
    """Leave the room around it out."""
    while reader.tokens and reader.tokens[-1].mark.isspace():
        reader.tokens.pop()
    while reader.next.isspace():
        reader.at += 1


def _between_signs(reader: Tables) -> Latex | None:
    """Read a formula between the signs that MyST-NB takes away."""
    last = reader.tokens[-1].mark if len(reader.tokens) - reader.at > 1 else ""
    closing = dict(DELIMITERS).get(reader.next)
    if closing is None or closing != last:
        return None
    opening = reader.skip()
    reader.tokens.pop()
    if (
        opening == "$"
        and reader.next == "$"
        and reader.tokens[-1].mark == "$"
        and len(reader.tokens) - reader.at > 1
    ):
        reader.skip()
        reader.tokens.pop()
        opening = closing = "$$"
    if displays := _displays(reader):
        return displays
    found = _formula(reader)
    return Latex(f"{opening}{found.text}{closing}", found.content, Kind.FORMULA, found.several)


def _is_display(reader: Tables) -> bool:
    following = [token.mark for token in reader.tokens[reader.at : reader.at + 15]]
    name = "".join(following[2:]).partition("}")[0]
    return following[:2] == ["\\begin", "{"] and name.rstrip("*") in admitted.DISPLAYS


def _displays(reader: Tables) -> Latex | None:
    """Read environments that are formulas, and nothing else but what IPython writes before a formula."""
    begun = reader.at
    while reader.next.isspace() or reader.next[1:] in admitted.STYLES:
        reader.skip()
    if not _is_display(reader):
        reader.at = begun
        return None
    count = 0
    while reader.next:
        reader.display(reader.environment("\\begin"), counted=reader.counted)
        reader.room()
        count += 1
    text = reader.text()
    return Latex(text, text, Kind.DISPLAY, count > 1)


def _formula(reader: Tables) -> Latex:
    """Read a formula, which Sphinx sets in an environment where two columns are aligned, or several where it has parts."""
    rows = Rows(columns=20, parted=True)
    reader.guarded = True
    reader.formula("", rows)
    if rows.most > 2 and rows.parts == 1:  # noqa: PLR2004
        raise reader.refuse("there are more than 2 columns")
    reader.keep_in_braces(0)
    text = reader.text()
    return Latex(text, text, Kind.FORMULA, rows.used)


def _words(reader: Tables) -> Latex:
    reader.words("", block=True)
    text = reader.text()
    # MyST-NB would take the first sign and the last for those of one formula.
    safe = (
        f"{{}}{text}" if text.startswith(("$", "\\(", "\\[")) and text.endswith(("$", "\\)", "\\]")) else text
    )
    return Latex(safe, safe, Kind.WORDS)
