"""A disk that is full, or refuses a file, at whatever moment: it is said with the file and what to free, and nothing is lost."""

import errno
import os
import random
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from support import killing
from support.killing import ALL, FORMS, Killed, differing, from_nothing
from support.places import TESTS

from toolchain.base.errors import ExitCode

COMMANDS = (*[("build", "html")] * 3, ("build", "notebooks"), ("execute", "--force"), ("build",))
NUMBERS = ("ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EIO", "EACCES", "EMFILE")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Killed:
    """Give the book with its results, and nothing else made."""
    book = killing.make(tmp_path_factory.mktemp("full") / "base")
    book.strip()
    return book


@pytest.fixture(scope="module")
def expected(base: Killed) -> Callable[..., dict[str, bytes]]:
    """Give what is made of it."""

    @cache
    def of(*forms: str) -> dict[str, bytes]:
        return from_nothing(base, base.root.parent / "want", *forms)

    return of


@pytest.fixture
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder for the book; its path is short, because the kernels' sockets lie below it."""
    return tmp_path_factory.mktemp("b") / "b"


@pytest.fixture
def book(base: Killed, root: Path) -> Killed:
    """Give a copy that a test may use."""
    return base.copy(root)


def refused(book: Killed, number: int, below: str, first: int = 0) -> dict[str, str]:
    """Return the environment in which the system refuses to write below a folder from the `first` time on."""
    counter = book.root / "writes"
    counter.unlink(missing_ok=True)
    folder = book.project / "_build" / below
    return {"REFUSED": f"{number}:{first}:{folder}:{counter}", "PYTHONPATH": str(TESTS / "refuse")}


REFUSED = {
    "runs.json": errno.EACCES,
    "jupyter-cache": errno.EIO,
    "html/a.html": errno.ENOSPC,  # of which Sphinx warns and goes on
    "html/_static/": errno.EDQUOT,  # the same
    "doctrees/environment.pickle": errno.EROFS,
    "notebooks/killed.zip": errno.EFBIG,
}
"""What a build writes, in the order in which it does, each with what the system says of it."""


def test_what_is_refused_is_named_and_the_next_build_is_as_good_as_a_first(
    book: Killed, expected: Callable[..., dict[str, bytes]]
) -> None:
    for below, number in REFUSED.items():
        # An archive with the same in it is not written again.
        (book.project / "_build/notebooks/killed.zip").unlink(missing_ok=True)
        run = book.run("build", *FORMS, env=refused(book, number, below))

        assert run.code == ExitCode.USAGE, run.stdout + run.stderr
        (error,) = (line for line in run.stderr.splitlines() if line.startswith("error: "))
        assert error.startswith(f"error: {book.project / '_build' / below}")
        assert error.endswith(f": {os.strerror(number)}")
        assert "Traceback" not in run.stderr
        if number in (errno.ENOSPC, errno.EDQUOT):
            assert re.search(r"^Free some space, then build again: ", run.stderr, re.MULTILINE)
            assert re.search(
                r"[kMG]B are free on the disk of .*`toolchain clean` frees .*`toolchain store gc` ",
                run.stderr,
            )
        assert book.left() == []
    build = book.run("build", *FORMS)
    assert build.code == 0, build.stdout + build.stderr
    assert differing(book.made(*FORMS), expected(*FORMS)) == []


def test_what_cannot_be_written_is_green_as_long_as_there_is_nothing_to_do(
    book: Killed, small_disk: Callable[..., None]
) -> None:
    small_disk(book.project / "_build", "100m")
    book.run("execute")
    first = book.run("build", "html")
    assert first.code == 0, first.stdout + first.stderr
    small_disk(book.project / "_build", "100m,ro")

    again, checked = book.run("build", "html"), book.run("check")

    assert (again.code, again.stderr) == (0, "nothing changed since the last build\n")
    assert checked.code == 0
    book.write(words="again other words", number=2)
    for command in (("build", "html"), ("execute",), ("clean",), ("store", "gc")):
        run = book.run(*command)
        assert run.code == ExitCode.USAGE, command
        assert run.stderr.startswith(f"error: {book.project / '_build'}")
        assert "Read-only file system\nMount its disk for writing" in run.stderr
    small_disk(book.project / "_build", "100m,rw")
    assert book.run("build", "html").code == 0


@pytest.mark.slow
@pytest.mark.fuzz(few=1)
def test_a_full_disk_at_any_moment_is_said_and_loses_nothing(
    seed: int,
    base: Killed,
    expected: Callable[..., dict[str, bytes]],
    root: Path,
    small_disk: Callable[..., None],
) -> None:
    chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    command = chance.choice(COMMANDS)
    forms = ALL if command == ("build",) else FORMS
    want = expected(*forms)
    book = Killed(root)
    need, files = needed(base.root.parent / "want")
    begin, begun = needed(base.root)
    limit = f"{chance.randint(begin // 1024, need // 1024)}k" if chance.random() < 0.5 else "1g"
    most = chance.randint(begun, files) if limit == "1g" else 0
    small_disk(book.project / "_build", limit, most)
    base.copy(book.root)

    run = book.run(*command)

    what = f"{command} on {limit} for {most or 'all'} files ({run.code}): {run.stderr}"
    print(what.partition("\n")[0])  # noqa: T201 - what was done, for who counts
    assert "Traceback" not in run.stderr, what
    assert run.code in (ExitCode.USAGE, ExitCode.GOOD), what
    if run.code:
        assert os.strerror(errno.ENOSPC) in run.stderr, what
        assert "Free some space" in run.stderr, what
    assert book.left() == [], what
    small_disk(book.project / "_build", "1g", 0)
    build = book.run("build", *forms)
    assert build.code == 0, f"{what}\n{build.stdout}{build.stderr}"
    if "--force" in command:
        want = from_nothing(book, root.parent / "w", *forms)
    assert differing(book.made(*forms), want) == [], what


def needed(root: Path) -> tuple[int, int]:
    """Return how many bytes a book's _build takes on a disk, and how many files and folders."""
    paths = list((root / "project/_build").rglob("*"))
    return sum(-(-path.stat().st_size // 4096) * 4096 for path in paths if path.is_file()), len(paths) + 2


@pytest.mark.slow
@pytest.mark.fuzz(few=1)
def test_whatever_write_is_refused_it_is_said(
    seed: int, book: Killed, expected: Callable[..., dict[str, bytes]]
) -> None:
    chance = random.Random(seed)  # noqa: S311 - as above
    name, first = chance.choice(NUMBERS), chance.randrange(450)
    number = getattr(errno, name)

    run = book.run("build", *FORMS, env=refused(book, number, "", first))

    what = f"{name} at {first} ({run.code}): {run.stderr}"
    print(what.partition("\n")[0])  # noqa: T201 - as above
    assert "Traceback" not in run.stderr, what
    assert run.code in (ExitCode.USAGE, ExitCode.GOOD), what
    assert run.code == ExitCode.GOOD or os.strerror(number) in run.stderr, what
    assert book.left() == [], what
    build = book.run("build", *FORMS)
    assert build.code == 0, f"{what}\n{build.stdout}{build.stderr}"
    assert differing(book.made(*FORMS), expected(*FORMS)) == [], what
