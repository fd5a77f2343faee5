"""Reads whether the text of a PDF is tagged: shown to those who do not see it, or said to be decoration."""

import re

import pikepdf
from msgspec import Struct

TOKENS = re.compile(
    rb"\((?:[^()\\]|\\.)*\)|(?<![^\s\]>)/])(?P<operator>BDC|BMC|EMC|TJ|Tj|'|\")(?=[\s/\[<(]|\Z)", re.DOTALL
)
"""What begins and ends a tag, and what shows letters; strings may have anything in them."""


class Tagged(Struct, frozen=True):
    """What the tags of a PDF say."""

    has_structure: bool
    language: str
    """Of the document; empty if it is not said."""
    untagged: frozenset[int]
    """The pages with letters that are in no tag, counted from 0."""


def read(pdf: pikepdf.Pdf) -> Tagged:
    """Read the tags of a PDF."""
    return Tagged(
        has_structure="/StructTreeRoot" in pdf.Root,
        language=str(pdf.Root.get("/Lang", "")),
        untagged=frozenset(number for number, page in enumerate(pdf.pages) if _has_untagged(page)),
    )


def _has_untagged(page: pikepdf.Page) -> bool:
    contents = page.obj.get("/Contents", pikepdf.Array())
    streams = contents if isinstance(contents, pikepdf.Array) else [contents]
    depth = 0
    for token in TOKENS.finditer(b"\n".join(stream.read_bytes() for stream in streams)):
        match token["operator"]:
            case b"BDC" | b"BMC":
                depth += 1
            case b"EMC":
                depth -= 1
            case None:
                pass
            case _ if depth <= 0:
                return True
    return False
