"""The store as a person meets it: damage is named and mended, unreached results go when told to."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lxml import html
from support.projects import copy_project
from support.running import report_of, run_toolchain, without_privileges

from toolchain.build import store_upkeep
from toolchain.messages import progress
from toolchain.project import settings

PAGE = "book/chapter_waves/index.md"
NAME = "chapter_waves/index"
IDENTITY = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *IDENTITY, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def only(folder: Path) -> Path:
    (path,) = (path for path in folder.rglob("*") if path.is_file())
    return path


def execute(project: Path) -> Path:
    """Run the project's notebook; nothing else of a build is needed to have a result."""
    run = run_toolchain("execute", project=project)
    assert run.code == 0, run.stderr
    return project / "_build/store"


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a small project with a result, to be copied: its notebook is one that is computed at once."""
    project = copy_project("minimal", tmp_path_factory.mktemp("once"))
    text = (project / PAGE).read_text(encoding="utf-8")
    text = f"{text[: text.index('# Waves')]}# Waves\n\nIn prose.\n\n```{{code-cell}} ipython3\n2 * 3\n```\n"
    (project / PAGE).write_text(text, encoding="utf-8")
    execute(project)
    return project.parent.parent


@pytest.fixture
def stored(once: Path, tmp_path: Path) -> Path:
    """Give a project with a result."""
    shutil.copytree(once, tmp_path, dirs_exist_ok=True)
    return tmp_path / "projects/minimal"


@pytest.fixture(scope="module")
def once_committed(once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("committed")
    shutil.copytree(once, root, dirs_exist_ok=True)
    project = root / "projects/minimal"
    (root / ".gitignore").write_text("_build/\n", encoding="utf-8")
    # What a release leaves out is part of the commit all the same.
    (root / ".gitattributes").write_text("*.csv export-ignore\n", encoding="utf-8")
    git(root, "init", "--quiet")
    for tag, old, new in (("one", "In prose.", "In words."), ("two", "2 * 3", "3 * 3")):
        edit(project / PAGE, old, new)
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "--message", tag)
        git(root, "tag", tag)
    execute(project)
    return root


@pytest.fixture
def committed(once_committed: Path, tmp_path: Path) -> Path:
    """Give a project in a repository, with a result that its commit `one` reaches and one that its second reaches."""
    shutil.copytree(once_committed, tmp_path, dirs_exist_ok=True)
    return tmp_path / "projects/minimal"


def test_damage_is_named_set_aside_computed_again_and_not_on_the_page(stored: Path) -> None:
    store = stored / "_build/store"
    blob = only(store / "blobs")
    whole = blob.read_bytes()
    damaged = whole.replace(b'"6"', b'"7"')
    assert damaged != whole
    blob.write_bytes(damaged)

    plan = run_toolchain("plan", project=stored)

    assert plan.code == 0
    assert f"damaged a result of {NAME}: store/blobs/" in plan.stdout
    assert f"run  {NAME}" in plan.stdout
    assert not (store / "damaged").exists()
    assert run_toolchain("plan", "--json", project=stored).json[0]["run"]

    build = run_toolchain("-q", "build", "html", project=stored)

    assert build.code == 0
    assert f"damaged a result of {NAME}: store/blobs/" in build.stderr
    assert "set aside in store/damaged" in build.stderr
    assert [notebook["status"] for notebook in report_of(stored)["notebooks"]] == ["executed"]
    assert damaged in files(store / "damaged").values()
    page = html.parse(str(stored / "_build/html/chapter_waves/index.html"))
    outputs = page.xpath("//div[contains(concat(' ', @class, ' '), ' cell_output ')]")
    assert outputs[-1].text_content().strip() == "6"
    assert "damaged" not in run_toolchain("build", "html", project=stored).stderr


def test_verify_is_content_with_a_whole_store_and_with_none(stored: Path, tmp_path: Path) -> None:
    project = copy_project("minimal", tmp_path / "other")
    assert run_toolchain("store", "verify", "--json", project=project).json == {
        "notebooks": 0,
        "records": 0,
        "damaged": [],
    }

    run = run_toolchain("store", "verify", project=stored)

    assert run.code == 0
    assert run.stdout == "1 notebook and 1 record in the store, none damaged\n"


def test_verify_names_what_is_damaged_and_sets_it_aside(stored: Path) -> None:
    store = stored / "_build/store"
    blob, record = only(store / "blobs"), only(store / "keys")
    blob.write_bytes(blob.read_bytes()[:-1])
    stray = store / "blobs/ab" / ("ab" + "0" * 62)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"")
    half = record.with_name("half.json")
    half.write_bytes(b'{"blob": "')
    (record.parent / ".temporary").write_bytes(b"what a kill leaves is no damage")

    run = run_toolchain("store", "verify", project=stored)

    assert run.code == 1
    lines = run.stdout.splitlines()
    assert len([line for line in lines if line.startswith("damaged ")]) == 3
    assert any(f"a result of {NAME}: store/blobs/{blob.parent.name}/{blob.name}" in line for line in lines)
    assert any("half.json: is no record" in line for line in lines)
    aside = files(store / "damaged")
    assert {Path(path).name for path in aside} == {blob.name, record.name, stray.name, half.name}
    assert run_toolchain("store", "verify", project=stored).code == 0
    assert run_toolchain("execute", "--json", project=stored).json["notebooks"][0]["status"] == "executed"


def test_verify_finds_a_record_without_its_notebook(stored: Path) -> None:
    store = stored / "_build/store"
    only(store / "blobs").unlink()

    run = run_toolchain("store", "verify", "--json", project=stored)

    assert run.code == 1
    (damage,) = run.json["damaged"]
    assert damage["notebook"] == NAME
    assert damage["aside"]
    assert "is not there" in damage["problem"]


def test_gc_keeps_what_the_working_tree_and_the_commits_reach(committed: Path) -> None:
    store = committed / "_build/store"
    before = files(store)

    both = run_toolchain("store", "gc", "one", "two", "--json", project=committed).json
    shown = run_toolchain("store", "gc", project=committed)

    assert (both["kept"], both["results"], both["files"]) == (2, 0, 0)
    assert both["plans"] == [
        "the working tree",
        f"one ({git(committed, 'rev-parse', '--short=12', 'one')})",
        f"two ({git(committed, 'rev-parse', '--short=12', 'two')})",
    ]
    assert shown.code == 0
    assert "to remove: 1 result (2 files, " in shown.stdout
    assert NAME in shown.stdout
    assert "--delete" in shown.stdout
    assert files(store) == before

    deleted = run_toolchain("store", "gc", "--delete", "--json", project=committed).json

    assert deleted["deleted"]
    assert (deleted["kept"], deleted["results"], deleted["files"]) == (1, 1, 2)
    assert deleted["shares"][0]["notebook"] == NAME
    assert deleted["bytes"] == sum(map(len, before.values())) - sum(map(len, files(store).values()))
    assert sorted(name.partition("/")[0] for name in files(store)) == ["blobs", "computed", "keys"]
    assert not any(path.is_dir() and not any(path.iterdir()) for path in store.rglob("*"))
    assert run_toolchain("store", "verify", project=committed).code == 0
    assert not run_toolchain("plan", "--json", project=committed).json[0]["run"]
    git(committed, "checkout", "--quiet", "one")
    assert run_toolchain("plan", "--json", project=committed).json[0]["run"]


def test_gc_leaves_no_trace_in_the_repository_nor_a_folder(committed: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    before = files(committed.parent.parent / ".git")

    run = run_toolchain("store", "gc", "one", project=committed, env={"TMPDIR": str(temporary)})

    assert run.code == 0
    assert files(committed.parent.parent / ".git") == before
    assert list(temporary.iterdir()) == []


def test_gc_counts_uncommitted_changes_as_reached(committed: Path) -> None:
    edit(committed / PAGE, "3 * 3", "3 * 4")
    execute(committed)

    report = run_toolchain("store", "gc", "--json", project=committed).json

    assert (report["kept"], report["results"]) == (2, 1)


def test_gc_refuses_what_it_cannot_plan_and_removes_nothing(committed: Path) -> None:
    store = committed / "_build/store"
    before = files(store)
    git(committed, "checkout", "--quiet", "--orphan", "bare")
    git(committed.parent.parent, "rm", "-r", "--quiet", "--cached", ".")
    git(committed.parent.parent, "commit", "--quiet", "--allow-empty", "--message", "bare")

    unknown = run_toolchain("store", "gc", "two", "no-such-commit", "--delete", project=committed)
    bare = run_toolchain("store", "gc", "bare", "--delete", project=committed)
    option = run_toolchain("store", "gc", "--delete", "--", "--all", project=committed)

    assert unknown.code == bare.code == option.code == 2
    assert "no commit no-such-commit in" in unknown.stderr
    assert "git tag" in unknown.stderr
    assert (
        "the book of commit bare cannot be planned: _config/book.toml: no such file in its files"
        in bare.stderr
    )
    assert "nothing was removed" in bare.stderr
    assert files(store) == before


def test_gc_outside_git_keeps_what_the_project_reaches(stored: Path) -> None:
    store = stored / "_build/store"
    edit(stored / PAGE, "2 * 3", "3 * 3")
    execute(stored)
    (store / "blobs/.left-by-a-kill").write_bytes(b"12345")
    bare = {"GIT_CEILING_DIRECTORIES": str(stored)}

    run = run_toolchain("store", "gc", "--delete", "--json", project=stored, env=bare)

    assert run.code == 0
    assert run.json["plans"] == ["the working tree"]
    assert (run.json["kept"], run.json["results"], run.json["files"]) == (1, 1, 3)
    assert sorted(name.partition("/")[0] for name in files(store)) == ["blobs", "computed", "keys"]
    assert run_toolchain("store", "gc", "HEAD", project=stored, env=bare).code == 2


def test_gc_finds_what_no_commit_has_where_it_is_now(copy: Callable[[str], Path], tmp_path: Path) -> None:
    project = copy("no-lock")
    (project / ".venv").symlink_to(sys.prefix)
    with (project / "_config/book.toml").open("a", encoding="utf-8") as toml:
        toml.write(
            f'\n[kernel]\ninterpreter = ".venv/bin/{Path(sys.executable).name}"\nfolder = "../../../locks"\n'
        )
    (project / ".gitignore").write_text("_build/\n.venv\n", encoding="utf-8")
    git(project, "init", "--quiet")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "one")
    execute(project)
    edit(project / "book/section.md", "1 + 1", "2 + 2")
    env = {"PATH": str(tmp_path)}  # without git there are no commits

    assert run_toolchain("store", "gc", "--json", project=project).json["kept"] == 1
    without_git = run_toolchain("store", "gc", "--json", project=project, env=env).json
    assert (without_git["kept"], without_git["results"], without_git["plans"]) == (0, 1, ["the working tree"])


def test_gc_of_a_repository_that_is_damaged_removes_nothing(committed: Path) -> None:
    before = files(committed / "_build/store")
    blob = git(committed, "rev-parse", f"one:./{PAGE}")
    (committed.parents[1] / ".git/objects" / blob[:2] / blob[2:]).unlink()

    gc = run_toolchain("store", "gc", "one", "--delete", project=committed)

    assert gc.code == 2
    commit = git(committed, "rev-parse", "--short=12", "one")
    assert f"error: commit {commit} cannot be checked out: error: unable to read sha1 file of " in gc.stderr
    assert gc.stderr.endswith("Look whether `git fsck` is content; nothing was changed.\n")
    assert files(committed / "_build/store") == before


def test_a_long_look_at_the_store_says_how_far_it_is(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_upkeep, "SOON", 0.0)
    events: list[progress.Event] = []

    store_upkeep.verify(settings.load(stored), events.append)

    assert events == [
        progress.StageStarted(title="Verifying the store", total=2),
        progress.StageStep(done=1, total=2),
        progress.StageStep(done=2, total=2),
    ]


def test_gc_never_deletes_what_is_damaged(stored: Path) -> None:
    store = stored / "_build/store"
    blob = only(store / "blobs")
    blob.write_bytes(b"damaged")

    run = run_toolchain("store", "gc", "--delete", project=stored)

    assert run.code == 0
    assert f"damaged a result of {NAME}" in run.stderr
    assert b"damaged" in files(store / "damaged").values()


@contextmanager
def mode_of_folders(store: Path, mode: int) -> Iterator[None]:
    folders = [path for path in (store, *store.rglob("*")) if path.is_dir()]
    for path in reversed(folders):
        path.chmod(mode)
    try:
        yield
    finally:
        for path in folders:
            path.chmod(0o755)


@pytest.mark.parametrize(("mode", "problem"), [(0o555, "cannot be written"), (0o000, "cannot be read")])
def test_store_without_permission_is_a_clear_error_and_loses_nothing(
    mode: int, problem: str, stored: Path
) -> None:
    store = stored / "_build/store"
    before = files(store)
    edit(stored / PAGE, "2 * 3", "3 * 3")

    with mode_of_folders(store, mode):
        run = without_privileges("execute", project=stored)

    assert run.code == 2
    assert "_build/store" in run.stderr
    assert f"the store {problem}: Permission denied" in run.stderr
    assert "chmod -R u+rwX" in run.stderr
    assert "Traceback" not in run.stderr
    assert "run     chapter" not in run.stderr
    assert files(store) == before


def test_read_only_store_is_enough_if_nothing_has_to_run(stored: Path) -> None:
    store = stored / "_build/store"

    with mode_of_folders(store, 0o555):
        run = without_privileges("execute", "--json", project=stored)

    assert run.code == 0
    assert '"reused"' in run.stdout
