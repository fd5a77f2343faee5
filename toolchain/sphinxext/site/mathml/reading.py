"""Parts of a formula's TeX: arguments, options, rows and cells."""

import re

from toolchain.sphinxext.printed.terms import end_of_group, end_of_term

OPTION = re.compile(r"\s*\[((?:[^][{}]|\{[^{}]*\})*)\]")
LENGTH_OF_ROW = re.compile(r"\s*\*?\s*(?:\[\s*-?[\d.]+\s*[a-z]{2}\s*\])?")
"""What may follow the end of a row."""
BLANKS = re.compile(r"\s*")
PART = re.compile(
    r"\\begin\s*\{[^{}]*\}|\\end\s*\{[^{}]*\}|\\(?:left|right)(?![A-Za-z])|\\[A-Za-z]+|\\.|[{}&]", re.DOTALL
)
COMMAND = re.compile(r"\\(?:(?P<name>[A-Za-z]+)(?P<star>\*?)|.)", re.DOTALL)
DEEPER, HIGHER = re.compile(r"\{|\\begin|\\left\Z"), re.compile(r"\}|\\end|\\right\Z")


class Unsupported(Exception):  # noqa: N818 - no error of ours: a page shows the formula as it is typed
    """A formula has something that nothing stands for."""

    def __init__(self, needle: str) -> None:
        """Take it, as it is typed."""
        super().__init__(needle)
        self.needle = needle
        """It, as it is typed."""


def command(text: str, at: int) -> tuple[str, bool, int]:
    """Return the name of the command that begins at a place, whether it has a star, and where it ends."""
    token = COMMAND.match(text, at)
    assert token is not None  # noqa: S101 - the caller has found it here
    return token["name"], bool(token["star"]), token.end()


def argument(text: str, at: int) -> tuple[str, int]:
    """Return what a command that ends at a place has as its next argument, without braces, and where that ends."""
    at = BLANKS.match(text, at).end()  # type: ignore[union-attr] # there may be none
    if text.startswith("{", at):
        end = end_of_group(text, at)
        return text[at + 1 : end - 1], end
    end = end_of_term(text, at)
    return text[at:end], end


def arguments(text: str, at: int, count: int) -> tuple[list[str], int]:
    """Return so many arguments, and where the last of them ends."""
    found = []
    for _ in range(count):
        one, at = argument(text, at)
        found.append(one)
    return found, at


def option(text: str, at: int) -> tuple[str, int]:
    """Return what stands in brackets at a place, and where that ends; nothing if there are none."""
    match = OPTION.match(text, at)
    return (match[1], match.end()) if match else ("", at)


def split(text: str, sign: str) -> list[str]:
    r"""Return the parts of a text between signs (`&` or `\\`) that stand in no braces and in no environment."""
    parts, depth, begin = [], 0, 0
    for match in PART.finditer(text):
        if DEEPER.match(match[0]):
            depth += 1
        elif HIGHER.match(match[0]):
            depth -= 1
        elif match[0] == sign and depth == 0:
            parts.append(text[begin : match.start()])
            begin = match.end() if sign == "&" else LENGTH_OF_ROW.match(text, match.end()).end()  # type: ignore[union-attr] # it may be empty
    return [*parts, text[begin:]]


def end_of_cell(text: str, at: int) -> int:
    """Return where the group, or the cell of a table, ends in which a place is."""
    depth = 0
    for match in PART.finditer(text, at):
        if DEEPER.match(match[0]):
            depth += 1
        elif HIGHER.match(match[0]):
            depth -= 1
        if depth < 0 or (depth == 0 and match[0] in ("&", "\\\\", "\\cr")):
            return match.start()
    return len(text)
