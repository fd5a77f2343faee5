"""What the tests share: tiny projects copied aside, and the toolchain run as a person runs it."""

import atexit
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from quick import Python

# What `nohup` starts, or a shell in the background, ignores these; what is tested is what a person starts on a terminal.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)

HERE = Path(__file__).parent
REPOSITORY = HERE.parent


@dataclass(frozen=True)
class Run:
    """How a run of the toolchain ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """What --json printed."""
        return json.loads(self.stdout)


ANOTHER_SEED = {"PYTHONHASHSEED": "7"}
"""In a run's environment: whatever depends on the order of a set comes out otherwise."""
Toolchain = Callable[..., Run]


def run_toolchain(*arguments: str | Path, project: Path, env: dict[str, str] | None = None) -> Run:
    """Run `toolchain` with these arguments on a project, in a process of its own."""
    result = subprocess.run(
        [quick_python().executable, "-m", "toolchain", *map(str, arguments), "--project", str(project)],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **(env or {})},
    )
    return Run(code=result.returncode, stdout=result.stdout, stderr=result.stderr)


@cache
def quick_python() -> Python:
    """Give the Python that this worker's runs of the toolchain use."""
    python = Python()
    atexit.register(python.close)
    return python


def copy_project(name: str, folder: Path) -> Path:
    """Copy tests/projects/NAME, and the kernel's lock that all of them share, to the same places below a folder."""
    project = folder / "projects" / name
    shutil.copytree(HERE / "projects" / name, project, ignore=shutil.ignore_patterns("_build"))
    shutil.copytree(HERE / "kernel", folder / "kernel", dirs_exist_ok=True)
    return project


def report_of(project: Path) -> Any:
    """Return the project's report.json."""
    return json.loads((project / "_build" / "report.json").read_text(encoding="utf-8"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let any book be proven: `pytest tests/test_book.py -k "test_code_cell or test_reference" --book DIR`."""
    parser.addoption(
        "--book", type=Path, default=REPOSITORY, help="Project whose cells and references are tests."
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow tests, so that at the end no worker has to wait for the one that has them."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


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
    done = run_toolchain("build", project=project)
    assert done.code == 0, done.stdout + done.stderr
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
def copied(minimal: Path, tmp_path: Path) -> Path:
    """Give a copy of the built minimal project, as if it had been moved: enough for what only looks at it."""
    shutil.copytree(minimal.parent.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / "projects" / "minimal"


@pytest.fixture
def built(minimal: Path, tmp_path: Path) -> Path:
    """Give a copy of the built minimal project that a test may change; the copy is built, and knows it."""
    project = tmp_path / "projects" / "minimal"
    shutil.copytree(minimal.parent.parent, tmp_path, dirs_exist_ok=True)
    done = run_toolchain("build", project=project)
    assert done.code == 0, done.stdout + done.stderr
    return project


@pytest.fixture(scope="session")
def book() -> Path:
    """Give our book, built in all forms."""
    done = attempt(REPOSITORY)
    assert done.code == 0, done.stdout + done.stderr
    return REPOSITORY


def write_notebooks(folder: Path, config: str, notebooks: dict[str, tuple[str, str]]) -> Path:
    """Write a project: front matter and code by notebook; `config` goes on in book.toml."""
    for name in ("book", "_config"):
        (folder / name).mkdir(parents=True)
    shutil.copytree(HERE / "kernel", folder / "_config/kernel")
    shutil.copyfile(HERE / "kernel/cpu.lock", folder / "_config/kernel/gpu.lock")
    (folder / "_config/book.toml").write_text(
        f'[book]\ntitle = "Notebooks"\nslug = "notebooks"\nauthors = ["Its author"]\n{config}'
    )
    listed = "\n".join(notebooks)
    (folder / "book/index.md").write_text(f"# Notebooks\n\n```{{toctree}}\n{listed}\n```\n")
    for name, (front, code) in notebooks.items():
        (folder / f"book/{name}.md").write_text(
            f"---\nfile_format: mystnb\nkernelspec:\n  name: python3\n{front}---\n\n# {name}\n\n"
            f"```{{code-cell}} ipython3\n{code.replace('{name}', name)}\n```\n"
        )
    return folder


def attempt(project: Path) -> Run:
    """Build all forms of a book, of those parts of it that are good; always the same command, so that it is done once."""
    return run_toolchain("build", "--keep-going", project=project)
