"""What GitHub is told to do: what a stranger's pull request can reach, and what nobody but us may."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import REPOSITORY

FOLDER = REPOSITORY / ".github/workflows"
ALL = sorted(FOLDER.glob("*.yml"))
READ_ONLY = {"contents": "read"}
TRIGGERS = True
"""What YAML makes of the key `on`."""


def read(path: Path) -> dict[Any, Any]:
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(told, dict)
    return told


def triggers(told: dict[Any, Any]) -> set[str]:
    return set(told[TRIGGERS])


def steps(told: dict[Any, Any]) -> list[dict[str, Any]]:
    return [step for job in told["jobs"].values() for step in job.get("steps", ())]


FOR_STRANGERS = [
    path for path in ALL if any(each.startswith("pull_request") for each in triggers(read(path)))
]


def test_there_is_one_workflow_for_pull_requests() -> None:
    assert [path.name for path in FOR_STRANGERS] == ["book.yml"]


@pytest.mark.parametrize("path", FOR_STRANGERS, ids=lambda path: path.name)
def test_a_pull_request_reaches_no_secret_and_no_machine_of_ours(path: Path) -> None:
    told = read(path)

    # On pull_request_target the code is a stranger's and the secrets are ours.
    assert triggers(told) == {"pull_request", "workflow_call"}
    assert "secrets" not in re.sub(r"(?m)#.*$", "", path.read_text(encoding="utf-8"))
    assert "environment" not in str(told)
    assert told["permissions"] == READ_ONLY
    for job in told["jobs"].values():
        assert "permissions" not in job
        assert job["runs-on"].startswith("ubuntu-")
    assert any(step.get("run", "").rstrip().find("nox -s build") >= 0 for step in steps(told))


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_every_workflow_has_what_it_needs_and_no_more(path: Path) -> None:
    told = read(path)

    assert told["permissions"] == READ_ONLY
    assert told["concurrency"]["group"]
    for job in told["jobs"].values():
        assert job.get("permissions", READ_ONLY) == READ_ONLY
        assert "secrets" not in job  # nothing is inherited by the workflow for pull requests
        assert "uses" in job or job["timeout-minutes"]
    for line in re.findall(r"uses: (.*)", path.read_text(encoding="utf-8")):
        # A tag can be moved to other code; a commit cannot.
        assert re.fullmatch(r"\./\S+|[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line
    for step in steps(told):
        if str(step.get("uses")).startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_no_notebook_runs_where_the_secrets_are() -> None:
    told = read(FOLDER / "results.yml")

    assert triggers(told) == {"push", "workflow_dispatch"}
    job = told["jobs"]["execute"]
    assert job["runs-on"] == ["self-hosted", "gpu"]
    assert "vars.GPU_RUNNER" in job["if"]
    assert "secrets." not in str({key: value for key, value in job.items() if key != "steps"})
    with_secrets = [step for step in job["steps"] if "secrets." in str(step)]
    (sending,) = with_secrets
    assert re.findall(r"bin/toolchain (\w+(?: \w+)?)", sending["run"]) == ["store push"]
    assert "${{" not in sending["run"]  # a secret comes as a variable: the text of a script is in the log
    assert job["steps"].index(sending) == len(job["steps"]) - 1
    assert re.findall(r"bin/toolchain (\w+)", job["steps"][-2]["run"]) == ["execute"]
