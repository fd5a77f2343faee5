"""Preflight of the file as a whole: its boxes, its pages, and what no printer wants to find in it."""

from toolchain.check.base import Check

CHECKS: tuple[Check, ...] = ()
