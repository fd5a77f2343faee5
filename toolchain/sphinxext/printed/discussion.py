"""Where a page is discussed: on paper the address as a code that a telephone reads, and in words."""

from collections.abc import Iterator
from itertools import groupby

import segno
from docutils import nodes

from toolchain.sphinxext.discussion import CLASS
from toolchain.sphinxext.printed.elements import escape
from toolchain.sphinxext.printed.tree import raw


def draw_codes(doctree: nodes.document) -> None:
    """Put the address and its code in the place of each link to the forum."""
    for link in list(doctree.findall(nodes.container)):
        if CLASS in link["classes"]:
            uri = str(next(iter(link.findall(nodes.reference)))["refuri"])
            drawing = " ".join(_runs(uri))
            link.replace_self(raw(rf"\bookdiscussion{{{_readable(uri)}}}{{{_size(uri)}}}{{{drawing}}}"))


def _readable(uri: str) -> str:
    """Return an address as hyperref takes it."""
    return escape(uri).replace(r"\textasciitilde{}", "~")


def _code(uri: str) -> segno.QRCode:
    # A quarter of it may be lost: a page is folded, marked and worn.
    return segno.make_qr(uri, error="q")


def _size(uri: str) -> int:
    """Return how many modules the code is wide."""
    return int(_code(uri).symbol_size(border=0)[0])


def _runs(uri: str) -> Iterator[str]:
    """Yield the dark parts of the code's lines as rectangles of PDF, each module a unit."""
    for line, modules in enumerate(_code(uri).matrix_iter(border=0), start=1):
        column = 0
        for dark, run in groupby(modules):
            width = len(list(run))
            if dark:
                yield f"{column} {-line} {width} 1 re"
            column += width
