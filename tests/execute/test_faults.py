"""The fault matrix: whatever goes wrong in a notebook, or around it, has a name, stays alone and leaves nothing."""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
from support import failing_projects as faulty
from support.failing_projects import DEADLINE, Faulty
from support.running import wait_for

GOOD = ["print(6 * 7)"]
HOLDS_THE_GIL = "import ctypes\nctypes.PyDLL(None).sleep(100000)"
FORKS = """\
import os, subprocess, time
subprocess.Popen(["sleep", "100000"])
subprocess.Popen(["sleep", "100000"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            time.sleep(1)
    os._exit(0)
print("forked")"""
CLEARS = """\
from IPython.display import clear_output
for n in range(30):
    print("x" * 10**5, n)
    clear_output(wait=n % 2)
print("end")"""
MATRIX = {
    "good": GOOD,
    "killed": ["import os, signal", "os.kill(os.getpid(), signal.SIGKILL)"],
    "exits": ["import os\nos._exit(3)"],
    # Dies of the question for versions, when all cells have run.
    "quits": [
        "import importlib.metadata, os\nimportlib.metadata.packages_distributions = lambda: os._exit(5)"
    ],
    "crashes": ["import ctypes\nctypes.string_at(0)"],
    "sleeps": ['import time\nprint("\\x1b[31mgood night\\x1b[0m", flush=True)\ntime.sleep(100000)'],
    "holds": [HOLDS_THE_GIL],
    "slow": ["import time"] + ["time.sleep(2)"] * 50,
    "forks": [FORKS, 'print("still here")'],
    "prints": ['while True:\n    print("line after line")'],
    "shows": [
        'from IPython.display import HTML, display\nfor n in range(1000):\n    display(HTML("x" * 10**5))'
    ],
    # Where the cell itself was, and not where the cause of its exception was.
    "chained": [
        "def inner():\n    x = 1\n    raise ValueError('inner')",
        "x = 1\ntry:\n    inner()\nexcept ValueError as error:\n    raise RuntimeError('outer') from error",
    ],
    # Only what is there at the end counts; asked for versions, it is slow and then fails.
    "clears": [
        CLEARS,
        "import importlib.metadata as m, time\nm.packages_distributions = lambda: time.sleep(1) or 1 / 0",
    ],
    "raises": ['print("\\n".join(f"line {n}" for n in range(50)))\nprint(" 10%\\r100%")\n1 / 0'],
}


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Give a folder for temporary files; its path is short, because the kernels' sockets lie below it."""
    folder = Path("/tmp") / f"faults-{os.getpid()}-{random.randrange(10**6)}"  # noqa: S108, S311
    folder.mkdir()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def project(tmp_path: Path, temporary: Path) -> Callable[..., Faulty]:
    """Write a project."""
    return lambda notebooks, **options: faulty.make(tmp_path / "project", temporary, notebooks, **options)


def test_every_fault_has_its_name_and_harms_nobody_else(project: Callable[..., Faulty]) -> None:
    limits = 'cell_timeout = 10\noutput_limit = "1 MB"'
    book = project(MATRIX, execution=limits)
    page = book.folder / "book/slow.md"
    page.write_text(page.read_text().replace("---\n\n", "execution:\n  timeout: 12\n---\n\n", 1))

    build = book.run("build", "html", "--jobs", "4")

    assert build.returncode == 4, build.stderr
    assert "Traceback" not in build.stderr
    kinds = {name: _kind(notebook) for name, notebook in book.report().items()}
    assert kinds == {
        "good": "",
        "killed": "dead kernel",
        "exits": "dead kernel",
        "quits": "dead kernel",
        "crashes": "dead kernel",
        "sleeps": "cell timeout",
        "holds": "cell timeout",
        "slow": "notebook timeout",
        "forks": "",
        "prints": "output limit",
        "shows": "output limit",
        "chained": "cell error",
        "clears": "",
        "raises": "cell error",
    }
    assert book.processes() == []
    assert book.left_behind() == []
    stdout = build.stdout
    for sentence in (
        "book/killed.md:14: cell 2: dead kernel: the kernel died: it was ended by signal 9 (SIGKILL)",
        "book/exits.md:10: cell 1: dead kernel: the kernel died: it exited with code 3 (tried 2 times)",
        "cell 1: dead kernel: the kernel died: it exited with code 5 (tried 2 times)",
        "it was ended by signal 11 (SIGSEGV) (tried 2 times)\n",
        "book/sleeps.md:10: cell 1: cell timeout: did not end within 10 s\n",
        "    good night\n",
        "raise `cell_timeout` in [execution]",
        "book/holds.md:10: cell 1: cell timeout: did not end within 10 s\n",
        "notebook timeout: the notebook did not end within 12 s",
        "`execution: {timeout: ...}` at the head of the page",
        "book/prints.md:10: cell 1: output limit: wrote more than 1 MB\n",
        "raise `output_limit` in [execution]",
        "book/raises.md:12: cell 1: cell error: ZeroDivisionError: division by zero\n",
        "book/chained.md:20: cell 2: cell error: RuntimeError: outer\n",
        "    line 49\n    100%\n",
        "run just this one: toolchain execute raises",
    ):
        assert sentence in stdout
    assert "line 40" not in stdout
    assert "\x1b" not in stdout
    partial = nbformat.read(book.folder / "_build/failed/prints.ipynb", as_version=4)
    nbformat.validate(partial)
    text = "".join(output.text for output in partial.cells[1].outputs)
    assert text.startswith("line after line\nline after line\n")
    assert 0 < len(text) <= 10**6
    reported = book.report()
    assert [output.text for output in book.outputs(reported["clears"])[0]] == ["end\n"]
    assert "versions" not in reported["clears"]
    stored = book.execute("good", "forks")
    assert {name: notebook["status"] for name, notebook in stored.items()} == {
        "good": "reused",
        "forks": "reused",
    }


