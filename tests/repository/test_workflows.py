"""What GitHub is told to do: what a stranger's pull request can reach, and what nobody but us may."""

import re
from pathlib import Path
from typing import Any

import pytest
from support.places import REPOSITORY
from support.workflow_runs import FOLDER, TRIGGERS, Machine, machines, read

ALL = sorted(FOLDER.glob("*.yml"))
READ_ONLY = {"contents": "read"}


def triggers(workflow: dict[Any, Any]) -> set[str]:
    return set(workflow[TRIGGERS])


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job.get("steps", ())]


FOR_STRANGERS = [
    path for path in ALL if any(trigger.startswith("pull_request") for trigger in triggers(read(path)))
]


def test_two_workflows_are_for_pull_requests() -> None:
    assert {path.name: triggers(read(path)) for path in FOR_STRANGERS} == {
        "book.yml": {"pull_request", "workflow_call"},
        "tests.yml": {"pull_request", "push"},
    }
    assert read(FOLDER / "tests.yml")[TRIGGERS]["push"] == {"branches": ["main"]}


@pytest.mark.parametrize("path", FOR_STRANGERS, ids=lambda path: path.name)
def test_a_pull_request_reaches_no_secret_and_no_machine_of_ours(path: Path) -> None:
    workflow = read(path)

    # On pull_request_target the code is a stranger's and the secrets are ours.
    assert [trigger for trigger in triggers(workflow) if trigger.startswith("pull_request_")] == []
    assert "secrets" not in re.sub(r"(?m)#.*$", "", path.read_text(encoding="utf-8"))
    assert "environment" not in str(workflow)
    assert workflow["permissions"] == READ_ONLY
    for _, job in machines(workflow):
        assert "permissions" not in job
        assert "uses" not in job
        # These names are GitHub's own machines, each made anew for a job.
        assert re.fullmatch(r"(?:ubuntu|macos)-\d+(?:\.\d+)?", job["runs-on"])


def test_a_pull_request_is_built_checked_and_tested() -> None:
    assert [commands(job) for job in read(FOLDER / "book.yml")["jobs"].values()] == [["-s build"]]
    tests = read(FOLDER / "tests.yml")["jobs"]
    assert {name: commands(job) for name, job in tests.items()} == {
        "linux": ["-s lint", "-s tests"],
        "macos": ["-s lint", "-s portable"],
    }


NOX = """\
#!/bin/sh
echo "nox $*"
"""


def test_every_python_is_asked_for_what_nox_knows(tmp_path: Path) -> None:
    known = set(
        re.findall(r"^def (\w+)\(session", (REPOSITORY / "noxfile.py").read_text("utf-8"), re.MULTILINE)
    )
    asked = []
    for number, (name, job) in enumerate(machines(read(FOLDER / "tests.yml"))):

        def checkout(folder: Path) -> Path:
            programs = folder / ".venv/bin"
            programs.mkdir(parents=True)
            for program in (programs / "nox", programs / "python"):
                program.write_text(NOX, encoding="utf-8")
                program.chmod(0o755)
            return folder

        machine = Machine(tmp_path / str(number), checkout, tmp_path)
        assert machine.run(job) == "success", machine.outputs
        lines = re.findall(r"^nox -s (\w+) --force-python (\S+)", "".join(machine.outputs), re.MULTILINE)
        assert {session for session, _ in lines} <= known
        asked += [(name, *line) for line in lines]

    assert asked == [
        *(("linux", session, python) for python in ("3.11", "3.12", "3.13") for session in ("lint", "tests")),
        *(("macos", session, python) for python in ("3.11", "3.13") for session in ("lint", "portable")),
    ]


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
        for command in re.findall(r"bin/(?:toolchain|nox) ((?:store |-s )?\S+)", step.get("run", ""))
    ]
