"""Checks of the PDF: its text, and its links, places and bookmarks."""

from toolchain.check.base import Check
from toolchain.check.pdf.outputs import UnprintableOutput, UnprintedHtml
from toolchain.check.pdf.structure import DeadJump, MissingBookmark, MissingChapter, UnprintedFirstPage
from toolchain.check.pdf.tables import LostCell
from toolchain.check.pdf.tags import UntaggedText
from toolchain.check.pdf.text import MissingGlyph, UnreadableBook, UnresolvedNumber

CHECKS: tuple[Check, ...] = (
    UnresolvedNumber(),
    MissingGlyph(),
    DeadJump(),
    MissingChapter(),
    MissingBookmark(),
    UnprintedFirstPage(),
    UnreadableBook(),
    UnprintableOutput(),
    UnprintedHtml(),
    UntaggedText(),
    LostCell(),
)
