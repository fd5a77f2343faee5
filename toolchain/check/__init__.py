"""Artefacts become findings: a class per check, with an id that stays."""

from toolchain.check.base import Check, Made
from toolchain.check.html import DeadLink
from toolchain.check.notebooks import InvalidNotebook
from toolchain.check.pdf import MissingGlyph, UnresolvedNumber
from toolchain.errors import ConfigError
from toolchain.model import Artifact, Finding
from toolchain.settings import Settings

__all__ = ["CHECKS", "explain", "run"]

CHECKS: dict[str, Check] = {
    check.id: check for check in (DeadLink(), UnresolvedNumber(), MissingGlyph(), InvalidNotebook())
}


def run(
    settings: Settings, artefacts: tuple[Artifact, ...], ids: tuple[str, ...] = ()
) -> tuple[Finding, ...]:
    """Run the checks named, or all, on what was made; a check of a form that was not made has nothing to say.

    Raises ConfigError for an id that is not known.
    """
    made = Made(settings=settings, artefacts=artefacts)
    chosen = [_known(each) for each in ids] or list(CHECKS.values())
    return tuple(finding for check in chosen for finding in check.findings(made))


def explain(name: str) -> str:
    """Say what a check looks for and what to do about its findings."""
    check = _known(name)
    return f"{check.id}: {check.title}\n\n{check.explanation}"


def _known(name: str) -> Check:
    if name not in CHECKS:
        raise ConfigError(f"no check {name!r}", remedy=f"The checks: {', '.join(sorted(CHECKS))}")
    return CHECKS[name]
