"""Every tiny project with a defect: exactly its finding or its message, the same every time, and none once it is mended.

Its defect stops a build, or concerns more than a page; all others are pages of the books of test_defects.py.

A project's expected.toml says `exit`, sentences or whole messages on `stderr` or `stdout`, the `forms` to build (html unless it says
otherwise), each `[[finding]]`, and each `[[mend]]` that makes a good book of it: at `path`, `old` becomes `new`, or the
file becomes `text`, or it goes with `remove = true`.
"""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.places import TESTS
from support.running import report_of, run_toolchain

USAGE = 2
WARNED_OF = ("SRC001", "SRC002", "SRC003", "SRC006", "SRC009", "SRC010", "sphinx")
"""Begin the ids of what Sphinx warns of as it reads a page; a page that was not edited it would not read again."""
DEFECTS = sorted(path.parent.name for path in (TESTS / "projects").glob("*/expected.toml"))


@pytest.mark.parametrize("name", DEFECTS)
def test_defect_is_named_with_its_place_and_stays_until_mended(
    name: str, copy: Callable[[str], Path]
) -> None:
    project = copy(name)
    expected = tomllib.loads((project / "expected.toml").read_text(encoding="utf-8"))
    forms = expected.get("forms", ["html"])

    first = run_toolchain("build", *forms, project=project)

    assert first.code == expected["exit"], first.stdout + first.stderr
    for sentence in expected.get("stderr", []):
        assert sentence in first.stderr
    for sentence in expected.get("stdout", []):
        assert anywhere(sentence) in anywhere(first.stdout)
    assert "Traceback" not in first.stderr
    findings, descriptions = findings_of(project), expected.get("finding", [])
    assert len(findings) == len(descriptions), findings
    for finding, description in zip(findings, descriptions, strict=True):
        assert_matches(finding, description)

    second = run_toolchain("build", *forms, project=project)

    assert second.code == first.code
    assert findings_of(project) == findings
    assert second.stderr == first.stderr or expected["exit"] != USAGE
    if any(finding["id"].startswith(WARNED_OF) for finding in findings):
        assert_stays_when_another_page_is_edited(project, forms, findings)
    if descriptions or "mend" in expected:
        assert_is_good_when_mended(project, forms, expected["mend"])


def anywhere(text: str) -> str:
    """Return a text without the numbers of lines of LaTeX: they change with whatever stands before."""
    return re.sub(r"(?m)(\.tex:|^  [> ] +)\d+", r"\1N", text)


def assert_stays_when_another_page_is_edited(project: Path, forms: list[str], findings: Any) -> None:
    index = project / "book" / "index.md"
    index.write_text(index.read_text(encoding="utf-8") + "\n% More text.\n", encoding="utf-8")

    again = run_toolchain("build", *forms, project=project)

    assert again.code == 1
    assert findings_of(project) == findings


def assert_is_good_when_mended(project: Path, forms: list[str], mends: list[dict[str, Any]]) -> None:
    for mend in mends:
        path = project / mend["path"]
        if mend.get("remove"):
            path.unlink()
        elif "text" in mend:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(mend["text"], encoding="utf-8")
        else:
            text = path.read_text(encoding="utf-8")
            assert mend["old"] in text
            path.write_text(text.replace(mend["old"], mend["new"]), encoding="utf-8")

    mended = run_toolchain("build", *forms, project=project)

    assert findings_of(project) == []
    assert mended.code == 0, mended.stdout + mended.stderr


def findings_of(project: Path) -> Any:
    report = project / "_build" / "report.json"
    return report_of(project).get("findings", []) if report.exists() else []


def assert_matches(finding: dict[str, Any], description: dict[str, Any]) -> None:
    for key, value in description.items():
        if key == "message":
            assert value in finding["message"]
        else:
            assert finding.get(key) == value, (key, finding)
