"""Preflight: what a printer would refuse, found before the upload."""

from toolchain.check.base import Check
from toolchain.check.preflight import content, covers, document, drawn_fonts, inks, standards

CHECKS: tuple[Check, ...] = (
    *content.CHECKS,
    *document.CHECKS,
    *covers.CHECKS,
    *standards.CHECKS,
    *inks.CHECKS,
    *drawn_fonts.CHECKS,
)
