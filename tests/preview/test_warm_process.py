"""What the preview keeps warm: it comes back when it is killed, ends with whoever started it, and never builds on what others changed."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.asked import SECONDS, Asked, built_clean, differing
from support.places import TESTS
from support.processes import below, is_alive
from support.running import report_of, run_toolchain
from support.warm_books import CODE, PLAIN, add, put, write_book

from toolchain.base.errors import ExitCode

KEEPS = """
import sys
from pathlib import Path
from support.asked import Asked
asked = Asked(Path(sys.argv[1]))
assert asked.make().error == ""
print("made", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """Give a maker that has built a book once."""
    with Asked(write_book(tmp_path_factory.mktemp("warm") / "book")) as asked:
        assert asked.make().error == ""
        yield asked


def _wait(come: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not come():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("which", ["all that it has started", "itself"])
def test_a_warm_process_that_is_killed_is_replaced(asked: Asked, which: str) -> None:
    _wait(lambda: len(asked.warm()) > 1)
    warm = asked.warm()
    itself = [process for process in warm if process.parent() not in warm]
    for process in itself if which == "itself" else warm:
        if which == "itself" or process not in itself:
            process.kill()
    first = asked.save(add(PLAIN, f"\nAfter {which} was killed.\n"))
    assert (first.error, asked.early) == ("", {})
    assert f"After {which} was killed.".encode() in asked.page("one/plain")
    second = asked.save(add(PLAIN, f"\nAnd again, after {which}.\n"))
    assert (second.error, asked.early) == ("", {"one/plain": asked.page("one/plain")})


def test_it_keeps_no_more_processes_after_many_saves(asked: Asked) -> None:
    asked.save(add(PLAIN, "\nOne.\n"))
    kept = len(asked.warm())
    for word in ("Two", "Three", "Four"):
        asked.save(add(PLAIN, f"\n{word}.\n"))
        assert asked.early == {"one/plain": asked.page("one/plain")}
    assert len(asked.warm()) <= kept


def test_a_build_beside_it_is_built_upon(asked: Asked, tmp_path: Path) -> None:
    add(PLAIN, "\nBuilt by somebody else.\n\n## Of somebody else\n")(asked.project)
    assert run_toolchain("build", "html", project=asked.project).code in {ExitCode.GOOD, ExitCode.FINDINGS}
    assert asked.save(put("book/index.md", "It begins.", "It begins once more.")).error == ""
    assert asked.read() == {"index"}, asked.log()
    assert differing(asked.project, built_clean(asked.project, tmp_path / "clean")) == []
    # Nothing is left to do for a build.
    built = run_toolchain("build", "html", project=asked.project)
    assert "nothing changed since the last build" in built.stderr


def test_prose_is_shown_while_a_notebook_runs(asked: Asked, tmp_path: Path) -> None:
    runs, seen = tmp_path / "runs", tmp_path / "seen"
    waits = f"import pathlib, time\npathlib.Path({str(runs)!r}).touch()\n"
    waits += f"while not pathlib.Path({str(seen)!r}).exists():\n    time.sleep(0.02)\n"
    saved: list[str] = []

    def meanwhile() -> tuple[str, ...]:
        if asked.early:
            seen.touch()
        elif runs.exists() and not saved:
            add(PLAIN, "\nWritten while it runs.\n")(asked.project)
            saved.append(str(asked.project / PLAIN))
        return tuple(saved)

    before = asked.page("one/plain")
    asked.meanwhile = meanwhile
    try:
        made = asked.save(put(CODE, "print(", f"{waits}print("))
    finally:
        asked.meanwhile = tuple
        seen.touch()
    assert (made.error, made.exit_code) == ("", ExitCode.GOOD)
    (shown,) = asked.early.values()
    assert b"Written while it runs." in shown
    assert b"Written while it runs." not in before
    then = asked.make(tuple(saved))
    assert then.error == ""
    assert asked.page("one/plain") == shown == asked.early["one/plain"]
    asked.save(put(CODE, waits, ""))


def test_checks_are_left_to_the_request_that_waits(asked: Asked) -> None:
    site = asked.project / "_build/html"
    asked.waits = True
    try:
        left = asked.save(add(PLAIN, "\nSee {ref}`nowhere`.\n"))
    finally:
        asked.waits = False
    assert b"nowhere" in asked.page("one/plain")
    before = site.stat().st_ino
    made = asked.make(())
    assert [finding.id for finding in made.findings] == [
        "SRC002",
        "SRC007",
    ]  # and a picture that nothing shows
    assert report_of(asked.project)["exit_code"] == ExitCode.FINDINGS
    assert left.unchecked or left.findings == made.findings
    assert site.stat().st_ino == before  # what is there is taken for what it is
    asked.save(put(PLAIN, "\nSee {ref}`nowhere`.\n", ""))


def test_nothing_stays_when_whoever_started_it_is_killed(tmp_path: Path) -> None:
    project = write_book(tmp_path / "book")
    process = subprocess.Popen(
        [sys.executable, "-c", KEEPS, str(project)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )
    assert process.stdout
    assert process.stdin
    with process.stdout, process.stdin:
        assert process.stdout.readline() == "made\n"
        started = below(process.pid)
        assert started
        process.kill()
        process.wait()
    _wait(lambda: not any(is_alive(one) for one in started))