def test_cells_are_skipped_and_errors_allowed_by_their_tags(project: Callable[..., Faulty]) -> None:
    cells = [
        "x = 1",
        ":tags: [skip-execution]\nx = 2\nprint(x)",
        ":tags: [raises-exception]\nprint('before')\n1 / 0",
        "print(x)",
        ":tags: [raises-exception]\nprint('no error after all')",
    ]

    book = project({"tags": cells})

    (notebook,) = book.execute().values()
    assert notebook["status"] == "executed"
    nothing, skipped, allowed, following, calm = book.outputs(notebook)
    assert nothing == skipped == []
    assert [output.output_type for output in allowed] == ["stream", "error"]
    assert allowed[1].ename == "ZeroDivisionError"
    assert [output.text for output in following] == ["1\n"]
    assert [output.text for output in calm] == ["no error after all\n"]


def test_errors_are_allowed_in_a_whole_notebook(project: Callable[..., Faulty]) -> None:
    front = "mystnb:\n  execution_allow_errors: true\n"
    book = project({"allowed": ["1 / 0", "print('after')"]}, front=front)

    (notebook,) = book.execute().values()

    assert notebook["status"] == "executed"
    first, second = book.outputs(notebook)
    assert [output.ename for output in first] == ["ZeroDivisionError"]
    assert [output.text for output in second] == ["after\n"]


def test_nothing_is_lost_of_what_comes_faster_than_it_is_taken(project: Callable[..., Faulty]) -> None:
    show = "from IPython.display import display\nfor n in range(20000):\n    display({'text/plain': str(n)}, raw=True)"
    book = project({"flood": [show, "for n in range(20000):\n    print(n, flush=True)"]})

    (notebook,) = book.execute().values()

    shown, printed = book.outputs(notebook)
    assert [output.data["text/plain"] for output in shown] == [str(n) for n in range(20000)]
    assert [output.text for output in printed] == ["".join(f"{n}\n" for n in range(20000))]


