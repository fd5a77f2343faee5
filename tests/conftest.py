"""What the tests share: tiny projects copied aside, and the toolchain run as a person runs it."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from types import FrameType

import psutil
import pytest
from support.places import REPOSITORY
from support.processes import processes_since
from support.projects import copy_project
from support.running import attempt, run_toolchain

# What `nohup` starts, or a shell in the background, ignores these; what is tested is what a person starts on a terminal.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)


SECONDS_TO_END = 60
"""That a test has to end once its time is over."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let any book be proven: `pytest tests/book/test_book.py -k "test_code_cell or test_reference" --book DIR`."""
    parser.addoption(
        "--book", type=Path, default=REPOSITORY, help="Project whose cells and references are tests."
    )
    parser.addoption(
        "--fuzz",
        type=int,
        default=0,
        help="Seeds of each test that draws by a seed; a few of them without it.",
    )
    parser.addoption(
        "--times", type=int, default=0, help="How often what takes long is measured; thrice without it."
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test marked `fuzz(few=N)` its seeds."""
    if fuzz := metafunc.definition.get_closest_marker("fuzz"):
        metafunc.parametrize("seed", range(metafunc.config.getoption("fuzz") or fuzz.kwargs["few"]))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow tests, so that at the end no worker has to wait for the one that has them."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell of a failure in characters that can be told: a worker whose report has others would end the whole run."""
    report = yield
    if report.failed:
        text = report.longreprtext
        told = text.encode(errors="backslashreplace").decode()
        if told != text:
            report.longrepr = told
    return report


@pytest.hookimpl(wrapper=True)
def pytest_timeout_set_timer(item: pytest.Item) -> Generator[None, object, object]:
    """Tell of a test that hangs which processes it has waited for."""
    result = yield
    hangs = signal.getsignal(signal.SIGALRM)

    def tell(number: int, frame: FrameType | None) -> None:
        item.add_report_section("call", "processes", processes_since(psutil.Process().create_time()))
        signal.setitimer(signal.ITIMER_REAL, SECONDS_TO_END)  # what ends the test may hang as well
        assert callable(hangs)
        hangs(number, frame)

    if callable(hangs):  # otherwise it has no time limit
        signal.signal(signal.SIGALRM, tell)
    return result


def pytest_sessionfinish() -> None:
    """Save what coverage has measured here: on a busy machine a worker that takes long to end is killed before it does."""
    coverage = sys.modules.get("coverage")
    if coverage and (measured := coverage.Coverage.current()):
        measured.save()


@pytest.fixture(scope="session", autouse=True)
def _interrupts_arrive() -> None:
    """Let a build that a test starts hear SIGINT: a shell's background job ignores it, and so would all that it starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def copy(tmp_path: Path) -> Callable[[str], Path]:
    """Copy a tiny project into this test's folder."""
    return lambda name: copy_project(name, tmp_path)


@pytest.fixture(scope="session")
def minimal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the minimal project, built in all forms once; tests only look at it."""
    project = copy_project("minimal", tmp_path_factory.mktemp("minimal"))
    build = run_toolchain("build", project=project)
    assert build.code == 0, build.stdout + build.stderr
    return project


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """Run a server that speaks S3, and give its address."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - slow to import

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address, port = server.get_host_and_port()
    yield f"http://{address}:{port}"
    server.stop()


@pytest.fixture
def small_disk() -> Iterator[Callable[..., None]]:
    """Give what mounts a disk at a place, or changes it: of a size such as `1m`, and for so many files, if that is given."""
    places: list[Path] = []

    def mount(place: Path, size: str, files: int = 0) -> None:
        place.mkdir(parents=True, exist_ok=True)
        again = "remount," if place in places else ""
        options = f"{again}size={size},nr_inodes={files}"
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
        if mounted.returncode:
            pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
        places.append(place)

    yield mount
    for place in set(places):
        subprocess.run(["umount", place], check=True)


@pytest.fixture
def copied(minimal: Path, tmp_path: Path) -> Path:
    """Give a copy of the built minimal project, as if it had been moved: enough for what only looks at it."""
    shutil.copytree(minimal.parent.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / "projects" / "minimal"


@pytest.fixture
def built(minimal: Path, tmp_path: Path) -> Path:
    """Give a copy of the built minimal project that a test may change; the copy is built, and knows it."""
    project = tmp_path / "projects" / "minimal"
    shutil.copytree(minimal.parent.parent, tmp_path, dirs_exist_ok=True)
    build = run_toolchain("build", project=project)
    assert build.code == 0, build.stdout + build.stderr
    return project


@pytest.fixture(scope="session")
def book() -> Path:
    """Give our book, built in all forms."""
    build = attempt(REPOSITORY)
    assert build.code == 0, build.stdout + build.stderr
    return REPOSITORY
