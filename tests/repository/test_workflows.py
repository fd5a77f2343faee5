"""What GitHub is told to do: what a stranger's pull request can reach, and what nobody but us may."""

import re
from pathlib import Path
from typing import Any

import pytest
from support.workflow_runs import FOLDER, TRIGGERS, read

ALL = sorted(FOLDER.glob("*.yml"))
READ_ONLY = {"contents": "read"}


def triggers(workflow: dict[Any, Any]) -> set[str]:
    return set(workflow[TRIGGERS])


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job.get("steps", ())]


FOR_STRANGERS = [
    path for path in ALL if any(trigger.startswith("pull_request") for trigger in triggers(read(path)))
]


def test_there_is_one_workflow_for_pull_requests() -> None:
    assert [path.name for path in FOR_STRANGERS] == ["book.yml"]


@pytest.mark.parametrize("path", FOR_STRANGERS, ids=lambda path: path.name)
def test_a_pull_request_reaches_no_secret_and_no_machine_of_ours(path: Path) -> None:
    workflow = read(path)

    # On pull_request_target the code is a stranger's and the secrets are ours.
    assert triggers(workflow) == {"pull_request", "workflow_call"}
    assert "secrets" not in re.sub(r"(?m)#.*$", "", path.read_text(encoding="utf-8"))
    assert "environment" not in str(workflow)
    assert workflow["permissions"] == READ_ONLY
    for job in workflow["jobs"].values():
        assert "permissions" not in job
        assert job["runs-on"].startswith("ubuntu-")
    assert any(step.get("run", "").rstrip().find("nox -s build") >= 0 for step in steps(workflow))


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_every_workflow_has_what_it_needs_and_no_more(path: Path) -> None:
    workflow = read(path)

    assert workflow["permissions"] == READ_ONLY
    assert workflow["concurrency"]["group"]
    for job in workflow["jobs"].values():
        assert job.get("permissions", READ_ONLY) == READ_ONLY
        assert "secrets" not in job  # nothing is inherited by the workflow for pull requests
        assert "uses" in job or job["timeout-minutes"]
    for line in re.findall(r"uses: (.*)", path.read_text(encoding="utf-8")):
        # A tag can be moved to other code; a commit cannot.
        assert re.fullmatch(r"\./\S+|[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line
    for step in steps(workflow):
        if str(step.get("uses")).startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_nothing_that_is_put_in_becomes_the_text_of_a_script(path: Path) -> None:
    # What is put in could be a command, and a secret would be in the log.
    assert [step["run"] for step in steps(read(path)) if "${{" in step.get("run", "")] == []


def test_no_notebook_runs_on_a_machine_that_has_the_secrets() -> None:
    workflow = read(FOLDER / "results.yml")
    jobs = workflow["jobs"]

    assert triggers(workflow) == {"push", "workflow_dispatch"}
    assert workflow[TRIGGERS]["push"] == {"branches": ["main"]}
    # A notebook could leave a process behind that reads what a later step of its job is given.
    assert [name for name, job in jobs.items() if "secrets." in str(job)] == ["send"]
    assert [name for name, job in jobs.items() if "environment" in job] == ["send"]
    assert [name for name, job in jobs.items() if "self-hosted" in str(job.get("runs-on"))] == ["execute"]
    assert "vars.GPU_RUNNER" in jobs["execute"]["if"]
    assert "actions/cache" not in str(jobs)


def test_what_has_the_secrets_is_of_the_branch_and_takes_nothing_but_results() -> None:
    execute, send = (read(FOLDER / "results.yml")["jobs"][name] for name in ("execute", "send"))
    checkouts = [
        step["with"].get("ref", "")
        for job in (execute, send)
        for step in job["steps"]
        if str(step.get("uses")).startswith("actions/checkout@")
    ]

    assert checkouts == ["${{ inputs.commit || github.sha }}", ""]
    handed, taken = (
        next(step["with"] for step in job["steps"] if f"actions/{kind}-artifact@" in str(step.get("uses")))
        for job, kind in ((execute, "upload"), (send, "download"))
    )
    assert (handed["name"], handed["path"]) == (taken["name"], taken["path"]) == ("results", "_build/store")
    assert [step["name"] for step in send["steps"] if "secrets." in str(step)] == ["Send the results"]
    assert commands(execute) == ["execute"]
    assert commands(send) == ["store push"]


def commands(job: dict[str, Any]) -> list[str]:
    return [
        command
        for step in job["steps"]
        for command in re.findall(r"bin/(?:toolchain|nox) ((?:store )?\S+)", step.get("run", ""))
    ]