def test_a_kernel_that_dies_by_accident_is_tried_again(
    project: Callable[..., Faulty], tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    dies_once = f"""\
import os, pathlib, signal
flag = pathlib.Path({str(flag)!r})
print("attempt")
if not flag.exists():
    flag.touch()
    os.kill(os.getpid(), signal.SIGKILL)"""
    book = project({"accident": [dies_once, "print('after')"]})

    run = book.run("execute")

    assert run.returncode == 0
    assert "again   accident: cell 1: dead kernel" in run.stderr
    assert "(tried 2 times)" in run.stderr
    (notebook,) = book.execute().values()
    assert notebook["status"] == "reused"
    assert "attempts" not in notebook
    assert [[output.text for output in outputs] for outputs in book.outputs(notebook)] == [
        ["attempt\n"],
        ["after\n"],
    ]


def test_retries_can_be_turned_off(project: Callable[..., Faulty]) -> None:
    book = project({"exits": MATRIX["exits"]}, execution="retries = 0")

    (notebook,) = book.execute().values()

    assert _kind(notebook) == "dead kernel"
    assert "attempts" not in notebook


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupt_ends_whatever_runs_at_once(project: Callable[..., Faulty], number: signal.Signals) -> None:
    book = project({"good": GOOD, "holds": [FORKS, HOLDS_THE_GIL], "forks": [FORKS, "time.sleep(100000)"]})
    build = book.start("execute", "--jobs", "2")
    wait_for(build, "done    good")
    _wait_until(lambda: len(book.processes()) >= 10)

    started = time.monotonic()
    # Who is impatient presses it again and again.
    for _ in range(20):
        build.send_signal(number)
        time.sleep(0.005)
    stderr = build.communicate(timeout=DEADLINE)[1]

    print(f"ended after {time.monotonic() - started:.1f} s")  # noqa: T201 - a measure, not a condition
    assert build.returncode == 130
    assert "interrupted; what had finished is kept" in stderr
    assert "Traceback" not in stderr
    assert book.processes() == []
    assert book.left_behind() == []
    assert book.execute("good")["good"]["status"] == "reused"


def test_a_killed_toolchain_leaves_no_process_and_its_folders_only_until_the_next_build(
    project: Callable[..., Faulty],
) -> None:
    book = project({"good": GOOD, "holds": [FORKS, HOLDS_THE_GIL], "forks": [FORKS, "time.sleep(100000)"]})
    build = book.start("execute", "--jobs", "2")
    wait_for(build, "done    good")
    _wait_until(lambda: len(book.processes()) >= 10)

    build.kill()
    build.communicate()

    assert book.wait_until_gone() == []
    assert len(book.left_behind()) == 2
    faulty.write(book, "good", ["import os\nprint(sorted(os.listdir(os.environ['TMPDIR'])))"])
    (good,) = book.execute("good").values()
    assert good["status"] == "executed"
    (((output,),)) = book.outputs(good)
    assert output.text.count("toolchain-run.") == 1  # its own
    assert book.left_behind() == []


def test_folders_of_a_living_run_are_left_alone(project: Callable[..., Faulty], tmp_path: Path) -> None:
    release = tmp_path / "release"
    waits = (
        f"import os, time\nwhile not os.path.exists({str(release)!r}):\n    time.sleep(0.1)\nopen('x', 'w')"
    )
    book = project({"waits": [waits]})
    other = faulty.make(tmp_path / "other", book.temporary, {"good": GOOD})
    build = book.start("execute")
    wait_for(build, "run     waits")

    assert other.execute()["good"]["status"] == "executed"

    assert len(book.left_behind()) == 1
    release.touch()
    build.communicate(timeout=DEADLINE)
    assert build.returncode == 0
    assert book.left_behind() == []


def test_notebooks_that_together_need_too_much_memory_wait_for_each_other(
    project: Callable[..., Faulty],
) -> None:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    when = "import time\nprint(time.time())\ntime.sleep(1)\nprint(time.time())"
    cells = {name: [f"# {name}\n{when}"] for name in ("one", "two", "large")}
    book = project(cells, front=f"execution: {{memory: {total * 6 // 10} B}}\n")
    faulty.write(book, "large", cells["large"], "execution: {memory: 1000 TB}\n")

    run = book.run("execute", "--jobs", "3")

    assert run.returncode == 0, run.stderr
    assert "note    large declares more memory than there is here: it runs alone" in run.stderr
    times = []
    for notebook in book.execute().values():
        (((output,),)) = book.outputs(notebook)
        times.append([float(moment) for moment in output.text.split()])
    times.sort()
    assert all(earlier[1] < later[0] for earlier, later in pairwise(times))


def test_memory_that_is_no_amount_is_refused(project: Callable[..., Faulty]) -> None:
    book = project({"good": GOOD}, front="execution: {memory: much}\n")

    run = book.run("execute")

    assert run.returncode == 3
    assert "book/good.md:5: `execution: memory` is to be a size such as" in run.stderr


def test_a_kernel_killed_for_lack_of_memory_is_told_from_one_that_died(
    project: Callable[..., Faulty], temporary: Path
) -> None:
    group = Path("/sys/fs/cgroup/memory") / temporary.name
    limit = group / "memory.limit_in_bytes"
    if not group.parent.is_dir():
        group = Path("/sys/fs/cgroup") / temporary.name
        limit = group / "memory.max"
    try:
        group.mkdir()
        limit.write_text(str(500 * 2**20))
    except OSError as error:
        pytest.skip(f"no control group with a limit of memory can be made here: {error}")
    book = project({"eats": ["data = bytearray(2 * 10**9)"], "good": GOOD})
    try:
        build = subprocess.run(
            [
                "sh",
                "-c",
                f'echo $$ > {group}/cgroup.procs && exec "$@"',
                "sh",
                *book.command("build", "html"),
            ],
            env=book.env,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        _wait_until(lambda: not (group / "cgroup.procs").read_text())
        group.rmdir()

    assert build.returncode == 4, build.stderr
    assert "book/eats.md:10: cell 1: out of memory: the system killed the kernel" in build.stdout
    assert "(tried 2 times)" in build.stdout
    assert "execution: {memory: 4 GB}" in build.stdout
    assert {name: _kind(notebook) for name, notebook in book.report().items()} == {
        "eats": "out of memory",
        "good": "",
    }


def test_a_full_disk_loses_nothing(
    project: Callable[..., Faulty], small_disk: Callable[[Path, str], None]
) -> None:
    large = "import random\nrandom.seed(1)\nprint(random.randbytes(10**6).hex())"
    book = project({"good": GOOD, "large": [large]})
    small_disk(book.folder / "_build", "1m")

    run = book.run("execute", "--jobs", "1")

    assert run.returncode == 2
    assert "No space left on device" in run.stderr
    assert "_build/store/blobs/" in run.stderr
    assert "Free some space, then build again" in run.stderr
    assert "Traceback" not in run.stderr
    assert book.left_behind() == []
    small_disk(book.folder / "_build", "100m")
    notebooks = book.execute()
    assert {name: notebook["status"] for name, notebook in notebooks.items()} == {
        "good": "reused",
        "large": "executed",
    }
    assert len(book.outputs(notebooks["large"])[0][0].text) == 2 * 10**6 + 1


def test_no_room_for_a_notebooks_files_is_said_with_the_place(
    project: Callable[..., Faulty], small_disk: Callable[[Path, str], None]
) -> None:
    book = project({"good": GOOD})
    (book.folder / "book/data").mkdir()
    (book.folder / "book/data/large.bin").write_bytes(bytes(2 * 10**6))
    small_disk(book.temporary, "1m")

    run = book.run("execute")

    assert run.returncode == 2
    assert f"{book.temporary}" in run.stderr
    assert "No space left on device" in run.stderr
    assert "Free some space" in run.stderr
    assert "Traceback" not in run.stderr
    assert book.left_behind() == []


def test_kernels_environment_that_cannot_be_written_is_named(
    project: Callable[..., Faulty], tmp_path: Path
) -> None:
    book = project({"good": GOOD})
    (tmp_path / "file").touch()

    run = subprocess.run(
        book.command("execute"),
        env={**book.env, "XDG_CACHE_HOME": str(tmp_path / "file")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 2
    assert str(tmp_path / "file") in run.stderr
    assert "XDG_CACHE_HOME" in run.stderr


DETERMINISTIC = {
    "first": ["print(sum(range(10**6)))", "import hashlib\nprint(hashlib.sha256(b'first').hexdigest())"],
    "second": ["import time\nprint('second')\ntime.sleep(0.5)", "print(2**100)"],
    "third": ["print('third')", "import os\nos.getcwd().rpartition('/')[2]"],
}


@dataclass(frozen=True)
class Clean:
    """A build that nobody disturbed."""

    seconds: float
    outputs: dict[str, list[Any]]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Clean:
    folder = tmp_path_factory.mktemp("clean")
    book = faulty.make(folder / "project", folder, DETERMINISTIC)
    started = time.monotonic()
    assert book.run("build", "html").returncode == 0
    seconds = time.monotonic() - started
    return Clean(seconds, {name: book.outputs(notebook) for name, notebook in book.report().items()})


KILLS = 5
"""Moments of each seed, all in one folder, one after another."""


@pytest.mark.slow
@pytest.mark.fuzz(few=1)
def test_killed_at_any_moment_the_next_build_is_as_good_as_a_first(
    seed: int, clean: Clean, project: Callable[..., Faulty]
) -> None:
    book = project(DETERMINISTIC)
    moments = random.Random(seed)  # noqa: S311 - the same moments, as parts of the whole, in every run of the test
    for kill in range(KILLS):
        # Otherwise what the killed build had stored would not run again, and the kills would come late.
        for name, cells in DETERMINISTIC.items():
            faulty.write(book, name, [f"{cell}  # {kill}" for cell in cells])
        build = book.start("build", "html")
        time.sleep(moments.uniform(0.05, 0.95) * clean.seconds)
        build.kill()
        build.communicate()
        assert book.wait_until_gone() == []
        assert _below(book) == []  # Sphinx too writes into _build

    rebuild = book.run("build", "html")

    assert rebuild.returncode == 0, rebuild.stdout + rebuild.stderr
    assert {name: book.outputs(notebook) for name, notebook in book.report().items()} == clean.outputs
    for name, outputs in clean.outputs.items():
        page = (book.folder / f"_build/html/{name}.html").read_text(encoding="utf-8")
        assert outputs[0][0].text.strip() in page
    assert book.left_behind() == []
    assert book.run("build", "html").stderr == "nothing changed since the last build\n"
    assert book.run("store", "verify").returncode == 0


def _below(book: Faulty) -> list[str]:
    """Return the processes that name the project on their command line."""
    deadline = time.monotonic() + DEADLINE
    while True:
        listing = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        command_lines = [line for line in listing.splitlines() if str(book.folder) in line]
        if not command_lines or time.monotonic() > deadline:
            return command_lines
        time.sleep(0.05)


def _kind(notebook: dict[str, Any]) -> str:
    return str(notebook.get("failure", {}).get("kind", ""))


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
