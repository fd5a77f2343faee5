"""Every tiny project with a defect: exactly its finding or its message, its exit code, and the same the second time."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import HERE, report_of, run_toolchain

USAGE = 2
DEFECTS = sorted(path.parent.name for path in (HERE / "projects").glob("*/expected.toml"))


@pytest.mark.parametrize("name", DEFECTS)
def test_defect_is_named_with_its_place_and_stays_until_mended(
    name: str, copy: Callable[[str], Path]
) -> None:
    project = copy(name)
    expected = tomllib.loads((project / "expected.toml").read_text(encoding="utf-8"))

    first = run_toolchain("build", "html", project=project)

    assert first.code == expected["exit"], first.stdout + first.stderr
    for sentence in expected.get("stderr", []):
        assert sentence in first.stderr
    for sentence in expected.get("stdout", []):
        assert sentence in first.stdout
    assert "Traceback" not in first.stderr
    found, wanted = findings_of(project), expected.get("finding", [])
    assert len(found) == len(wanted), found
    for finding, description in zip(found, wanted, strict=True):
        assert_matches(finding, description)

    second = run_toolchain("build", "html", project=project)

    assert second.code == first.code
    assert findings_of(project) == found
    assert second.stderr == first.stderr or expected["exit"] != USAGE


FINDINGS = [
    name for name in DEFECTS if "[[finding]]" in (HERE / "projects" / name / "expected.toml").read_text()
]


@pytest.mark.parametrize("name", FINDINGS)
def test_finding_stays_when_another_page_is_edited(name: str, copy: Callable[[str], Path]) -> None:
    project = copy(name)
    run_toolchain("build", "html", project=project)
    before = findings_of(project)
    index = project / "book" / "index.md"
    index.write_text(index.read_text(encoding="utf-8") + "\nMore text.\n", encoding="utf-8")

    again = run_toolchain("build", "html", project=project)

    assert again.code == 1
    assert findings_of(project) == before


def findings_of(project: Path) -> Any:
    report = project / "_build" / "report.json"
    return report_of(project).get("findings", []) if report.exists() else []


def assert_matches(finding: dict[str, Any], description: dict[str, Any]) -> None:
    for key, value in description.items():
        if key == "message":
            assert value in finding["message"]
        else:
            assert finding.get(key) == value, (key, finding)
