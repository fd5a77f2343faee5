"""Checks of the notebooks to download: each archive, as somebody has it who unpacks it."""

from toolchain.check.base import Check
from toolchain.check.notebooks.contents import (
    ForeignMarkup,
    IncompleteArchive,
    InvalidNotebook,
    OtherNotebooks,
)
from toolchain.check.notebooks.html import HtmlLeftOut
from toolchain.check.notebooks.links import DeadNotebookLink

CHECKS: tuple[Check, ...] = (
    InvalidNotebook(),
    DeadNotebookLink(),
    ForeignMarkup(),
    IncompleteArchive(),
    OtherNotebooks(),
    HtmlLeftOut(),
)
