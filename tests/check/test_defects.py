"""A book with a defect on each page: each has exactly its findings, the same every time, and none once it is mended.

tests/projects/defects/expected/PAGE.toml says the page's findings, advice among them, and `[[mend]]`: `old` becomes `new`, or
the whole page `text`. Defects that stop a build, or concern more than a page, are projects of their own: test_projects.py.
"""

import tomllib
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.places import TESTS
from support.running import report_of, run_toolchain

EXPECTED = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted((TESTS / "projects/defects/expected").glob("*.toml"))
}

Findings = dict[str, list[dict[str, Any]]]


def test_each_defect_is_named_with_its_place_and_stays_until_mended(copy: Callable[[str], Path]) -> None:
    project = copy("defects")
    assert {path.stem for path in (project / "book").glob("*.md")} == {"index", *EXPECTED}

    first = build(project, 1)

    assert {page: as_expected(page, found) for page, found in first.items()} == {
        f"book/{name}.md": expected["finding"] for name, expected in EXPECTED.items()
    }

    assert build(project, 1) == first

    index = project / "book/index.md"
    index.write_text(index.read_text(encoding="utf-8") + "\nMore text.\n", encoding="utf-8")
    assert build(project, 1) == first

    for name, expected in EXPECTED.items():
        path = project / f"book/{name}.md"
        for mend in expected["mend"]:
            text = path.read_text(encoding="utf-8")
            assert mend.get("old", "") in text, name
            mended = mend["text"] if "text" in mend else text.replace(mend["old"], mend["new"])
            path.write_text(mended, encoding="utf-8")
    assert build(project, 0) == {}


def build(project: Path, code: int) -> Findings:
    """Build the site, and return its findings by the files that they are in."""
    run = run_toolchain("build", "html", project=project)
    assert run.code == code, run.stdout + run.stderr
    findings: Findings = defaultdict(list)
    for finding in report_of(project)["findings"]:
        findings[finding["path"]].append(finding)
    return dict(findings)


def as_expected(page: str, findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return findings as the expectations are written: what these do not say of one is left out, and of its message the rest."""
    expected = EXPECTED.get(Path(page).stem, {}).get("finding", [])
    if len(findings) != len(expected):
        return findings
    return [
        {
            key: expected_value if key == "message" and expected_value in finding[key] else finding.get(key)
            for key, expected_value in description.items()
        }
        for finding, description in zip(findings, expected, strict=True)
    ]
