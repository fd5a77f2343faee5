"""What is said of security: every threat names tests that there are, and GitHub's page leads to them."""

import re

from support.places import REPOSITORY

PAGE = REPOSITORY / "book/chapter_appendix/security.md"
ROW = re.compile(r"^\* - (?P<threat>.+)\n  - (?P<tests>(?:`[^`]+`(?:, )?)+)$", re.MULTILINE)


def test_every_threat_has_its_tests() -> None:
    table = PAGE.read_text(encoding="utf-8").partition(":name: tab-threats\n")[2]

    rows = {match["threat"]: re.findall(r"`([^`]+)`", match["tests"]) for match in ROW.finditer(table)}

    assert len(rows) == table.count("\n* - ") - 1  # the head of the table apart
    for threat, files in rows.items():
        for file in files:
            assert "def test_" in (REPOSITORY / "tests" / file).read_text(encoding="utf-8"), threat


def test_githubs_page_says_whom_to_tell_and_leads_to_the_book() -> None:
    text = (REPOSITORY / ".github/SECURITY.md").read_text(encoding="utf-8")

    assert "Report a vulnerability" in text
    for address in re.findall(r"\]\(([^)]+)\)", text):
        assert (REPOSITORY / ".github" / address).resolve().is_file(), address
