"""Whatever is killed at whatever moment, the next run ends well, and what it makes is what a build from nothing makes."""

import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import nbformat
import pytest
from platformdirs import user_cache_path
from support import killing
from support.killing import ALL, FORMS, WAYS, Killed, differing, from_nothing
from support.running import run_toolchain

from toolchain.base.errors import ExitCode
from toolchain.environment.making import COMPLETE
from toolchain.store.store import Store

FORM_COMMANDS: dict[str, tuple[str, ...]] = {
    "html": ("build", "html"),
    "run": ("build", "html"),
    "notebooks": ("build", "notebooks"),
}
STORE_COMMANDS: dict[str, tuple[str, ...]] = {
    "check": ("check",),
    "execute": ("execute",),
    "force": ("execute", "--force"),
    "push": ("store", "push"),
    "pull": ("store", "pull"),
    "verify": ("store", "verify"),
    "gc": ("store", "gc", "--delete"),
}
LONG_COMMANDS: dict[str, tuple[str, ...]] = {
    "pdf": ("build", "pdf"),
    "proof": ("proof",),
    "clean": ("clean",),
}
COMMANDS = {**STORE_COMMANDS, **FORM_COMMANDS, **LONG_COMMANDS}
RUNS = ("execute", "force", "run")
BUILT = {"check": "html", "proof": "pdf"}
"""What commands look at, and has to be there."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INTERRUPTED = "error: interrupted; what had finished is kept"
PROGRESS = (
    "  run ",
    "  done ",
    "Notebooks ",
    "Kernel ",
    "Sphinx ",
    "LaTeX ",
    "checks ",
    "Pushing ",
    "Pulling ",
    "Plan ",
    "Verifying ",
)


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
    def of(*forms: str) -> dict[str, bytes]:
        return from_nothing(base, base.root.parent / "want", *forms)

    return of


@pytest.mark.slow
@pytest.mark.fuzz(few=2)
def test_whatever_is_killed_the_next_run_is_as_good_as_a_first(
    seed: int, base: Killed, expected: Callable[..., dict[str, bytes]]
) -> None:
    chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    (kinds,) = chance.choices((STORE_COMMANDS, FORM_COMMANDS, LONG_COMMANDS), (14, 5, 1))
    name, way = chance.choice(list(kinds)), chance.choice(WAYS)
    root = base.root.parent / "kill"
    shutil.rmtree(root, ignore_errors=True)
    book = base.copy(root)
    arguments = prepared(name, book)
    before = book.made(*FORMS)
    killed_after = chance.uniform(0.1, 1.0) * seconds_of(name, base)

    killed = book.kill(arguments, killed_after, way, chance)

    what = f"{name} {way} after {killed_after:.1f} s ({killed.code}): {killed.stdout}{killed.stderr}"
    print(what.partition("\n")[0])  # noqa: T201 - what was done, for who counts
    assert killed.code != ExitCode.DEFECT, what
    assert "Traceback" not in killed.stderr, what
    assert book.processes() == [], what
    again = book.run(*arguments)
    assert again.code == 0, f"{what}\n{again.stdout}{again.stderr}"
    verify = book.run("store", "verify")
    assert verify.code == 0, f"{what}\n{verify.stdout}"
    if name in STORE_COMMANDS:
        assert differing(book.made(*FORMS), before) == [], what
    else:
        forms = ALL if name in LONG_COMMANDS else FORMS
        build = book.run("build", *forms)
        assert build.code == 0, f"{what}\n{build.stdout}{build.stderr}"
        of_new_results = name in RUNS
        want = from_nothing(book, base.root.parent / "want", *forms) if of_new_results else expected(*forms)
        assert differing(book.made(*forms), want) == [], what
    if name in RUNS:
        assert outputs(book) == [
            [["[1, 2, 3, 4, 5]"]],
            [["[3, 4, 5, 6, 7]" if name != "force" else "[2, 3, 4, 5, 6]"]],
        ], what
    if name in ("push", "pull"):
        assert results(book.share) == results(base.share), what
        assert results(book.project / "_build/store") == results(base.project / "_build/store"), what
    if name == "gc":
        assert len(list((book.project / "_build/store/keys").rglob("*.json"))) == len(outputs(book)), what
    assert book.left() == [], what


@pytest.mark.slow
@pytest.mark.fuzz(few=2)
def test_an_interrupt_at_any_moment_is_a_line_and_leaves_nothing(seed: int, base: Killed) -> None:
    chance = random.Random(f"interrupt {seed}")  # noqa: S311 - as above
    name, number = chance.choice(list(COMMANDS)), chance.choice(SIGNALS)
    root = base.root.parent / "interrupt"
    shutil.rmtree(root, ignore_errors=True)
    book = base.copy(root)
    arguments = prepared(name, book)
    seconds = chance.uniform(0.0, 0.9) * seconds_of(name, base)

    run = book.interrupt(arguments, seconds, number)

    what = f"{name} {number.name} after {seconds:.1f} s ({run.code}): {run.stdout}{run.stderr}"
    print(what.partition("\n")[0])  # noqa: T201 - as above
    assert run.code in (ExitCode.INTERRUPTED, ExitCode.GOOD), what
    if run.code:
        assert [line for line in run.stderr.splitlines() if line and not line.startswith(PROGRESS)] == [
            INTERRUPTED
        ], what
    assert book.processes() == [], what
    assert book.left() == [], what


@pytest.mark.slow
@pytest.mark.fuzz(few=1)
def test_builds_and_gc_and_push_at_once_do_no_harm(
    seed: int, base: Killed, expected: Callable[..., dict[str, bytes]]
) -> None:
    chance = random.Random(f"at once {seed}")  # noqa: S311 - as above
    root = base.root.parent / "at-once"
    shutil.rmtree(root, ignore_errors=True)
    book = base.copy(root)
    shutil.rmtree(book.share)
    book.share.mkdir()
    commands = [
        ("build", *FORMS),
        ("build", "html"),
        COMMANDS["gc"],
        (*COMMANDS["push"], str(book.share)),
        ("check",),
        COMMANDS["verify"],
    ]
    chance.shuffle(commands)
    processes = []
    for command in commands:
        processes.append((command, book.start(*command)))
        time.sleep(chance.choice([0.0, 0.1, 0.5]) * seconds_of("html", base) / len(commands))

    runs = [(command, killing.ended(process)) for command, process in processes]

    for command, run in runs:
        # What is checked while it is made may be half of it; that is a finding, and no more.
        assert run.code in ((0, 1) if command == ("check",) else (0,)), f"{command}: {run.stdout}{run.stderr}"
    build = book.run("build", *FORMS)
    assert build.code == 0, build.stdout + build.stderr
    assert differing(book.made(*FORMS), expected(*FORMS)) == []
    assert book.run("store", "verify").code == 0
    assert len(outputs(book)) == len(list((book.project / "_build/store/keys").rglob("*.json")))
    assert run_toolchain("store", "verify", str(book.share), project=book.project).code == 0
    assert book.left() == []


@pytest.mark.slow
@pytest.mark.fuzz(few=1)
def test_an_environment_whose_making_is_killed_is_made_by_the_next_run(seed: int, base: Killed) -> None:
    chance = random.Random(f"kernel {seed}")  # noqa: S311 - as above
    root, way = base.root.parent / "kernel", chance.choice(WAYS)
    shutil.rmtree(root, ignore_errors=True)
    book = base.copy(root)
    packages = os.environ.get("UV_CACHE_DIR") or str(user_cache_path("uv", appauthor=False))
    book.variables |= {"XDG_CACHE_HOME": str(root / "cache"), "UV_CACHE_DIR": packages}
    environments = root / "cache/toolchain-kernels"

    killed = book.kill(("kernel",), chance.uniform(0.2, 4.0), way, chance)

    what = f"kernel {way} ({killed.code}): {killed.stdout}{killed.stderr}"
    print(what.partition("\n")[0])  # noqa: T201 - as above
    assert killed.code != ExitCode.DEFECT, what
    assert "Traceback" not in killed.stderr, what
    assert book.processes() == [], what
    run = book.run("execute", "--force", "--json")
    assert run.code == 0, what + run.stdout + run.stderr
    assert [notebook["status"] for notebook in run.json["notebooks"]] == ["executed"] * 2
    (environment,) = (path for path in environments.iterdir() if path.is_dir())
    assert (environment / COMPLETE).exists()
    assert sorted(path.name for path in environments.iterdir()) == [
        environment.name,
        f"{environment.name}.lock",
    ]
    assert book.left() == [], what


def outputs(book: Killed) -> list[list[list[str]]]:
    """Return what the pages' cells have printed, as the results say that are reused now: by page, by cell."""
    run = book.run("execute", "--json")
    assert [notebook["status"] for notebook in run.json["notebooks"]] == ["reused"] * 2, run.stdout
    store = Store(book.project / "_build/store")
    notebooks = [
        nbformat.reads((store.read(notebook["blob"]) or b"").decode(), as_version=4)
        for notebook in run.json["notebooks"]
    ]
    return [
        [[output.text.strip() for output in cell.outputs] for cell in notebook.cells if cell.get("outputs")]
        for notebook in notebooks
    ]


def prepared(name: str, book: Killed) -> tuple[str, ...]:
    """Have something to do for a command, and return it with its arguments."""
    if name in BUILT:
        assert book.run("build", BUILT[name]).code == 0
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
    """Return what is shared of a store: where a result was computed is not."""
    return {
        path.relative_to(store).as_posix(): path.read_bytes()
        for path in store.rglob("*")
        if path.is_file() and not path.name.startswith(".") and path.relative_to(store).parts[0] != "computed"
    }
