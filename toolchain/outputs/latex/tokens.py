"""LaTeX as TeX reads it: control sequences, characters, room. What TeX might read otherwise than we do is refused."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from toolchain.base.errors import ToolchainError

LONGEST = 100_000
"""Characters of one output."""
REFUSED = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Unicode's categories of what is no character of a text: controls, marks of direction, private use."""
TOKEN = re.compile(
    r"(?P<word>\\[A-Za-z]+)|(?P<sign>\\[^A-Za-z\n\t])|(?P<comment>%[^\n]*(?:\n[ \t]*)?)|(?P<room>[ \t\n]+)|(?P<other>.)",
    re.DOTALL,
)
PARAGRAPH = "\n\n"
"""The token of a blank line."""


class NotAdmittedError(ToolchainError):
    """LaTeX of an output that is not on the list; it is to be shown as its text."""

    def __init__(self, reason: str, text: str, at: int) -> None:
        """Keep the reason, and where in the text it is."""
        line, column = text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1
        super().__init__(f"{reason} (line {line}, column {column} of the output)")
        self.reason = reason
        self.line = line


class Token(NamedTuple):
    """One token of TeX's."""

    mark: str
    at: int
    """Where it stands in the output."""


def tokens(text: str) -> list[Token]:
    """Return the tokens of an output, without comments; raises NotAdmittedError."""
    if len(text) > LONGEST:
        raise NotAdmittedError(f"it is longer than {LONGEST:,} characters", text, LONGEST)
    return list(_tokens(text.replace("\r\n", "\n")))


def _tokens(text: str) -> Iterator[Token]:
    begun = False  # whether the line has anything yet but room
    for match in TOKEN.finditer(text):
        mark, at = match[0], match.start()
        if match["comment"]:
            begun = False
            continue
        if match["room"]:
            mark = PARAGRAPH if mark.count("\n") > begun else mark
        else:
            _admit(mark, text, at)
        begun = "\n" not in mark
        yield Token(mark, at)


def _admit(mark: str, text: str, at: int) -> None:
    """Refuse a character that is none of a text, and a backslash before what may be a letter for TeX."""
    character = mark[-1]
    if unicodedata.category(character) in REFUSED:
        raise NotAdmittedError(f"the character U+{ord(character):04X} is not admitted", text, at)
    if mark[0] == "\\" and (len(mark) == 1 or not character.isascii()):
        raise NotAdmittedError(f"{mark} is not admitted", text, at)
