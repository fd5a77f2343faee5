"""Whatever is killed at whatever moment, the next run ends well, and what it makes is what a build from nothing makes."""

import random
import shutil
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from support import killing
from support.killing import WAYS, Killed

FORMS = ("html", "notebooks")
COMMANDS: dict[str, tuple[str, ...]] = {
    "html": ("build", "html"),
    "notebooks": ("build", "notebooks"),
    "execute": ("execute",),
    "force": ("execute", "--force"),
    "run": ("build", "html"),
    "push": ("store", "push"),
    "pull": ("store", "pull"),
    "verify": ("store", "verify"),
    "gc": ("store", "gc", "--delete"),
    "check": ("check",),
    "clean": ("clean",),
    "proof": ("proof",),
    "pdf": ("build", "pdf"),
}
CHEAP = [name for name in COMMANDS if name not in ("pdf", "proof", "clean")]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Killed:
    book = killing.make(tmp_path_factory.mktemp("kills") / "base")
    push = book.run("store", "push", str(book.share))
    assert push.code == 0, push.stderr
    return book


@pytest.fixture(scope="module")
def expected(base: Killed) -> Callable[..., dict[str, bytes]]:
    """Give what is made of the base by a build from nothing, with the results that are there."""

    @cache
    def of(*, printed: bool) -> dict[str, bytes]:
        return from_nothing(base, base.root.parent / "want", printed=printed)

    return of


def from_nothing(book: Killed, root: Path, *, printed: bool) -> dict[str, bytes]:
    """Return what a build makes of a book's sources and results alone."""
    shutil.rmtree(root, ignore_errors=True)
    fresh = book.copy(root)
    for path in (fresh.project / "_build").iterdir():
        if path.is_dir() and path.name != "store":
            shutil.rmtree(path)
        elif path.is_file():
            path.unlink()
    build = fresh.run("build", *(() if printed else FORMS))
    assert build.code == 0, build.stdout + build.stderr
    return fresh.made(printed=printed)


@pytest.mark.slow
@pytest.mark.fuzz(few=2)
def test_whatever_is_killed_the_next_build_is_as_good_as_a_first(
    seed: int, base: Killed, expected: Callable[..., dict[str, bytes]]
) -> None:
    chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    name = chance.choice(CHEAP if chance.random() < 0.9 else list(COMMANDS))
    way = chance.choice(WAYS)
    root = base.root.parent / "kill"
    shutil.rmtree(root, ignore_errors=True)
    book = base.copy(root)
    arguments = prepared(name, book)
    killed_after = chance.uniform(0.1, 1.0) * seconds_of(name, base)

    killed = book.kill(arguments, killed_after, way, chance)

    what = f"{name} {way} after {killed_after:.1f} s: {killed.stdout}{killed.stderr}"
    assert killed.code != 70, what
    assert "Traceback" not in killed.stderr, what
    assert book.processes() == [], what
    again = book.run(*arguments)
    assert again.code == 0, f"{what}\n{again.stdout}{again.stderr}"
    printed = name in ("pdf", "proof", "clean")
    build = book.run("build", *(() if printed else FORMS))
    assert build.code == 0, f"{what}\n{build.stdout}{build.stderr}"
    runs = name in ("execute", "force", "run")
    want = from_nothing(book, base.root.parent / "want", printed=False) if runs else expected(printed=printed)
    assert differing(book.made(printed=printed), want) == [], what
    assert book.left() == [], what
    verify = book.run("store", "verify")
    assert verify.code == 0, f"{what}\n{verify.stdout}"
    if name in ("push", "pull"):
        assert results(book.share) == results(base.share), what
        assert results(book.project / "_build/store") == results(base.project / "_build/store"), what


def prepared(name: str, book: Killed) -> tuple[str, ...]:
    """Have something to do for a command, and return it with its arguments."""
    if name in ("execute", "run"):
        book.write(words="other words", number=3)
    if name == "push":
        shutil.rmtree(book.share)
        book.share.mkdir()
    if name == "pull":
        shutil.rmtree(book.project / "_build/store")
    return (*COMMANDS[name], *((str(book.share),) if name in ("push", "pull") else ()))


def seconds_of(name: str, base: Killed) -> float:
    """Return how long a command takes if nobody kills it."""
    if name not in base.seconds:
        root = base.root.parent / "time"
        shutil.rmtree(root, ignore_errors=True)
        book = base.copy(root)
        arguments = prepared(name, book)
        start = time.monotonic()
        ended = book.kill(arguments, killing.SECONDS, "child", random.Random(0))  # noqa: S311 - nothing is left to kill
        base.seconds[name] = time.monotonic() - start
        assert ended.code == 0, ended.stdout + ended.stderr
    return base.seconds[name]


def results(store: Path) -> dict[str, bytes]:
    return {
        path.relative_to(store).as_posix(): path.read_bytes()
        for path in store.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def differing(made: dict[str, bytes], want: dict[str, bytes]) -> list[str]:
    return sorted(name for name in made.keys() | want.keys() if made.get(name) != want.get(name))
