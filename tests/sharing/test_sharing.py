"""Sharing results as people meet it: a host with a GPU computes, a laptop without one builds, through any kind of store."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from support.projects import copy_project
from support.running import report_of, run_toolchain
from support.shared_results import ACCOUNT, DRIVER, NAME, NO_ACCOUNT, PAGE, bucket, build, shown, statuses
from support.sharing_places import Server, digests, make_up, serving

from toolchain.messages import progress
from toolchain.processes import hardware
from toolchain.project import settings
from toolchain.sharing import exchange, services
from toolchain.store.store import Store

pytestmark = pytest.mark.skipif(bool(hardware.gpus()), reason="this machine has a GPU")


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a project that has been executed on a host with a simulated GPU: its folder, and that of its kernel."""
    project = copy_project("minimal", tmp_path_factory.mktemp("gpu-host"))
    shutil.copyfile(project.parents[1] / "kernel/cpu.lock", project.parents[1] / "kernel/gpu.lock")
    (project / f"book/{NAME}.md").write_text(PAGE, encoding="utf-8")
    driver = project.parents[1] / "bin/nvidia-smi"
    driver.parent.mkdir()
    driver.write_text(DRIVER, encoding="utf-8")
    driver.chmod(0o755)
    run = run_toolchain(
        "execute", "--json", project=project, env={"PATH": f"{driver.parent}:{os.environ['PATH']}"}
    )
    assert run.code == 0, run.stderr
    assert [notebook["status"] for notebook in run.json["notebooks"]] == ["executed"]
    return project.parents[1]


def host(computed: Path, folder: Path, store: str = "") -> Path:
    """Give the project as another machine has it, or the same machine with its results."""
    shutil.copytree(computed, folder, ignore=shutil.ignore_patterns("bin"))
    project = folder / "projects/minimal"
    with (project / "_config/book.toml").open("a", encoding="utf-8") as toml:
        toml.write(f"\n[store]\n{store}\n")
    return project


def laptop(computed: Path, folder: Path, store: str = "") -> Path:
    project = host(computed, folder, store)
    shutil.rmtree(project / "_build")
    return project


def test_a_laptop_builds_what_a_gpu_host_computed_through_a_folder(computed: Path, tmp_path: Path) -> None:
    gpu_host = host(computed, tmp_path / "gpu", 'remote = "../../../share"')
    mine = laptop(computed, tmp_path / "laptop", 'remote = "../../../share"')

    alone = build(mine)
    assert alone.code == 1
    assert "goes on without the results of others" in alone.stderr
    assert statuses(mine) == ["missing"]

    another = copy_project("minimal", tmp_path / "another")
    make_up(Store(another / "_build/store"), range(3))
    assert run_toolchain("store", "push", tmp_path / "share", project=another).code == 0
    pushed = run_toolchain("store", "push", "--json", project=gpu_host)
    assert pushed.code == 0, pushed.stderr
    assert (pushed.json["results"], pushed.json["there"], pushed.json["refused"]) == (1, 0, [])
    assert run_toolchain("store", "push", "--json", project=gpu_host).json["there"] == 1

    planned = run_toolchain("plan", project=mine)
    assert f"asks {tmp_path / 'share'} for what is not here" in planned.stdout
    assert not (mine / "_build/store/blobs").exists()

    second = build(mine)  # of a book that lacks a result, it is asked again although nothing has changed
    assert second.code == 0, second.stdout + second.stderr
    assert "1 result pulled" in second.stderr
    assert statuses(mine) == ["reused"]
    (notebook,) = report_of(mine)["notebooks"]
    assert notebook["reason"] == f"pulled from {tmp_path / 'share'}"
    assert notebook["device"] == "simulated"
    assert shown(mine) == "'1,2,3'"
    # Nothing else has come of what is there, least of all that it was computed here.
    there = digests(gpu_host / "_build/store")
    assert digests(mine / "_build/store") == {
        name: digest for name, digest in there.items() if not name.startswith("computed/")
    }

    unchanged = build(mine, env={"PYTHONPROFILEIMPORTTIME": "1"})
    assert "nothing changed since the last build" in unchanged.stderr
    imported = {line.rpartition("|")[2].strip() for line in unchanged.stderr.splitlines()}
    assert "toolchain.commands.cli" in imported
    assert not imported & {"requests", "fsspec", "cryptography", "toolchain.sharing.exchange"}

    before = digests(tmp_path / "share")
    assert run_toolchain("store", "verify", tmp_path / "share", project=mine).code == 0
    assert digests(tmp_path / "share") == before


