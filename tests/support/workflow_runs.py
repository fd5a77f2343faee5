"""Machines that do the steps of a workflow as GitHub's would: each in a shell of its own, all in one folder.

What an action does for us is done here, in a few lines for each. Steps that install something are left out: what they
install is there. A step of a kind that is not known here is an error.
"""

import itertools
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from support.places import REPOSITORY
from support.running import quick_python

FOLDER = REPOSITORY / ".github/workflows"
TRIGGERS = True
"""What YAML makes of the key `on`."""
SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail")
"""How GitHub starts what is for `shell: bash`."""
INSTALLING = re.compile(r"\b(?:apt-get|pip) install\b")
EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")
HIDDEN = shutil.ignore_patterns(".*")
"""What is not uploaded."""


def read(path: Path) -> dict[Any, Any]:
    """Read a workflow."""
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(workflow, dict)
    return workflow


def machines(workflow: Mapping[Any, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each job, by its name, once for each machine that it asks for, with what its matrix says put in."""
    for name, job in workflow["jobs"].items():
        strategy = job.get("strategy", {})
        matrix = strategy.get("matrix", {})
        assert all(isinstance(values, list) for values in matrix.values()), "`include` is not known here"
        rest = {key: value for key, value in job.items() if key != "strategy"}
        for values in itertools.product(*matrix.values()):
            put_in = {f"matrix.{key}": str(value) for key, value in zip(matrix, values, strict=True)}
            yield name, _replaced(rest, put_in)


def _replaced(value: Any, put_in: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(inner, put_in) for key, inner in value.items()}
    if isinstance(value, list):
        return [_replaced(inner, put_in) for inner in value]
    if isinstance(value, str):
        return EXPRESSION.sub(lambda match: put_in.get(match[1], match[0]), value)
    return value


def holds(condition: str, facts: Mapping[str, str]) -> bool:
    """Say whether a condition holds of a run that nobody has cancelled; what is not known is empty."""
    match = EXPRESSION.fullmatch(condition)
    assert match, condition
    return all(_term_holds(term, facts) for term in match[1].split(" && "))


def _term_holds(term: str, facts: Mapping[str, str]) -> bool:
    if term == "!cancelled()":
        return True
    if match := re.fullmatch(r"!([\w.]+)", term):
        return not facts.get(match[1])
    compared = re.fullmatch(r"([\w.]+) (==|!=) '(\w+)'", term)
    assert compared, term
    return (facts.get(compared[1], "") == compared[3]) == (compared[2] == "==")


def jobs_run(
    workflow: Mapping[Any, Any], facts: Mapping[str, str], ends: Mapping[str, str]
) -> dict[str, str]:
    """Return how each job ends, in the order in which they are written, if those that run end as told."""
    results: dict[str, str] = {}
    for name, job in workflow["jobs"].items():
        needed = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
        job_facts = {**facts, **{f"needs.{need}.result": results[need] for need in needed}}
        if "cancelled()" not in job["if"] and any(results[need] != "success" for need in needed):
            results[name] = "skipped"
        else:
            results[name] = ends.get(name, "success") if holds(job["if"], job_facts) else "skipped"
    return results


@dataclass
class Machine:
    """A machine that runs one job."""

    folder: Path
    checkout: Callable[[Path], Path]
    """Puts the sources below a folder, and returns where they are."""
    artifacts: Path
    """What the jobs of one run hand over."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Besides what the person has who runs the tests."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)

    def run(self, job: Mapping[str, Any]) -> str:
        """Do the steps of a job; return how it ended."""
        result = "success"
        self._job_env = job.get("env", {})
        for step in job["steps"]:
            if result == "success" or "if" in step:
                assert step.get("if", "${{ !cancelled() }}") == "${{ !cancelled() }}"
                result = result if self._run_step(step) else "failure"
        return result

    def _run_step(self, step: Mapping[str, Any]) -> bool:
        if "run" in step:
            return bool(INSTALLING.search(step["run"])) or self._run_script(step)
        action = step["uses"].partition("@")[0]
        inputs = step.get("with", {})
        if action == "actions/checkout":
            self.workspace = self.checkout(self.folder)
            self._install()
        elif action == "actions/cache":
            pass  # there is nothing in it
        elif action == "actions/upload-artifact":
            source = self.workspace / inputs["path"]
            shutil.copytree(source, self.artifacts / inputs["name"], ignore=HIDDEN)
        elif action == "actions/download-artifact":
            shutil.copytree(
                self.artifacts / inputs["name"], self.workspace / inputs["path"], dirs_exist_ok=True
            )
        else:
            raise AssertionError(action)
        return True

    def _install(self) -> None:
        program = self.workspace / ".venv/bin/toolchain"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(
            f'#!/bin/sh\nexec {quick_python().executable} -m toolchain "$@"\n', encoding="utf-8"
        )
        program.chmod(0o755)

    def _run_script(self, step: Mapping[str, Any]) -> bool:
        temporary = self.folder / "temp"
        temporary.mkdir(exist_ok=True)
        script = temporary / "script.sh"
        script.write_text(step["run"], encoding="utf-8")
        variables = {name: EXPRESSION.sub(self._secret, value) for name, value in step.get("env", {}).items()}
        process = subprocess.run(
            [*SHELL, script],
            cwd=self.workspace,
            env={**os.environ, "RUNNER_TEMP": str(temporary), **self.env, **self._job_env, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.outputs.append(process.stdout)
        return process.returncode == 0

    def _secret(self, expression: re.Match[str]) -> str:
        kind, _, name = expression[1].partition(".")
        assert kind == "secrets"
        return self.secrets.get(name, "")
