"""A book with a defect on each page: each has exactly its findings, the same every time, and none once it is mended.

expected/PAGE.toml of such a book says the page's findings, advice among them, and `[[mend]]`: `old` becomes `new`, or
the whole page `text`. Defects that stop a build, or concern more than a page, are projects of their own: test_projects.py.
"""

import tomllib
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.running import report_of, run_toolchain

FORMS = {"defects": "html", "defects-in-print": "pdf", "defects-in-notebooks": "notebooks"}
"""Which form shows the defects of each book."""

Findings = dict[str, list[dict[str, Any]]]


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMS)
def test_each_defect_is_named_with_its_place_and_stays_until_mended(
    name: str, copy: Callable[[str], Path]
) -> None:
    project, form = copy(name), FORMS[name]
    files = sorted((project / "expected").glob("*.toml"))
    assert {path.stem for path in (project / "book").iterdir() if path.suffix in (".md", ".ipynb")} == {
        "index",
        *(path.stem for path in files),
    }
    defects = [tomllib.loads(path.read_text(encoding="utf-8")) for path in files]
    expected: Findings = defaultdict(list)
    descriptions = (description for defect in defects for description in defect["finding"])
    for description in sorted(descriptions, key=lambda found: found.get("id", "")):
        expected[description["path"]].append(description)

    first = build(project, form, 1)

    assert {path: as_expected(found, expected[path]) for path, found in first.items()} == expected

    assert build(project, form, 1) == first

    index = project / "book/index.md"
    index.write_text(index.read_text(encoding="utf-8") + "\n% More text.\n", encoding="utf-8")
    assert build(project, form, 1) == first

    for mend in (mend for defect in defects for mend in defect["mend"]):
        page = project / mend["path"]
        text = page.read_text(encoding="utf-8")
        assert mend.get("old", "") in text, page
        mended = mend["text"] if "text" in mend else text.replace(mend["old"], mend["new"])
        page.write_text(mended, encoding="utf-8")
    assert build(project, form, 0) == {}


def build(project: Path, form: str, code: int) -> Findings:
    """Build a form, and return its findings by the files that they are in."""
    run = run_toolchain("build", form, project=project)
    assert run.code == code, run.stdout + run.stderr
    findings: Findings = defaultdict(list)
    for finding in sorted(report_of(project)["findings"], key=lambda found: found.get("id", "")):
        findings[finding["path"]].append(finding)
    return dict(findings)


def as_expected(findings: list[dict[str, Any]], expected: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return findings as expectations are written: what these do not say of one is left out, and of its message the rest."""
    if len(findings) != len(expected):
        return findings
    return [
        {
            key: value if key == "message" and value in finding[key] else finding.get(key)
            for key, value in description.items()
        }
        for finding, description in zip(findings, expected, strict=True)
    ]
