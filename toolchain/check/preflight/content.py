"""Preflight of what is drawn on pages: fonts, pictures, colours, lines, margins."""

from toolchain.check.base import Check

CHECKS: tuple[Check, ...] = ()
