"""What a page draws, in pieces: the marks that LaTeX has left in it, what shows something, and all between.

Only what XeTeX's own driver writes is read here: it ends a text before each mark, so that every piece stands by itself.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

STRING = rb"\((?:[^()\\]|\\.)*\)"
PIECES = re.compile(
    rb"(?P<mark>/tag:(?P<what>[A-Za-z])(?P<number>\d*) MP\b)"
    rb"|(?P<text>\bBT\b(?:[^()E]+|E(?!T\b)|" + STRING + rb")*ET\b)"
    rb"|(?P<path>(?:[-+.\d]+\s+)+(?:m|re)\b(?:[-+.\d\s]|\b(?:l|c|v|y|h|m|re|W\*?)(?=\s))*?\b(?:S|s|f\*?|F|B\*?|b\*?|n)(?=\s|\Z))"
    rb"|(?P<object>/[^\s/\[\]<>()]+\s+(?:Do|sh)\b)"
    rb"|(?P<image>\bBI\b.*?\bEI\b)"
    rb"|(?P<state>(?<![^\s\]>)])[qQ](?=\s|\Z))"
    rb"|" + STRING,
    re.DOTALL,
)


class Piece(Struct):
    """A piece of what a page draws."""

    content: bytes
    kind: str = ""
    """`text`, `path`, `object` or `image` if it shows something, `mark`, `state` if it keeps or restores how things are
    drawn; empty for all else."""
    what: str = ""
    number: int = -1
    """Of a mark."""
    owner: object = None
    """Whose it is, once that is known."""


def pieces(content: bytes) -> Iterator[Piece]:
    """Take what a page draws to pieces; together they are all of it."""
    end = 0
    for found in PIECES.finditer(content):
        if found.lastgroup is None:
            continue
        if content[end : found.start()]:
            yield Piece(content[end : found.start()])
        end = found.end()
        if found["mark"]:
            number = int(found["number"]) if found["number"] else -1
            yield Piece(b"", "mark", found["what"].decode(), number)
        else:
            kind = next(name for name in ("text", "path", "object", "image", "state") if found[name])
            yield Piece(found[0], kind)
    if content[end:]:
        yield Piece(content[end:])
