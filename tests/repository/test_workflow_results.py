"""What GitHub is told to do about results, done: a GPU computes, a machine without one sends, a pull request is built."""

import os
import shutil
from pathlib import Path

import pytest
from support.projects import copy_project
from support.running import run_toolchain
from support.shared_results import ACCOUNT, DRIVER, NAME, NO_ACCOUNT, PAGE, bucket, build, shown, statuses
from support.workflow_runs import FOLDER, Machine, jobs_run, read

from toolchain.processes import hardware

RESULTS = read(FOLDER / "results.yml")
BROKEN = PAGE.replace("gpus: 1", "gpus: 0").replace("open(", "raise SystemExit(")
NO_KERNEL = {"XDG_CACHE_HOME": os.devnull}
"""There is no place to make an environment in."""
pytestmark = pytest.mark.skipif(bool(hardware.gpus()), reason="this machine has a GPU")


class Sources:
    """A book in a repository, with a page for a GPU, a page that fails, and a store that everybody reads as files."""

    def __init__(self, folder: Path, store: str) -> None:
        self._folder = folder
        self.project = copy_project("minimal", folder)
        shutil.copyfile(folder / "kernel/cpu.lock", folder / "kernel/gpu.lock")
        (self.project / f"book/{NAME}.md").write_text(PAGE, encoding="utf-8")
        self.other = self.project / "book/chapter_waves/other.md"
        self.other.write_text(BROKEN, encoding="utf-8")
        index = self.project / "book/index.md"
        listed = index.read_text(encoding="utf-8").replace(NAME, f"{NAME}\nchapter_waves/other")
        index.write_text(listed, encoding="utf-8")
        with (self.project / "_config/book.toml").open("a", encoding="utf-8") as toml:
            toml.write(f"\n[store]\n{store}\n")

    def checkout(self, folder: Path) -> Path:
        shutil.copytree(self._folder, folder, dirs_exist_ok=True)
        return folder / "projects/minimal"


def signing_key(folder: Path) -> tuple[str, str]:
    """Make a key to sign with; return what stands in its file, and the line of book.toml."""
    creation = run_toolchain("store", "key", folder / "key.pem", project=folder)
    assert creation.code == 0, creation.stderr
    return (folder / "key.pem").read_text(encoding="utf-8").strip(), creation.stdout.splitlines()[-1]


def test_one_machine_computes_another_sends_and_a_pull_request_runs_nothing(s3: str, tmp_path: Path) -> None:
    private, trusted = signing_key(tmp_path)
    url = bucket(s3, "workflow")
    store = f'remote = "{s3}/workflow/results"\npush = "{url}"\n{trusted}\n'
    sources = Sources(tmp_path / "sources", store + f'[store.push_options]\nendpoint_url = "{s3}"')
    driver = tmp_path / "driver/nvidia-smi"
    driver.parent.mkdir()
    driver.write_text(DRIVER, encoding="utf-8")
    driver.chmod(0o755)
    run = tmp_path / "artifacts"

    gpu = Machine(
        tmp_path / "gpu",
        sources.checkout,
        run,
        env={**NO_ACCOUNT, "PATH": f"{driver.parent}:{os.environ['PATH']}"},
    )
    assert gpu.run(RESULTS["jobs"]["execute"]) == "failure"  # of one page; the other's result is handed over
    assert "book/chapter_waves/other.md" in gpu.outputs[-1]
    secrets = {
        "STORE_KEY_ID": ACCOUNT["AWS_ACCESS_KEY_ID"],
        "STORE_KEY": ACCOUNT["AWS_SECRET_ACCESS_KEY"],
        "SIGNING_KEY": private,
    }
    sender = Machine(
        tmp_path / "sender", sources.checkout, run, env={**NO_ACCOUNT, **NO_KERNEL}, secrets=secrets
    )
    assert sender.run(RESULTS["jobs"]["send"]) == "success", sender.outputs
    assert f"pushed to {url}: 1 result and 1 signature" in sender.outputs[-1]
    assert private.splitlines()[1] not in "".join(gpu.outputs + sender.outputs)
    for path in (tmp_path / "sender/temp").glob("*.pem"):
        assert path.stat().st_mode & 0o077 == 0

    sources.other.write_text("# Without code\n", encoding="utf-8")
    request = sources.checkout(tmp_path / "request")
    request_build = build(request, env=NO_ACCOUNT)
    assert request_build.code == 0, request_build.stdout + request_build.stderr
    assert (statuses(request), shown(request)) == (["reused"], "'1,2,3'")

    again = Machine(tmp_path / "again", sources.checkout, tmp_path / "more", env={**NO_ACCOUNT, **NO_KERNEL})
    assert again.run(RESULTS["jobs"]["execute"]) == "success", (
        again.outputs
    )  # the runner that forgets everything
    assert "0 executed, 1 reused" in again.outputs[-1]


def test_without_a_key_to_sign_with_what_is_sent_is_not_signed(s3: str, tmp_path: Path) -> None:
    url = bucket(s3, "unsigned")
    sources = Sources(tmp_path / "sources", f'remote = "{url}"\n[store.options]\nendpoint_url = "{s3}"')
    (tmp_path / "artifacts/results").mkdir(parents=True)
    secrets = {"STORE_KEY_ID": "somebody", "STORE_KEY": "secret"}
    sender = Machine(
        tmp_path / "sender", sources.checkout, tmp_path / "artifacts", env=NO_ACCOUNT, secrets=secrets
    )

    assert sender.run(RESULTS["jobs"]["send"]) == "success", sender.outputs
    assert f"pushed to {url}: 0 results" in sender.outputs[-1]
    assert not list((tmp_path / "sender/temp").glob("*.pem"))


GPU = {"vars.GPU_RUNNER": "true"}


@pytest.mark.parametrize(
    ("facts", "ends", "results"),
    [
        ({}, {}, ("skipped", "skipped", "success")),
        (GPU, {}, ("success", "success", "success")),
        (GPU, {"execute": "failure"}, ("failure", "success", "skipped")),
        (GPU, {"send": "failure"}, ("success", "failure", "skipped")),
        ({**GPU, "inputs.commit": "c0ffee"}, {}, ("success", "success", "skipped")),
    ],
    ids=["no GPU", "all is well", "a notebook fails", "the store is not reached", "of a pull request"],
)
def test_which_jobs_run(facts: dict[str, str], ends: dict[str, str], results: tuple[str, ...]) -> None:
    assert tuple(jobs_run(RESULTS, facts, ends).values()) == results
