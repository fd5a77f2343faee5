"""The date and the commit that artefacts carry: git is asked only when another commit is checked out."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from toolchain.project import git

OLD, NEW, NEWEST = 1_000_000_000, 1_100_000_000, 1_200_000_000


def run(folder: Path, *arguments: str, date: int = OLD) -> str:
    dates = {"GIT_AUTHOR_DATE": f"{date} +0000", "GIT_COMMITTER_DATE": f"{date} +0000"}
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    return subprocess.run(
        ["git", "-C", folder, *identity, *arguments],
        env={**os.environ, **dates},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def commit(folder: Path, name: str, date: int) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(str(date))
    run(folder, "add", ".")
    run(folder, "commit", "--quiet", "--message", name, date=date)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    folder = tmp_path / "repository"
    folder.mkdir()
    run(folder, "init", "--quiet", "--initial-branch=main")
    (folder / ".gitignore").write_text("_build\n")
    commit(folder, "book/a.md", OLD)
    return folder


CHANGES: dict[str, Callable[[Path], object]] = {
    "another commit of the book": lambda folder: commit(folder, "book/a.md", NEW),
    "a commit of something else": lambda folder: commit(folder, "README", NEW),
    "refs are packed": lambda folder: run(folder, "pack-refs", "--all"),
    "a commit after that": lambda folder: commit(folder, "book/b.md", NEWEST),
    "a commit is taken back": lambda folder: run(folder, "reset", "--quiet", "--hard", "HEAD~1"),
    "another branch": lambda folder: run(folder, "switch", "--quiet", "--create", "other/one"),
    "no branch": lambda folder: run(folder, "checkout", "--quiet", "--detach", "HEAD~1"),
    "a branch without commits": lambda folder: run(folder, "switch", "--quiet", "--orphan", "empty"),
}


def test_the_date_is_what_git_says_whatever_becomes_of_the_repository(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory, asked = repository / "_build/date.json", []
    ask = git._git  # noqa: SLF001 - git is what is counted

    def counted(project: Path, *arguments: str) -> str:
        asked.append(arguments)
        return ask(project, *arguments)

    monkeypatch.setattr(git, "_git", counted)
    for name, change in {"nothing": lambda _: None, **CHANGES}.items():
        change(repository)
        for again in (False, True):
            asked.clear()
            date = git.epoch(repository, ("book",), memory)
            said = ask(repository, "log", "-1", "--format=%ct", "--", "book")
            assert date == int(said or git.NEVER_COMMITTED), name
            assert len(asked) == 0 or not again or not said, name
            assert git.commit(repository) == ask(repository, "rev-parse", "--short=12", "HEAD"), name


def test_git_itself_is_asked_where_its_files_do_not_say_everything(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = repository / "_build/date.json"
    commit(repository, "book/a.md", NEW)
    assert git.epoch(repository, ("book",), memory) == NEW
    linked = tmp_path / "linked"
    run(repository, "worktree", "add", "--quiet", str(linked), "HEAD~1")
    assert git.epoch(linked, ("book",), linked / "_build/date.json") == OLD
    assert git.epoch(linked, ("book",), linked / "_build/date.json") == OLD
    # The date of one folder is not that of another with the same memory.
    assert git.epoch(repository, ("bib",), memory) == git.NEVER_COMMITTED
    run(repository, "replace", "HEAD", "HEAD~1")
    assert git.epoch(repository, ("book",), memory) == OLD
    monkeypatch.setenv("GIT_NO_REPLACE_OBJECTS", "1")
    assert git.epoch(repository, ("book",), memory) == NEW


def test_a_changed_file_is_seen_in_the_commit(repository: Path) -> None:
    known = run(repository, "rev-parse", "HEAD")[:12]
    assert git.commit(repository) == known
    (repository / "new").write_text("of no commit")
    assert git.commit(repository) == known
    (repository / "book/a.md").write_text("changed")
    assert git.commit(repository) == f"{known}+"
    assert git.commit(repository.parent) == ""


def test_history_knows_when_each_file_was_changed_and_by_whom(repository: Path) -> None:
    commit(repository, "book/b é.md", NEW)
    commit(repository, "README", NEWEST)
    (repository / "book/c.md").write_text("by a machine")
    run(repository, "add", ".")
    robot = ("-c", "user.name=robot[bot]", "commit", "--quiet", "--message", "x")
    run(repository, *robot, date=NEWEST)
    memory = repository / "_build/history.json"
    known = git.history(repository, "book", memory)
    assert known.changed == {"book/a.md": OLD, "book/b é.md": NEW, "book/c.md": NEWEST}
    assert known.contributors == ("A",)
    (repository / ".mailmap").write_text("Anna <a@example.org>\n")
    assert git.history(repository, "book", memory).contributors == ("Anna",)
    commit(repository, "book/a.md", NEWEST)
    assert git.history(repository, "book", memory).changed["book/a.md"] == NEWEST


def test_project_below_the_top_of_its_repository_has_its_own_paths(repository: Path) -> None:
    commit(repository, "inner/c.md", NEW)
    known = git.history(repository / "inner", "", repository / "_build/history.json")
    assert known.changed == {"c.md": NEW}


def test_shallow_clone_knows_nothing_wrong(repository: Path, tmp_path: Path) -> None:
    commit(repository, "book/b.md", NEW)
    commit(repository, "book/c.md", NEWEST)
    clone = tmp_path / "clone"
    run(tmp_path, "clone", "--quiet", "--depth=2", repository.as_uri(), str(clone))
    assert git.history(clone, "book", clone / "_build/history.json") == git.History(
        of=git.history(clone, "book", clone / "_build/history.json").of, changed={"book/c.md": NEWEST}
    )


def test_without_git_no_date_is_known(tmp_path: Path) -> None:
    assert git.history(tmp_path, "book", tmp_path / "history.json") == git.History()
