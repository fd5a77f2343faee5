"""Texts without what no page can show, and no terminal should obey."""

import re

from toolchain.base import terminal

UNREADABLE = re.compile(r"[\ud800-\udfff]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def printed(text: str) -> str:
    """Return what a terminal would show of a text: characters and colours."""
    return terminal.shown(UNREADABLE.sub("\N{REPLACEMENT CHARACTER}", text))


def marked_up(text: str) -> str:
    """Return markup, of whatever kind, with nothing in it but characters."""
    return CONTROL.sub("", UNREADABLE.sub("\N{REPLACEMENT CHARACTER}", text))
