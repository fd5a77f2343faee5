"""What is wrong with a book: a class for each check, with an id that stays, looks at what was built."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module

import msgspec
from msgspec import Struct

from toolchain.base.errors import ConfigError
from toolchain.check.ahead import Ahead
from toolchain.check.base import EXTERNAL, BuiltBook, Check, ReadBook, SourceCheck
from toolchain.forms.pdf import printers
from toolchain.model import Finding, Severity
from toolchain.model.files import NOTEBOOK, cell_of
from toolchain.project.book_toml import BOOK_TOML
from toolchain.project.sections import CheckSection
from toolchain.project.settings import Settings, in_its_words

__all__ = ["CHECKS", "Ahead", "BuiltBook", "Check", "ReadBook", "explain", "run", "validate", "wanted"]

ALL = "all"
UNCLOSED = "SRC022"
"""The check that tells of what is never closed."""
MISPLACED = re.compile(r"sphinx\.design\.(tab|grid|card)")
"""Warnings of parts that do not stand in their whole, or of others that do."""


class Family(Struct, frozen=True):
    """Checks of one kind, in a folder of their own, which is imported when one of them is wanted."""

    folder: str
    needs: frozenset[str] = frozenset()
    """Forms that each of them looks at."""


FAMILIES = {
    "SRC": Family("sources"),
    "OUT": Family("outputs"),
    "HTML": Family("html", frozenset({"html"})),
    "PDF": Family("pdf", frozenset({"pdf"})),
    "PRE": Family("preflight", frozenset({"pdf"})),
    "NB": Family("notebooks", frozenset({"notebooks"})),
    "LBL": Family("labels"),
    "LINK": Family("external", frozenset({EXTERNAL})),
}
"""By what the ids of their checks begin with."""


class Checks(Mapping[str, Check]):
    """The checks by their ids, family by family: what nobody asks for is not imported."""

    def __getitem__(self, name: str) -> Check:
        """Return the check of an id. Raises KeyError if there is none."""
        family = FAMILIES[name.rstrip("0123456789")]
        return _checks(family)[name]

    def __iter__(self) -> Iterator[str]:
        """Yield all ids."""
        return (name for family in FAMILIES.values() for name in _checks(family))

    def __len__(self) -> int:
        """Return how many there are."""
        return sum(1 for _ in self)

    def of(self, forms: frozenset[str]) -> Iterator[Check]:
        """Yield the checks that have something to look at where these forms were made."""
        for family in FAMILIES.values():
            if family.needs <= forms:
                yield from (check for check in _checks(family).values() if check.needs <= forms)


CHECKS = Checks()


@cache
def _checks(family: Family) -> dict[str, Check]:
    return {check.id: check for check in import_module(f"{__name__}.{family.folder}").CHECKS}


def run(built: BuiltBook, ids: Iterable[str] = (), ahead: Ahead | None = None) -> tuple[Finding, ...]:
    """Make the checks named, or all that book.toml does not turn off; what Sphinx warned of is among their findings.

    What was found `ahead` is not looked for again.

    Raises ConfigError for an id that is not known, or that asks other people's sites when that was not allowed.
    """
    section, ids = built.settings.toml.check, tuple(ids)
    checks = [_check_of(name) for name in ids] or list(wanted(built.settings, built.forms))
    asking = [check.id for check in checks if EXTERNAL in check.needs]
    if ids and asking and not built.external:
        raise ConfigError(f"{asking[0]} asks other people's sites", remedy="Allow it with --external.")
    known = ahead.findings(built) if ahead else {}
    findings = [
        finding
        for check in checks
        if check.needs <= built.forms
        for finding in _findings(check, built, known)
    ]
    built.silent.save()
    unexplained = () if ids else _unexplained(built, findings)
    return tuple(
        msgspec.structs.replace(
            _in_its_cell(finding),
            severity=_severity(finding, section, ids),
            remedy=in_its_words(finding.remedy, built.settings),
        )
        for finding in (*_causes(findings), *unexplained)
    )


def wanted(settings: Settings, forms: frozenset[str]) -> Iterator[Check]:
    """Yield the checks of these forms that book.toml does not turn off; they are imported."""
    return (check for check in CHECKS.of(forms) if check.id not in settings.toml.check.off)


def validate(settings: Settings) -> None:
    """Refuse a `[check]`, and a printer's profile, that names what there is not.

    Raises ConfigError.
    """
    section = settings.toml.check
    for name in (*(name for name in section.errors if name != ALL), *section.off):
        try:
            _check_of(name)
        except ConfigError as error:
            raise ConfigError(f"{BOOK_TOML}: [check]: {error.message}", remedy=error.remedy) from None
    for edition in settings.all_editions:
        if edition.profile and edition.profile not in printers.names():
            raise ConfigError(
                f"{BOOK_TOML}: [pdf.editions.{edition.name}]: unknown profile {edition.profile!r}",
                remedy=f"Known: {', '.join(printers.names())}.",
            )
        if edition.standard and edition.profile and printers.load(edition.profile).rules.no_metadata:
            raise ConfigError(
                f"{BOOK_TOML}: [pdf.editions.{edition.name}]: the printer of {edition.profile!r} wants no metadata, and a file "
                f"says by them that it is {edition.standard}",
                remedy="Leave `standard` out.",
            )


def explain(name: str) -> str:
    """Say what a check looks for and what to do about its findings."""
    check = _check_of(name)
    return f"{check.id}: {check.title} ({check.severity})\n\n{check.explanation}"


def _findings(check: Check, built: BuiltBook, known: Mapping[str, list[Finding]]) -> list[Finding]:
    """Return what a check finds; if it has nothing to say of warnings that it claims, they are reported as they are."""
    found = known[check.id] if check.id in known else list(check.findings(built))
    if isinstance(check, SourceCheck):
        found = [*found, *check.of_warnings(built)]
    return found or [
        warning
        for warning in built.warnings
        if check.claims(warning) and not check.is_consequence(warning, built)
    ]


def _causes(findings: list[Finding]) -> Iterator[Finding]:
    """Yield what is no mere consequence of another finding on its line: one defect is one finding, whatever the forms."""
    places = {(finding.id, finding.path, finding.line) for finding in findings}
    for finding in findings:
        follows = CHECKS[finding.id].follows if finding.id in CHECKS else frozenset()
        if not any((cause, finding.path, finding.line) in places for cause in follows):
            yield finding


def _in_its_cell(finding: Finding) -> Finding:
    """Return a finding with the cell of an .ipynb instead of a line that it has not."""
    if not finding.path.endswith(NOTEBOOK):
        return finding
    return msgspec.structs.replace(finding, line=None, cell=cell_of(finding.path, finding.line))


def _unexplained(built: BuiltBook, findings: list[Finding]) -> Iterator[Finding]:
    """Yield the warnings of Sphinx that no check explains; of parts in the wrong place only where nothing before is unclosed."""
    unclosed = [(finding.path, finding.line or 0) for finding in findings if finding.id == UNCLOSED]
    for warning in built.warnings:
        misplaced = MISPLACED.match(warning.id) and any(
            path == warning.path and line <= (warning.line or 0) for path, line in unclosed
        )
        if not misplaced and not any(check.claims(warning) for check in CHECKS.values()):
            yield warning


def _severity(finding: Finding, section: CheckSection, ids: tuple[str, ...]) -> Severity:
    """Return how bad a finding is to this book, or to the person who asked for just this check."""
    is_error = finding.id in (*section.errors, *ids) or ALL in section.errors
    return Severity.ERROR if is_error else finding.severity


def _check_of(name: str) -> Check:
    """Return the check of an id. Raises ConfigError if there is none."""
    if name not in CHECKS:
        nearest = difflib.get_close_matches(name.upper(), CHECKS, n=1)
        hint = f"Did you mean {nearest[0]}? " if nearest else ""
        raise ConfigError(f"no check {name!r}", remedy=f"{hint}`toolchain check --list` shows them all.")
    return CHECKS[name]
