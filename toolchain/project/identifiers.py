"""Identifiers of people and publications, and what is wrong with one: each has a last digit that slips of the pen do not fit."""

import re

ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]")
DOI = re.compile(r"10\.\d{4,9}(\.\d+)*/[^\s<>\"]+")
SEPARATORS = re.compile(r"[- ]")
ISBN_10, ISBN_13 = re.compile(r"\d{9}[\dX]"), re.compile(r"97[89]\d{10}")
TEN = "X"
"""The last character where ten would be the last digit."""


def wrong_with_orcid(orcid: str) -> str:
    """Return what is wrong with an ORCID iD; empty if nothing is. Its last digit is that of ISO 7064, MOD 11-2."""
    if not ORCID.fullmatch(orcid):
        return (
            f"{orcid!r} is no ORCID iD: these are four groups of four digits, such as '0000-0002-1825-0097'"
        )
    total = 0
    for digit in orcid[:-1].replace("-", ""):
        total = (total + int(digit)) * 2
    return _wrong_end(orcid, (12 - total % 11) % 11)


def wrong_with_isbn(isbn: str) -> str:
    """Return what is wrong with an ISBN of 10 or 13 digits, hyphens and spaces between them left out; empty if nothing is."""
    digits = SEPARATORS.sub("", isbn)
    if ISBN_13.fullmatch(digits):
        weighted = sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(digits[:-1]))
        return _wrong_end(isbn, -weighted % 10)
    if ISBN_10.fullmatch(digits):
        weighted = sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:-1]))
        return _wrong_end(isbn, -weighted % 11)
    return (
        f"{isbn!r} is no ISBN: it has 13 digits that begin with 978 or 979, or 10, with hyphens as you like"
    )


def wrong_with_doi(doi: str) -> str:
    """Return what is wrong with a DOI; empty if nothing is. It has no digit that would tell of a slip."""
    if DOI.fullmatch(doi):
        return ""
    return f"{doi!r} is no DOI: write it without an address before it, such as '10.5281/zenodo.1234'"


def _wrong_end(text: str, wanted: int) -> str:
    digit = TEN if wanted == 10 else str(wanted)  # noqa: PLR2004 - the number that it stands for
    return "" if text.endswith(digit) else f"{text!r} has a wrong digit: these would end with {digit}"