def test_a_result_of_a_gpu_that_others_have_goes_before_one_of_the_cpu(
    computed: Path, tmp_path: Path
) -> None:
    gpu_host = host(computed, tmp_path / "gpu", 'remote = "../../../share"')
    mine = laptop(computed, tmp_path / "laptop", 'remote = "../../../share"')
    page = mine / f"book/{NAME}.md"
    page.write_text(PAGE.replace("gpus: 1", "gpus: 1, cpu_fallback: true"), encoding="utf-8")
    assert run_toolchain("store", "push", project=gpu_host).code == 0

    for options, status, device in ((["--offline"], "executed", "cpu"), ([], "reused", "simulated")):
        run = run_toolchain("execute", "--json", *options, project=mine)
        assert run.code == 0, run.stderr
        (notebook,) = run.json["notebooks"]
        assert (notebook["status"], notebook["device"]) == (status, device)


def test_a_laptop_builds_through_a_web_server_which_an_unchanged_build_does_not_ask(
    computed: Path, tmp_path: Path
) -> None:
    gpu_host = host(computed, tmp_path / "gpu", 'push = "../../../share"')
    (tmp_path / "share").mkdir()
    server = Server(tmp_path / "share")
    with serving(server):
        mine = laptop(computed, tmp_path / "laptop", f'remote = "{server.url}"')
        assert run_toolchain("store", "push", project=gpu_host).code == 0

        assert run_toolchain("plan", project=mine).code == 0
        assert run_toolchain("execute", "--offline", project=mine).code == 1
        assert server.requested == []

        first = build(mine)
        assert first.code == 0, first.stdout + first.stderr
        assert (statuses(mine), shown(mine)) == (["reused"], "'1,2,3'")
        assert len(server.requested) == 4  # marker, index, record, notebook

        assert build(mine).stderr == "nothing changed since the last build\n"
        assert run_toolchain("execute", project=mine).code == 0  # looks at all, and has nothing to run
        assert len(server.requested) == 4

        refused = run_toolchain("store", "push", server.url, project=mine)
        assert refused.code == 2
        assert "nothing can be written through a web server" in refused.stderr
        assert "`push` in [store]" in refused.stderr
        assert run_toolchain("store", "verify", server.url, project=mine).code == 0

    gone = run_toolchain("execute", "--force", "--push", project=mine)
    assert gone.code == 2  # before anything runs
    assert "nothing can be written through a web server" in gone.stderr


def test_a_laptop_builds_through_a_bucket_that_it_has_no_account_for(
    computed: Path, s3: str, tmp_path: Path
) -> None:
    url = bucket(s3, "book")
    store_lines = f'remote = "{url}"\n[store.options]\nanon = true\nendpoint_url = "{s3}"\n'
    store_lines += f'[store.push_options]\nendpoint_url = "{s3}"'
    gpu_host = host(computed, tmp_path / "gpu", store_lines)
    mine = laptop(computed, tmp_path / "laptop", store_lines)

    nobody = run_toolchain("store", "push", project=gpu_host, env=NO_ACCOUNT)
    assert nobody.code == 2
    assert f"{url}: may not be listed: no credentials" in nobody.stderr
    assert "Traceback" not in nobody.stderr

    run = run_toolchain("execute", "--push", project=gpu_host, env=ACCOUNT)
    assert run.code == 0, run.stderr
    assert f"pushed to {url}: 1 result" in run.stderr

    laptop_build = build(mine, env=NO_ACCOUNT)
    assert laptop_build.code == 0, laptop_build.stdout + laptop_build.stderr
    assert (statuses(mine), shown(mine)) == (["reused"], "'1,2,3'")
    verified = run_toolchain("store", "verify", url, "--json", project=mine, env=NO_ACCOUNT)
    assert verified.code == 0, verified.stderr
    assert (verified.json["results"], verified.json["refused"]) == (1, [])


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("s3://no-such-bucket/here", "there is no such folder or bucket"),
        ("http://127.0.0.1:9", "cannot be reached"),
        ("/nowhere/at/all", "there is no"),
        ("quux://somewhere", "no such place"),
        ("/", "it names no folder"),
        (__file__, "is no folder"),
    ],
)
def test_a_place_that_cannot_be_had_is_a_clear_error(url: str, message: str, s3: str, tmp_path: Path) -> None:
    project = copy_project("minimal", tmp_path)
    env = {**ACCOUNT, "AWS_ENDPOINT_URL": s3}
    make_up(Store(project / "_build/store"), range(1))

    for command in ("pull",) if url.startswith("http") else ("pull", "push"):
        refused = run_toolchain("store", command, url, project=project, env=env)
        assert refused.code == 2, refused.stdout
        assert url in refused.stderr
        assert message in refused.stderr or (command, url[:3]) == ("pull", "s3:")
        assert "Traceback" not in refused.stderr
        assert "defect" not in refused.stderr


