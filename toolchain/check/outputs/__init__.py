"""Checks of what cells have put out, as the gate of outputs has seen it, whatever the forms."""

from toolchain.check.base import Check
from toolchain.check.outputs.admitted import NotAdmitted

CHECKS: tuple[Check, ...] = (NotAdmitted(),)
