"""What nox does: for a build it installs what this book, and what is asked for, needs."""

import importlib.util
import sys
from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from support.places import REPOSITORY, TESTS


@dataclass
class Session:
    """Takes note of what nox would do."""

    posargs: list[str]
    environment: Path
    env: dict[str, str | None] = field(default_factory=dict)
    installed: list[tuple[str, ...]] = field(default_factory=list)
    installers: list[dict[str, str]] = field(default_factory=list)
    commands: list[tuple[str, ...]] = field(default_factory=list)
    given: dict[str, str] = field(default_factory=dict)
    """Environment of the last command."""
    venv_backend: str = "uv"

    @property
    def virtualenv(self) -> SimpleNamespace:
        return SimpleNamespace(location=str(self.environment))

    def install(self, *arguments: str, env: dict[str, str]) -> None:
        self.installed.append(arguments)
        self.installers.append(env)

    def run(
        self,
        *arguments: str,
        env: dict[str, str] | None = None,
        success_codes: Container[int] = (0,),
        **_limits: float,
    ) -> None:
        failed = "install" in arguments  # as where there is no network
        assert int(failed) in success_codes, arguments
        self.commands.append(arguments)
        self.given = env or {}


@pytest.fixture
def noxfile(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give noxfile.py, without nox: it is no part of what the tests need."""
    nox = SimpleNamespace(options=SimpleNamespace(), Session=Session, session=lambda function: function)
    monkeypatch.setitem(sys.modules, "nox", nox)
    spec = importlib.util.spec_from_file_location("noxfile", REPOSITORY / "noxfile.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("toml", "options", "installed"),
    [
        ("", [], "."),
        ("", ["html", "--jobs", "2"], "."),
        ("[store]\nremote = 'https://results.example.org/book'\npush = 's3://book'", [], "."),
        ("[store]\nremote = 'https://results.example.org/book'\npush = 's3://book'", ["--push"], ".[s3]"),
        ("[store]\nremote = 's3://book'", [], ".[s3]"),
        ("[store]\nremote = 'sftp://somebody@host/book'", [], ".[sftp]"),
        ("[store]\nremote = 'gs://book'", ["--scheduler=tcp://127.0.0.1:8786"], ".[cluster,gs]"),
        ("[execution.cluster]\nscheduler = 'tls://lab1.example.org:8786'", [], ".[cluster]"),
        ("", ["--scheduler", "tcp://127.0.0.1:8786", "html"], ".[cluster]"),
    ],
)
def test_a_build_installs_the_extras_that_it_needs(
    toml: str,
    options: list[str],
    installed: str,
    *,
    noxfile: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "_config").mkdir()
    (tmp_path / "_config/book.toml").write_text(toml, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    session = Session(options, tmp_path)

    noxfile.build(session)

    assert session.installed == [("--editable", installed, "--constraint", ".ci/constraints.txt")]
    assert session.commands[-1] == ("toolchain", "build", "--install", *options)
    # Where PYTHONDONTWRITEBYTECODE is set, as in many containers, each of a build's processes would compile all again.
    assert session.installers == [{"UV_COMPILE_BYTECODE": "1"}]
    assert session.env == {"PYTHONDONTWRITEBYTECODE": ""}


def test_what_is_installed_is_installed_again_only_if_that_would_change_something(
    noxfile: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = tmp_path / "environment/lib/python3.11/site-packages"
    for folder in (packages, tmp_path / "_config", tmp_path / ".ci", tmp_path / "toolchain"):
        folder.mkdir(parents=True)
    files = [tmp_path / name for name in ("pyproject.toml", ".ci/constraints.txt", "toolchain/__init__.py")]
    for file in (*files, tmp_path / "_config/book.toml"):
        file.touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["nox", "-s", "build"])
    session = Session([], tmp_path / "environment")

    def installs(*options: str) -> bool:
        session.installed.clear()
        session.posargs[:] = options
        noxfile.build(session)
        return bool(session.installed)

    assert [installs(), installs(), installs("html")] == [True, False, False]
    for file in files:
        file.write_text("__version__ = '2'\n")
        assert [installs(), installs()] == [True, False], file
    (packages / "click-8.dist-info").mkdir()  # somebody has installed it
    assert [installs(), installs()] == [True, False]
    (packages / "click-8.dist-info").rename(packages / "click-9.dist-info")
    assert [installs(), installs()] == [True, False]
    assert [installs("--scheduler=local"), installs("--scheduler=local"), installs()] == [True, False, True]
    monkeypatch.setattr("sys.argv", ["nox", "-Rs", "build"])  # which installs nothing
    files[0].write_text("")
    assert [installs(), installs()] == [True, True]


def test_the_preview_is_started_with_what_stands_behind(noxfile: ModuleType, tmp_path: Path) -> None:
    session = Session(["--port", "8080"], tmp_path)

    noxfile.serve(session)

    assert session.installed == [("--editable", ".", "--constraint", ".ci/constraints.txt")]
    assert session.commands == [("toolchain", "serve", "--port", "8080")]


def test_what_is_proven_on_a_gpu_is_all_that_needs_one(noxfile: ModuleType, tmp_path: Path) -> None:
    session = Session([], tmp_path)

    noxfile.gpu(session)

    paths = [Path(argument) for command in session.commands for argument in command[1:]]
    assert [path for path in paths if not (REPOSITORY / path).is_file()] == []
    marked = [
        path for path in TESTS.rglob("test_*.py") if "mark." + "gpu" in path.read_text(encoding="utf-8")
    ]
    assert marked == [REPOSITORY / paths[-1]]


def test_what_is_tested_on_other_systems_is_there(noxfile: ModuleType, tmp_path: Path) -> None:
    session = Session(["-x"], tmp_path)

    noxfile.portable(session)

    assert session.commands == [("pytest", *noxfile.PORTABLE, "-x")]
    assert [path for path in noxfile.PORTABLE if not (REPOSITORY / path).exists()] == []


@pytest.mark.parametrize("backend", ["uv", "virtualenv"])
@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("name", ["tests", "bench"])
def test_tests_and_benchmarks_are_run_with_jupyter_book_or_without(
    noxfile: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    backend: str,
    *,
    there: bool,
) -> None:
    monkeypatch.chdir(tmp_path)
    program = tmp_path / ".nox" / noxfile.JUPYTER_BOOK / "bin/jupyter-book"
    if there:
        program.parent.mkdir(parents=True)
        program.touch()
    # Nox may give a folder relative to the project's: the tools are started in folders of theirs.
    session = Session(["-m", "bench"], Path(".nox/environment"), venv_backend=backend)
    session.environment.mkdir(parents=True)

    getattr(noxfile, name)(session)

    assert session.commands[-1][0] == "pytest"
    assert session.commands[-1][-2:] == ("-m", "bench")
    assert session.given["JUPYTER_BOOK"] == (str(program) if there else "")
    installers = [command for command in session.commands if noxfile.JUPYTER_BOOK in command]
    assert [command[0] for command in installers] == (
        [] if there else [{"uv": "uv", "virtualenv": "python"}[backend]]
    )
    assert [
        REPOSITORY / command[-1] for command in installers if not (REPOSITORY / command[-1]).is_file()
    ] == []


@pytest.mark.parametrize("there", [False, True])
def test_html_is_validated_if_the_validator_can_be_had(
    noxfile: ModuleType, tmp_path: Path, *, there: bool
) -> None:
    jar = tmp_path / noxfile.VALIDATOR / "node_modules/vnu-jar/build/dist/vnu.jar"
    if there:
        jar.parent.mkdir(parents=True)
        jar.touch()
    session = Session([], tmp_path / "environment")
    session.environment.mkdir()

    noxfile.tests(session)

    assert session.given["VNU_JAR"] == (str(jar) if there else "")
    assert [command[0] for command in session.commands if noxfile.VALIDATOR in command] == (
        [] if there else ["npm"]
    )
