"""Checks of the links that lead out of the book: they ask other people's sites, and only where that is allowed."""

from toolchain.check.base import Check
from toolchain.check.external.links import DeadExternalLink, MovedLink

CHECKS: tuple[Check, ...] = (
    DeadExternalLink(),
    MovedLink(),
)
