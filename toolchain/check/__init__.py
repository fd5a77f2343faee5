"""What was made and what it was made from become findings: a class per check, with an id that stays."""

import difflib
from collections.abc import Iterable, Iterator

import msgspec

from toolchain.base.errors import ConfigError
from toolchain.check import external, html, labels, notebooks, pdf, preflight, sources
from toolchain.check.base import EXTERNAL, BuiltBook, Check
from toolchain.forms.pdf import printers
from toolchain.model import Finding, Severity
from toolchain.project.sections import CheckSection
from toolchain.project.settings import BOOK_TOML, Settings

__all__ = ["CHECKS", "BuiltBook", "Check", "explain", "run", "validate"]

ALL = "all"
FAMILIES = (sources, html, pdf, preflight, notebooks, labels, external)
CHECKS: dict[str, Check] = {check.id: check for family in FAMILIES for check in family.CHECKS}


def run(made: BuiltBook, ids: Iterable[str] = ()) -> tuple[Finding, ...]:
    """Make the checks named, or all that book.toml does not turn off; what Sphinx warned of is among their findings.

    Raises ConfigError for an id that is not known, or that asks other people's sites when that was not allowed.
    """
    told, ids = made.settings.toml.check, tuple(ids)
    chosen = [_known(each) for each in ids] or [each for each in CHECKS.values() if each.id not in told.off]
    if ids and not made.external and (asking := [each.id for each in chosen if EXTERNAL in each.needs]):
        raise ConfigError(f"{asking[0]} asks other people's sites", remedy="Allow it with --external.")
    found = [finding for each in chosen if each.needs <= made.forms for finding in _found(each, made)]
    rest = () if ids else _unexplained(made)
    return tuple(
        msgspec.structs.replace(each, severity=_severity(each, told, ids))
        for each in (*_causes(found), *rest)
    )


def validate(settings: Settings) -> None:
    """Refuse a `[check]`, and a printer's profile, that names what there is not.

    Raises ConfigError.
    """
    told = settings.toml.check
    for each in (*(each for each in told.errors if each != ALL), *told.off):
        try:
            _known(each)
        except ConfigError as error:
            raise ConfigError(f"{BOOK_TOML}: [check]: {error.message}", remedy=error.remedy) from None
    for edition in settings.all_editions:
        if edition.profile and edition.profile not in printers.names():
            raise ConfigError(
                f"{BOOK_TOML}: [pdf.editions.{edition.name}]: unknown profile {edition.profile!r}",
                remedy=f"Known: {', '.join(printers.names())}.",
            )


def explain(name: str) -> str:
    """Say what a check looks for and what to do about its findings."""
    check = _known(name)
    return f"{check.id}: {check.title} ({check.severity})\n\n{check.explanation}"


def _found(check: Check, made: BuiltBook) -> list[Finding]:
    """Return what a check finds; if it has nothing to say of warnings that it claims, they are reported as they are."""
    return list(check.findings(made)) or [each for each in made.warnings if check.claims(each)]


def _causes(found: list[Finding]) -> Iterator[Finding]:
    """Yield what is no mere consequence of another finding on its line: one defect is one finding, whatever the forms."""
    places = {(each.id, each.path, each.line) for each in found}
    for each in found:
        follows = CHECKS[each.id].follows if each.id in CHECKS else frozenset()
        if not any((cause, each.path, each.line) in places for cause in follows):
            yield each


def _unexplained(made: BuiltBook) -> Iterator[Finding]:
    yield from (each for each in made.warnings if not any(check.claims(each) for check in CHECKS.values()))


def _severity(finding: Finding, told: CheckSection, ids: tuple[str, ...]) -> Severity:
    """Return how bad a finding is to this book, or to the person who asked for just this check."""
    asked = finding.id in (*told.errors, *ids) or ALL in told.errors
    return Severity.ERROR if asked else finding.severity


def _known(name: str) -> Check:
    if name not in CHECKS:
        nearest = difflib.get_close_matches(name.upper(), CHECKS, n=1)
        hint = f"Did you mean {nearest[0]}? " if nearest else ""
        raise ConfigError(f"no check {name!r}", remedy=f"{hint}`toolchain check --list` shows them all.")
    return CHECKS[name]