@pytest.mark.parametrize(
    ("url", "options", "why", "times"),
    [
        (
            "s3://book/x",
            "anon = true\nconfig_kwargs = {read_timeout = 0.2}",
            "Read timeout",
            services.ATTEMPTS,
        ),
        ("gs://book/x", 'token = "anon"\nrequests_timeout = 0.2', "it does not answer", 1),
    ],
)
def test_a_bucket_that_never_answers_is_left_soon(
    url: str, options: str, why: str, times: int, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        project = copy_project("minimal", tmp_path)
        with (project / "_config/book.toml").open("a", encoding="utf-8") as toml:
            toml.write(
                f'\n[store]\nremote = "{url}"\n[store.options]\nendpoint_url = "{address}"\n{options}\n'
            )
        pull = run_toolchain(
            "store", "pull", project=project, env={"GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false"}
        )
        server.settimeout(0.1)
        connections = 0
        with contextlib.suppress(TimeoutError):
            while True:
                server.accept()[0].close()
                connections += 1
    assert pull.code == 2
    assert f"error: {url}: cannot be read: {why}" in pull.stderr
    assert connections == times


def test_an_empty_object_of_a_bucket_is_no_store(s3: str, tmp_path: Path) -> None:
    url = bucket(s3, "empty")
    requests.put(f"{s3}/empty/results/store.json", data=b"", timeout=60).raise_for_status()
    project = copy_project("minimal", tmp_path)
    pull = run_toolchain("store", "pull", url, project=project, env={**ACCOUNT, "AWS_ENDPOINT_URL": s3})
    assert (pull.code, f"{url}: there is no store of results" in pull.stderr) == (2, True), pull


def test_what_is_shared_is_not_where_a_build_keeps_its_own(tmp_path: Path) -> None:
    project = copy_project("minimal", tmp_path)
    make_up(Store(project / "_build/store"), range(1))
    (tmp_path / "link").symlink_to(project / "_build/store")
    before = digests(project / "_build")
    for place in (tmp_path / "link", project / "_build/share", f"FILE://{project}/_build"):
        for command in ("push", "pull"):
            refused = run_toolchain("store", command, place, project=project)
            assert (refused.code, "where only this project's own things are" in refused.stderr) == (
                2,
                True,
            ), refused
    assert digests(project / "_build") == before


@pytest.mark.parametrize(
    ("url", "package", "extra"), [("gs://bucket/here", "gcsfs", "gs"), ("sftp://host/here", "sshfs", "sftp")]
)
def test_a_package_that_an_address_needs_is_named(url: str, package: str, extra: str, tmp_path: Path) -> None:
    project = copy_project("minimal", tmp_path)
    # As if it were not installed.
    (tmp_path / f"{package}.py").write_text("raise ImportError('no such package')", encoding="utf-8")
    pull = run_toolchain("store", "pull", url, project=project, env={"PYTHONPATH": str(tmp_path)})
    assert pull.code == 2, pull.stdout
    assert f"error: {url}: the package for such addresses is not installed" in pull.stderr
    assert f"pip install '.[{extra}]'" in pull.stderr


@pytest.mark.parametrize("kind", ["folder", "bucket"])
def test_two_hosts_that_push_at_once_lose_nothing(kind: str, s3: str, tmp_path: Path) -> None:
    url = bucket(s3, "crowd") if kind == "bucket" else str(tmp_path / "share")
    env = {**ACCOUNT, "AWS_ENDPOINT_URL": s3}
    # All in one part of the index; what both have, they have computed differently.
    hosts = [copy_project("minimal", tmp_path / name) for name in "ab"]
    for number, (project, numbers) in enumerate(zip(hosts, (range(8), range(4, 12)), strict=True)):
        make_up(Store(project / "_build/store"), numbers, output=f" on {number}", prefix="0")

    with ThreadPoolExecutor() as pool:
        pushes = list(
            pool.map(
                lambda project: run_toolchain("store", "push", url, "--json", project=project, env=env), hosts
            )
        )

    assert [push.code for push in pushes] == [0, 0], pushes
    assert sum(push.json["results"] for push in pushes) == 12
    assert sum(len(push.json["kept"]) for push in pushes) + sum(push.json["there"] for push in pushes) == 4
    verified = run_toolchain("store", "verify", url, "--json", project=hosts[0], env=env)
    assert verified.code == 0, verified.stdout
    assert (verified.json["results"], verified.json["refused"], verified.json["unlisted"]) == (12, [], [])
    mine = copy_project("minimal", tmp_path / "mine")
    pulled = run_toolchain("store", "pull", url, "--json", project=mine, env=env)
    assert (pulled.code, pulled.json["results"]) == (0, 12)
    assert run_toolchain("store", "verify", "--json", project=mine).json == {
        "notebooks": 12,
        "records": 12,
        "damaged": [],
    }


KILLED = """\
import itertools, os, signal, sys
from pathlib import Path
from toolchain.project import settings
from toolchain.sharing import exchange, services

project_settings = settings.load(Path(sys.argv[1]))
target = exchange.target(project_settings, url=sys.argv[2])
write, number = target.remote.write, itertools.count()

def until_killed(*arguments, **options):
    if next(number) >= 25:
        os.kill(os.getpid(), signal.SIGKILL)
    return write(*arguments, **options)

target.remote.write = until_killed
exchange.push_all(project_settings, target, lambda event: None)
"""


def test_a_push_that_was_killed_is_gone_on_with(tmp_path: Path) -> None:
    project = copy_project("minimal", tmp_path)
    make_up(Store(project / "_build/store"), range(40))
    share = tmp_path / "share"
    killed = subprocess.run([sys.executable, "-c", KILLED, project, share], check=False)
    assert killed.returncode == -signal.SIGKILL
    arrived = set(share.glob("keys/*/*/*.json"))
    assert 0 < len(arrived) < 40
    # What has arrived can be found as soon as anybody pushes, even nothing.
    another = copy_project("minimal", tmp_path / "another")
    assert run_toolchain("store", "push", share, project=another).code == 0
    verified = run_toolchain("store", "verify", share, "--json", project=another)
    assert (verified.code, verified.json["results"]) == (0, len(arrived)), verified.stdout
    (half,) = [path for path in share.glob("blobs/*/*") if path.is_file()][:1]
    half.write_bytes(half.read_bytes()[:-1])
    before = {path: path.stat().st_mtime_ns for path in arrived}

    pushed = run_toolchain("store", "push", share, "--json", project=project).json

    assert pushed["results"] == 40 - len(arrived)
    assert pushed["there"] == len(arrived)
    assert {path: path.stat().st_mtime_ns for path in arrived} == before
    verified = run_toolchain("store", "verify", share, "--json", project=project)
    assert (verified.code, verified.json["results"]) == (0, 40), verified.stdout


def test_a_pull_that_broke_off_is_gone_on_with(tmp_path: Path) -> None:
    gpu_host = copy_project("minimal", tmp_path / "gpu")
    make_up(Store(gpu_host / "_build/store"), range(30))
    share = tmp_path / "share"
    assert run_toolchain("store", "push", share, project=gpu_host).code == 0
    mine = copy_project("minimal", tmp_path / "mine")
    server = Server(share, hides=True)
    with serving(server):
        server.breaks_after = 1 + 256 + 20
        broken = run_toolchain("store", "pull", server.url, project=mine)
        assert broken.code == 2
        assert "cannot be reached" in broken.stderr
        whole = run_toolchain("store", "verify", "--json", project=mine).json
        assert whole["damaged"] == []
        assert 0 < whole["records"] < 30
        server.requested.clear()
        server.breaks_after = None

        pulled = run_toolchain("store", "pull", server.url, "--json", project=mine)

    assert pulled.code == 0, pulled.stderr
    assert (pulled.json["results"], pulled.json["there"]) == (30 - whole["records"], whole["records"])
    assert len([path for path in server.requested if path.startswith("/keys")]) == 30 - whole["records"]
    assert run_toolchain("store", "verify", "--json", project=mine).json["records"] == 30


def test_a_failure_to_push_is_told_and_loses_nothing(computed: Path, tmp_path: Path) -> None:
    project = host(computed, tmp_path / "gpu", 'remote = "../../../no/share"')

    failed = run_toolchain("execute", "--push", project=project)

    assert failed.code == 2
    assert f"there is no folder {tmp_path / 'no'}" in failed.stderr
    assert "1 reused" in failed.stdout
    (tmp_path / "no").mkdir()
    run = run_toolchain("execute", "--push", project=project)
    assert run.code == 0
    assert re.search(r"pushed to \S+: 1 result ", run.stderr)


def test_a_build_looks_after_the_index_of_its_own_results(computed: Path, tmp_path: Path) -> None:
    project, other = host(computed, tmp_path / "gpu", 'remote = "../../../share"'), tmp_path / "other"
    other = copy_project("minimal", other)
    make_up(Store(other / "_build/store"), range(1), prefix="00")
    index = tmp_path / "share/index"
    assert run_toolchain("store", "push", tmp_path / "share", project=other).code == 0
    assert run_toolchain("execute", "--push", project=project).code == 0
    own_index, other_index = (
        path.name for path in sorted(index.iterdir(), key=lambda path: path.name == "00.json")
    )
    for path in index.iterdir():
        path.unlink()

    assert run_toolchain("execute", "--push", project=project).code == 0
    assert [path.name for path in index.iterdir()] == [own_index]
    assert run_toolchain("store", "push", project=project).code == 0
    assert sorted(path.name for path in index.iterdir()) == sorted((own_index, other_index))


def test_options_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    project = copy_project("minimal", tmp_path)

    for options, message in (
        (("--push", "--offline"), "--offline asks nobody and --push sends"),
        (("--sign", "key.pem"), "--sign signs what is sent: add --push"),
    ):
        refused = run_toolchain("execute", *options, project=project)
        assert refused.code == 2
        assert message in refused.stderr
    assert not (project / "_build").exists()


def test_results_that_were_computed_again_replace_others_only_when_told_to(tmp_path: Path) -> None:
    share = tmp_path / "share"
    first, second = (copy_project("minimal", tmp_path / name) for name in ("first", "second"))
    for project in (first, second):
        make_up(Store(project / "_build/store"), range(1), output=f" of {project.parents[1].name}")
    assert run_toolchain("store", "push", share, project=first).code == 0
    before = digests(share / "keys")

    push = run_toolchain("store", "push", share, "--sign", key(tmp_path), project=second)
    assert push.code == 0
    assert "another result came first; --replace puts this one there" in push.stdout
    assert digests(share / "keys") == before

    replaced = run_toolchain("store", "push", share, "--replace", "--json", project=second)
    assert replaced.json["results"] == 1
    assert digests(share / "keys") == digests(second / "_build/store/keys")
    assert run_toolchain("store", "verify", share, project=second).code == 0


def key(folder: Path) -> Path:
    path = folder / "key.pem"
    creation = run_toolchain("store", "key", path, project=folder)
    assert creation.code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert run_toolchain("store", "key", "--show", path, project=folder).stdout == creation.stdout
    assert run_toolchain("store", "key", path, project=folder).code == 2
    return path


def test_a_writer_who_is_overtaken_looks_again(tmp_path: Path) -> None:
    """Between one host's look at the folder and its index, another one pushes."""
    hosts = [settings.load(copy_project("minimal", tmp_path / name)) for name in "ab"]
    for number, host_settings in enumerate(hosts):
        make_up(Store(host_settings.store), range(number, number + 1), prefix="00")
    share = str(tmp_path / "share")
    reporter = progress.Plain(lambda _line: None)
    target = exchange.target(hosts[0], url=share)
    listed = target.remote.sizes
    others = [hosts[1]]

    def overtaken(*folders: str) -> dict[str, int]:
        sizes = listed(*folders)
        if folders == ("keys/00", "signatures/00") and others:
            exchange.push_all(others.pop(), exchange.target(hosts[1], url=share), reporter)
        return sizes

    target.remote.sizes = overtaken  # type: ignore[method-assign]
    exchange.push_all(hosts[0], target, reporter)

    assert not others
    assert len(exchange.verify(hosts[0], share, reporter).unlisted) == 0
    assert exchange.pull_all(hosts[1], share, reporter).there == 1
