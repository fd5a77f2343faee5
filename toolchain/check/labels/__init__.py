"""The table of labels: what each is called in the site, in print and in the notebooks."""

from toolchain.check.base import Check
from toolchain.check.labels.table import DifferentLabel, LostLabel

CHECKS: tuple[Check, ...] = (
    DifferentLabel(),
    LostLabel(),
)
